import { beforeAll, expect, test } from 'vitest';
import { runAgent } from '../../agents/loop.ts';
import type { Ablation } from '../../agents/pathseeker/ablations.ts';
import { pathSeekerAgent } from '../../agents/pathseeker/path-seeker.ts';
import { citedLines } from '../../agents/pathseeker/read-move.ts';
import type { Question } from '../../agents/question.ts';
import { loadGraph } from '../../graphs/load.ts';
import { createSearch, type PathwaySearch } from '../../graphs/search.ts';
import { eventsOf, outcomeIn } from '../helpers/run-events.ts';
import { type Line, scriptedModel } from '../helpers/scripted-model.ts';
import { writeToyGraph } from '../helpers/toy-graph.ts';

let search: PathwaySearch;
beforeAll(async () => {
  search = createSearch(await loadGraph(writeToyGraph()));
});

const judge: Question = { text: 'Does the alpha kinase ALFK1 raise the gamma receptor GAMR?', kind: 'judge' };
const again = 'Action:\nsearch_global(["alpha kinase gamma receptor"])';
const local = 'Action:\nsearch_local(0, ["gamma receptor"])';

async function investigate(
  without: readonly Ablation[],
  lines: readonly Line[],
  maxSteps = 9,
  question = judge,
) {
  const model = scriptedModel(lines, { afterwards: 'The answer is No.' });
  const signal = new AbortController().signal;
  const agent = pathSeekerAgent(question, { search, without: new Set(without) });
  const events = await eventsOf(runAgent(agent, { model, maxSteps, seed: 1, signal }));
  const observed = events.flatMap((event) => (event.type === 'observation' ? [event] : []));
  const stages = events.flatMap((event) => (event.type === 'stage' ? [event.stage] : []));
  return { outcome: outcomeIn(events), observed, stages, asked: model.asked };
}

test('without remove-seen, lines come again under the numbers they had', async () => {
  const whole = await investigate([], [again, 'Answer: x']);
  expect(whole.observed[1]?.text).not.toMatch(/^0\) /m);
  const { observed, asked } = await investigate(['remove-seen'], [again, 'Answer: x']);
  const first = observed[0]!.text.split('\n');
  const second = observed[1]!.text.split('\n').filter((line) => /^\d+\) /.test(line));
  expect(second.length).toBeGreaterThan(0);
  expect(first).toEqual(expect.arrayContaining(second));
  expect(asked[0]?.messages[0]?.content).not.toContain('have not seen before');
});

test('without dfs-order, lines come in the order of the graph', async () => {
  const edges = search.graph.edges();
  const order = async (without: Ablation[]) =>
    (await investigate(without, ['Answer: x'])).observed[0]!.lines.map(({ edge }) => edges.indexOf(edge));
  const plain = await order(['dfs-order']);
  expect(plain).toEqual([...plain].sort((a, b) => a - b));
  expect((await order([])).toSorted()).toEqual(plain.toSorted());
  expect(await order([])).not.toEqual(plain);
});

test('without triple-to-text, the model sees the triple as data, in the example and in the evidence too', async () => {
  const { observed, asked } = await investigate(['triple-to-text'], ['Answer: x']);
  expect(observed[0]?.text).toMatch(/^0\) \[\{"ID":\["101"\],"Name":\[/);
  expect(asked[0]?.messages[2]?.content).toContain('[{"ID":["GAL80"],"Name":["GAL80"]},{"Type":"PPrel"');
  expect(asked[1]?.messages.at(-1)?.content).toContain('"Biological_Process"');
  expect(observed[0]?.lines[0]?.text).toContain(' | '); // what is stored can still be read
});

test('without local-search, it is neither described nor callable', async () => {
  const { observed, asked } = await investigate(['local-search'], [local, 'Answer: x']);
  expect(asked[0]?.messages.map(({ content }) => content).join()).not.toContain('search_local');
  expect(observed[1]?.text).toBe('Error: there is no tool search_local.');
});

test('without final-reasoner, the answer is what the navigator says', async () => {
  const { outcome, stages } = await investigate(['final-reasoner'], [local, 'Answer: Yes']);
  expect(stages).toEqual([]);
  expect(outcome).toMatchObject({ verdict: 'Yes', answer: 'Yes', unparsed: false, connected: true });
});

test('without final-reasoner, a navigator that never answers is asked to, in turns that alternate', async () => {
  const { outcome, stages, asked } = await investigate(['final-reasoner'], [local], 1);
  expect(stages).toEqual(['verdict']);
  const roles = asked.at(-1)!.messages.map(({ role }) => role);
  expect(roles.every((role, i) => role === (i % 2 === 0 ? 'user' : 'assistant'))).toBe(true);
  expect(outcome).toMatchObject({ verdict: 'No', stop: 'step-limit' });
});

test('lines that the last turn cites come first in the evidence', async () => {
  const { outcome, observed } = await investigate([], ['Thought: see line 3.\nAnswer: No']);
  expect(outcome.evidence[0]?.edge).toBe(observed[0]?.lines[3]?.edge);
  const without = await investigate([], ['Answer: No']);
  expect(without.outcome.evidence.map(({ edge }) => edge).toSorted()).toEqual(
    outcome.evidence.map(({ edge }) => edge).toSorted(),
  );
});

test.each([
  ['GAL80 holds GAL4 back (line 0); GAL4 expresses GAL1 (line 3).', [0, 3]],
  ['I rely on lines 4, 1 and 12. Line 4 decides.', [4, 1, 12]],
  ['the pipeline 3 and 4 lines', []],
  ['line 99999999', []],
])('%j cites %j', (text, lines) => {
  expect(citedLines(text)).toEqual(lines);
});
