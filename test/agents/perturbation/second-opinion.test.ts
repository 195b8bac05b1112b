import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { runAgent } from '../../../agents/loop.ts';
import { History } from '../../../agents/pathseeker/history.ts';
import { pathSeekerAgent } from '../../../agents/pathseeker/path-seeker.ts';
import { readCall } from '../../../agents/pathseeker/read-call.ts';
import { runCall } from '../../../agents/pathseeker/tools.ts';
import { disagrees, mechanismOf, withSecondOpinion } from '../../../agents/perturbation/second-opinion.ts';
import { loadGraph } from '../../../graphs/load.ts';
import { createSearch } from '../../../graphs/search.ts';
import type { AnswerOutcome } from '../../../src/run.ts';
import { scriptedModel } from '../../helpers/scripted-model.ts';

const search = createSearch(
  await loadGraph(fileURLToPath(new URL('../../../data/pathways', import.meta.url))),
);
const question = { text: 'Does loss of PTEN lower the activity of FOXO3?', kind: 'judge' } as const;
const { signal } = new AbortController();

/** PathSeeker with a model that finds its lines and then says this verdict. */
async function answered(verdict: string): Promise<AnswerOutcome> {
  const model = scriptedModel(['Answer: done', `The answer is ${verdict}.`, verdict]);
  const run = runAgent(pathSeekerAgent(question, { search }), { model, maxSteps: 3, seed: 0, signal });
  for await (const event of withSecondOpinion(run, question, search))
    if (event.type === 'finished') return event.outcome;
  throw new Error('no outcome');
}

describe("beside a model's answer", () => {
  test('stands the mechanism, and a certificate out of its own evidence where that carries the verdict', async () => {
    const outcome = await answered('Yes');
    expect([outcome.verdict, outcome.mechanism?.verdict, disagrees(outcome)]).toEqual(['Yes', 'Yes', false]);
    const lines = new Map(outcome.evidence.map(({ line, edge }) => [line, edge]));
    expect(outcome.certificate?.steps.length).toBeGreaterThan(0);
    for (const { line, edge } of outcome.certificate?.steps ?? []) expect(lines.get(line)).toBe(edge);
    for (const { line } of outcome.mechanism?.lines ?? []) expect(lines.has(line)).toBe(false);
  });

  test('a disagreement is told, and the answer is unsupported', async () => {
    const outcome = await answered('No');
    expect([outcome.verdict, outcome.certificate, disagrees(outcome)]).toEqual(['No', null, true]);
  });
});

test('opposing paths, feedback and lost members are told as notes', () => {
  const { mechanism } = mechanismOf(question, search);
  expect(mechanism.notes.join('\n')).toMatch(
    /^Conflict: another path has the opposite effect, later: line \d/m,
  );
  expect(mechanism.notes.join('\n')).toMatch(/^Feedback against the effect: line \d/m);
});

test('what the setting holds down blocks the way, and that is said', () => {
  const text = 'In cells pretreated with trametinib, does BRAF raise the activity of ERK?';
  const { mechanism, certificate } = mechanismOf({ text, kind: 'judge' }, search);
  expect([mechanism.verdict, certificate]).toEqual(['No', null]);
  expect(mechanism.text.at(-1)).toMatch(/MEK.* is held down/);
});

test('an open question is left to the model', () => {
  const { mechanism } = mechanismOf({ text: 'How does PTEN act on FOXO3?', kind: 'open' }, search);
  expect(mechanism).toMatchObject({ verdict: null, abstained: 'open', text: [] });
});

test('predict_effect gives an agent the path as lines of its history, told by their numbers', () => {
  const history = new History(search.graph, 'better');
  history.add([{ edge: 'PIP3->AKT1', head: 'PIP3', tail: 'AKT1' }]);
  const read = readCall(`predict_effect([${JSON.stringify(question.text)}])`);
  if (read.kind === 'malformed') throw new Error(read.reason);
  const result = runCall(read.call, search, history);
  history.add(result.triples);
  const told = [...(result.text ?? '').matchAll(/line (\d+): (\S+) (?:lowers|raises) (\S+) →/g)];
  expect(told.length).toBeGreaterThanOrEqual(3);
  for (const [, line, head, tail] of told) {
    const { edge } = history.triples[Number(line)] ?? {};
    expect([head, tail]).toEqual([
      ...[search.graph.getNodeAttribute(search.graph.source(edge), 'label')],
      search.graph.getNodeAttribute(search.graph.target(edge), 'label'),
    ]);
  }
});
