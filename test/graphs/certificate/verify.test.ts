import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { signedGraphOf } from '../../../agents/perturbation/finding.ts';
import { mechanismOf, tellsOf } from '../../../agents/perturbation/second-opinion.ts';
import { alterGraph } from '../../../graphs/altered-graph.ts';
import { type Rejection, verifyCertificate } from '../../../graphs/certificate/verify.ts';
import { loadGraph } from '../../../graphs/load.ts';
import { NameIndex } from '../../../graphs/resolve-names.ts';
import { type Certificate, certificateSchema, type PathStep } from '../../../src/run.ts';
import { paraphrases } from '../../agents/perturbation/paraphrases.ts';

const graph = await loadGraph(fileURLToPath(new URL('../../../data/pathways', import.meta.url)));
const search = { graph, names: new NameIndex(graph) };
const signed = signedGraphOf(graph);

const certificates = paraphrases.flatMap(({ text }) => {
  const { certificate } = mechanismOf({ text, kind: 'judge' }, search);
  return certificate ? [certificateSchema.parse(JSON.parse(JSON.stringify(certificate)))] : [];
});
const withSteps = certificates.filter(({ steps }) => steps.length > 0);

const turned = { '+': '-', '-': '+', '0': '+', conflict: '+' } as const;
const reasonOf = (certificate: Certificate) => {
  const verified = verifyCertificate(signed, certificate);
  return verified.ok ? 'accepted' : verified.reason;
};

/** The certificate with one step changed: each of its steps in turn. */
function mutants(change: (step: PathStep, at: number) => PathStep | undefined): Certificate[] {
  return withSteps.flatMap((certificate) =>
    certificate.steps.flatMap((step, at) => {
      const changed = change(step, at);
      return changed ? [{ ...certificate, steps: certificate.steps.with(at, changed) }] : [];
    }),
  );
}

function rejectedAs(reason: Rejection, changed: readonly Certificate[]): void {
  expect(changed.length).toBeGreaterThanOrEqual(25);
  expect(changed.map(reasonOf).filter((found) => found !== reason)).toEqual([]);
}

test('certificates of sound answers are accepted, and tell of their question', () => {
  expect(certificates.length).toBeGreaterThanOrEqual(50);
  expect(certificates.map(reasonOf).filter((found) => found !== 'accepted')).toEqual([]);
  expect(certificates.filter((certificate) => !tellsOf(certificate, search))).toEqual([]);
});

test('a certificate holds the lines of its path and nothing else', () => {
  for (const { steps, lines } of certificates) {
    expect(new Set(lines.map(({ edge }) => edge))).toEqual(new Set(steps.map(({ edge }) => edge)));
  }
});

describe('a mutated certificate is rejected with its fault', () => {
  test('a sign that is flipped', () => {
    rejectedAs(
      'sign-flipped',
      mutants((step) => ({ ...step, sign: turned[step.sign] })),
    );
  });

  test('a change that is flipped', () => {
    rejectedAs(
      'sign-flipped',
      mutants((step) => ({ ...step, change: turned[step.change] })),
    );
  });

  test('ends that are swapped, of the step alone or with its edge', () => {
    const swap = ({ head, tail, ...step }: PathStep) => ({ ...step, head: tail, tail: head });
    rejectedAs('ends-swapped', mutants(swap));
    const isOneWay = ({ head, tail }: PathStep) => !graph.hasDirectedEdge(tail, head);
    const both = (step: PathStep) =>
      isOneWay(step) ? { ...swap(step), edge: `${step.tail}->${step.head}` } : undefined;
    rejectedAs('ends-swapped', mutants(both));
  });

  test('an edge that is absent', () => {
    const far = (step: PathStep) => {
      const tail = graph
        .nodes()
        .find((node) => !graph.hasEdge(step.head, node) && !graph.hasEdge(node, step.head));
      return tail === undefined ? undefined : { ...step, tail, edge: `${step.head}->${tail}` };
    };
    rejectedAs('edge-absent', mutants(far));
  });

  test('a chain that is broken, by a step left out or steps turned round', () => {
    const without = (certificate: Certificate, at: number): Certificate => {
      const steps = certificate.steps.filter((_, i) => i !== at);
      const used = new Set(steps.map(({ line }) => line));
      return { ...certificate, steps, lines: certificate.lines.filter(({ line }) => used.has(line)) };
    };
    const cut = withSteps.flatMap((certificate) =>
      certificate.steps.map((_, at) => without(certificate, at)),
    );
    rejectedAs('chain-broken', cut);
    const long = withSteps.filter(({ steps }) => steps.length > 1);
    rejectedAs(
      'chain-broken',
      long.map((certificate) => ({ ...certificate, steps: certificate.steps.toReversed() })),
    );
  });

  test('a verdict that is flipped', () => {
    const flipped = certificates.map(
      (certificate): Certificate => ({
        ...certificate,
        verdict: certificate.verdict === 'Yes' ? 'No' : 'Yes',
      }),
    );
    rejectedAs('verdict-flipped', flipped);
  });

  test('a graph hash that is changed, and a graph that is', () => {
    const rehashed = certificates.map((certificate, i) => {
      const { hash } = certificate.graph;
      const at = (7 * i) % hash.length;
      const digit = hash[at] === '0' ? '1' : '0';
      return {
        ...certificate,
        graph: { ...certificate.graph, hash: hash.slice(0, at) + digit + hash.slice(at + 1) },
      };
    });
    rejectedAs('graph-changed', rehashed);
    const [first] = withSteps as [Certificate];
    const other = alterGraph(graph, { flipped: [first.steps[0]?.edge ?? ''] });
    expect(verifyCertificate(signedGraphOf(other), first)).toMatchObject({
      ok: false,
      reason: 'graph-changed',
    });
  });

  test('a line number that is changed, of the step or of the line', () => {
    rejectedAs(
      'line-changed',
      mutants((step) => ({ ...step, line: step.line + 1 })),
    );
    const renumbered = withSteps.map((certificate) => ({
      ...certificate,
      lines: certificate.lines.map((line, i) => (i === 0 ? { ...line, line: line.line + 100 } : line)),
    }));
    rejectedAs('line-changed', renumbered);
  });

  test('a line that says something else, or that no step uses', () => {
    const reworded = withSteps.map((certificate) => ({
      ...certificate,
      lines: certificate.lines.map((line) => ({ ...line, text: line.text.replace('|', '-') })),
    }));
    rejectedAs('line-changed', reworded);
    const idle = withSteps.map((certificate, i) => ({
      ...certificate,
      lines: [...certificate.lines, { line: 999, text: 'x', edge: graph.edges()[i] as string }],
    }));
    rejectedAs('line-changed', idle);
  });
});

test('an answer to another question does not tell of this one', () => {
  const [first, second] = withSteps as [Certificate, Certificate];
  expect(tellsOf({ ...first, question: second.question }, search)).toBe(false);
});
