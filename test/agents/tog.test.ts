import { beforeAll, describe, expect, test } from 'vitest';
import { Frontier } from '../../agents/baselines/tog/frontier.ts';
import { readSelection, readSufficiency } from '../../agents/baselines/tog/read-replies.ts';
import { Shuffler } from '../../agents/baselines/tog/shuffler.ts';
import { togAgent } from '../../agents/baselines/tog/tog.ts';
import { runStaged } from '../../agents/loop.ts';
import type { Question } from '../../agents/question.ts';
import { loadGraph } from '../../graphs/load.ts';
import { createSearch, type PathwaySearch } from '../../graphs/search.ts';
import { eventsOf, outcomeIn } from '../helpers/run-events.ts';
import { type Line, type ScriptOptions, scriptedModel } from '../helpers/scripted-model.ts';
import { writeToyGraph } from '../helpers/toy-graph.ts';

let better: PathwaySearch;
let compat: PathwaySearch;
beforeAll(async () => {
  const graph = await loadGraph(writeToyGraph());
  better = createSearch(graph);
  compat = createSearch(graph, { mode: 'compat' });
});

/** Names one compound, so that the first hop has one edge. */
const zeta: Question = { text: 'Is Zeta acid there?', kind: 'judge' };
const judge: Question = { text: 'Does the alpha kinase ALFK1 raise the gamma receptor GAMR?', kind: 'judge' };

interface Options extends ScriptOptions {
  question?: Question;
  search?: PathwaySearch;
}

async function explore(lines: readonly Line[], options: Options = {}) {
  const { question = judge, search = better } = options;
  const model = scriptedModel(lines, options);
  const signal = new AbortController().signal;
  const events = await eventsOf(runStaged(togAgent(question, { search }), { model, seed: 1, signal }));
  const stages = events.flatMap((event) => (event.type === 'stage' ? [event.stage] : []));
  return { outcome: outcomeIn(events), stages, asked: model.asked };
}

describe('a selection', () => {
  test.each([
    ['[0, 2]', [0, 2], [0, 2]],
    ['Helpful: [1] because [x', [1], [1]],
    ['[2, 9]', undefined, [2]],
    ['[-1]', undefined, undefined],
    ['lines 0 and 1', undefined, [0, 1]],
    ['[]', undefined, undefined],
    ['[1', undefined, [1]],
    ['[exit()]', undefined, undefined],
    ['none', undefined, undefined],
  ])('%j of three lines is %j in compat and %j else', (reply, inCompat, otherwise) => {
    expect(readSelection(reply, 3, { compat: true })).toEqual(inCompat);
    expect(readSelection(reply, 3)).toEqual(otherwise);
  });

  test.each([
    ['{Yes} GAMR falls.', { enough: true, rest: 'GAMR falls.' }],
    ['{ no } A step is missing.', { enough: false, rest: 'A step is missing.' }],
    ['Yes.', { enough: true, rest: '' }],
    ['I cannot tell', { enough: false, rest: '' }],
  ])('whether %j says that the lines suffice', (reply, read) => {
    expect(readSufficiency(reply)).toEqual(read);
  });
});

test('the frontier starts from what the question names and follows both ends of what was selected', () => {
  const frontier = new Frontier(judge.text, better, 2);
  const first = frontier.expand().map(({ edge }) => edge);
  expect(first).toContain('hsa:101->hsa:102 hsa:103');
  expect(frontier.expand()).toEqual([]);
  frontier.follow([{ edge: '', head: 'hsa:101', tail: 'hsa:105' }]);
  const next = frontier.expand().map(({ edge }) => edge);
  expect(next.length).toBeGreaterThan(0);
  expect(next.filter((edge) => first.includes(edge))).toEqual([]);
});

test('hops go on until the lines suffice, and the verdict is asked about what was said then', async () => {
  const lines = ['[0]', '{No} more', '[0, 1]', '{Yes} Zeta acid acts on ALFK1.', 'No'];
  const { outcome, stages } = await explore(lines, { question: zeta });
  expect(stages).toEqual(['select', 'sufficient', 'select', 'sufficient', 'verdict']);
  expect(outcome).toMatchObject({ stop: 'done', verdict: 'No', steps: 2 });
  expect(outcome.answer).toBe('Zeta acid acts on ALFK1.');
  expect(outcome.evidence).toHaveLength(3);
});

test('a selection that cannot be read ends the hops, and what there is is reasoned over', async () => {
  const lines = ['[0]', '{No}', 'hm', 'So. The answer is Yes.'];
  const { outcome, stages } = await explore(lines, { question: zeta });
  expect(stages).toEqual(['select', 'sufficient', 'select', 'reason']);
  expect(outcome).toMatchObject({ stop: 'unreadable', verdict: 'Yes' });
  expect(outcome.evidence).toHaveLength(1);
});

test('where nothing new is left the hops end', async () => {
  const { outcome } = await explore([], {
    afterwards: (messages) =>
      messages.at(-1)!.content.endsWith('Helpful:') ? '[0, 1, 2, 3, 4, 5, 6]' : '{No}',
  });
  expect(outcome.stop).toBe('stuck');
  expect(outcome.evidence.length).toBe(7);
});

test('an open question is answered by what follows the braces, or asked again', async () => {
  const question: Question = { ...judge, kind: 'open' };
  expect((await explore(['[0]', '{Yes} It falls.'], { question })).outcome).toMatchObject({
    answer: 'It falls.',
    verdict: null,
  });
  expect((await explore(['[0]', '{Yes}', 'It falls.'], { question })).outcome.answer).toBe('It falls.');
});

test('in compat selection is sampled at 0.4, all else at 0, and any yes is Yes', async () => {
  const { outcome, asked } = await explore(['[0]', '{Yes} so', 'I guess yes'], { search: compat });
  expect(asked.map(({ options }) => options.temperature)).toEqual([0.4, 0, 0]);
  expect(outcome.verdict).toBe('Yes');
});

test('lines that do not fit are left out by chance in compat, the same for the same seed', () => {
  const items = Array.from({ length: 20 }, (_, i) => i);
  const half = new Shuffler(7).half(items);
  expect(half).toHaveLength(10);
  expect(half).toEqual([...half].sort((a, b) => a - b));
  expect(new Shuffler(7).half(items)).toEqual(half);
  expect(new Shuffler(8).half(items)).not.toEqual(half);
});
