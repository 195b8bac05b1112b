import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { mechanismOf } from '../../../agents/perturbation/second-opinion.ts';
import { type ProbeKind, Probes } from '../../../evals/biomaze/probe.ts';
import { probeTable } from '../../../evals/biomaze/probe-table.ts';
import { alterGraph } from '../../../graphs/altered-graph.ts';
import { anonymise } from '../../../graphs/anonymous-graph.ts';
import { loadGraph } from '../../../graphs/load.ts';
import { createSearch, type PathwaySearch } from '../../../graphs/search.ts';
import type { Verdict } from '../../../src/run.ts';
import type { SampleRecord } from '../../../src/store/samples.ts';

const search = createSearch(
  await loadGraph(fileURLToPath(new URL('../../../data/pathways', import.meta.url))),
);
const asked = [
  'Does loss of PTEN lower the activity of FOXO3?',
  'Does trametinib reduce the activity of ERK?',
  'Does TNF promote the degradation of IkB?',
].map((question, i) => ({ id: `q${i}`, question }));

const verdict = (text: string, on: PathwaySearch) =>
  mechanismOf({ text, kind: 'judge' }, on).mechanism.verdict;

/** The mechanism's verdict before and after the change. */
function answers(kind: ProbeKind) {
  const probes = new Probes(kind, search);
  return asked.map((question) => {
    const [before, after] = probes.pairOf(question);
    if (!before || !after) throw new Error(`${question.id} cannot be probed`);
    return [
      verdict(before.question, probes.searchFor(before)),
      verdict(after.question, probes.searchFor(after)),
    ];
  });
}

describe('a probed question', () => {
  test('has the other answer when the deciding edge is turned', () => {
    for (const [before, after] of answers('flip')) expect([before, after].sort()).toEqual(['No', 'Yes']);
  });

  test('has no answer when the deciding edges are left out', () => {
    for (const [before, after] of answers('remove')) expect([before !== null, after]).toEqual([true, null]);
  });

  test('has the same answer under made-up names', () => {
    for (const [before, after] of answers('anonymise')) expect(after).toBe(before);
  });

  test('is left out where there is no answer to turn', () => {
    const probes = new Probes('flip', search);
    expect(probes.pairOf({ id: 'x', question: 'Does the frobnicator raise the doodad?' })).toEqual([]);
  });
});

test('an altered graph says what its lines say, keeps all else and has a hash of its own', () => {
  const { graph } = search;
  const altered = alterGraph(graph, { flipped: ['PTEN->PIP3'], removed: ['AKT1->FOXO3'] });
  expect(altered.getEdgeAttributes('PTEN->PIP3')).toMatchObject({ sign: '+', subtypes: ['activation', 'dephosphorylation', 'compound'] }); // biome-ignore format: a row
  expect(graph.getEdgeAttribute('PTEN->PIP3', 'sign')).toBe('-');
  expect([altered.hasEdge('AKT1->FOXO3'), altered.size]).toEqual([false, graph.size - 1]);
  expect(altered.getAttribute('hash')).not.toBe(graph.getAttribute('hash'));
  const again = alterGraph(graph, { removed: ['AKT1->FOXO3'], flipped: ['PTEN->PIP3'] });
  expect(again.getAttribute('hash')).toBe(altered.getAttribute('hash'));
  expect(() => alterGraph(graph, { removed: ['NO->WAY'] })).toThrow(RangeError);
});

test('an anonymous graph has the same shape and signs, and no name of the original', () => {
  const { graph, rename, edgeKey } = anonymise(search.graph, search.names);
  expect([graph.order, graph.size]).toEqual([search.graph.order, search.graph.size]);
  expect(graph.getEdgeAttribute(edgeKey('PTEN->PIP3'), 'sign')).toBe('-');
  const names = new Set(graph.mapNodes((_node, { label, names }) => [label, ...names]).flat());
  expect([...names].filter((name) => !/^NX\d+$/.test(name))).toEqual([]);
  expect(rename('Does loss of PTEN raise PIP3?')).toMatch(/^Does loss of NX\d+ raise NX\d+\?$/);
});

describe('the table of probes', () => {
  const sample = (id: string, told: Verdict | null, probe?: object, connected = true) =>
    ({
      ...{ id, epoch: 1 },
      input: {
        ...{ id, question: id, answer: 'Yes', label: 'Yes', inquiry: 'normal', condition: 'natural' },
        ...{ target: 'single', evidence: [], probe },
      },
      outcome: { verdict: told, connected },
    }) as unknown as SampleRecord;

  test('counts answers that turned, stayed and went, and those that were none before', () => {
    const probe = (of: string) => ({ kind: 'flip', of, edges: [] });
    const table = probeTable([
      ...[sample('a', 'Yes'), sample('b', 'No'), sample('c', 'Yes'), sample('d', null), sample('e', 'Yes')],
      ...[sample('a~', 'No', probe('a')), sample('b~', 'No', probe('b')), sample('c~', null, probe('c'))],
      ...[sample('d~', 'Yes', probe('d')), sample('e~', 'No', probe('e'), false)],
    ]);
    expect(table).toMatchObject({
      n: 4,
      unanswered: 1,
      opposite: 1,
      same: 1,
      none: 2,
      followed: 1,
      share: 0.25,
    });
    expect(table?.interval?.low).toBeCloseTo(0.046, 2);
    expect(probeTable([sample('a', 'Yes')])).toBeUndefined();
  });
});
