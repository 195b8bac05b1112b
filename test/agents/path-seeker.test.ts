import { beforeAll, describe, expect, test } from 'vitest';
import { runAgent } from '../../agents/loop.ts';
import { pathSeekerAgent } from '../../agents/pathseeker/path-seeker.ts';
import type { Question } from '../../agents/question.ts';
import { loadGraph } from '../../graphs/load.ts';
import { createSearch, type PathwaySearch } from '../../graphs/search.ts';
import { EndpointError } from '../../src/errors.ts';
import type { RunEvent } from '../../src/run.ts';
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

const judge: Question = { text: 'Does the alpha kinase ALFK1 raise the gamma receptor GAMR?', kind: 'judge' };
const open: Question = { ...judge, kind: 'open' };

interface Options extends ScriptOptions {
  question?: Question;
  search?: PathwaySearch;
  maxSteps?: number;
  fallback?: boolean;
  signal?: AbortSignal;
}

async function investigate(lines: readonly Line[], options: Options = {}) {
  const { question = judge, search = better, maxSteps = 20, fallback = true } = options;
  const model = scriptedModel(lines, options);
  const agent = pathSeekerAgent(question, { search, fallback });
  const signal = options.signal ?? new AbortController().signal;
  const events = await eventsOf(runAgent(agent, { model, maxSteps, seed: 3, signal }));
  return { events, outcome: outcomeIn(events), asked: model.asked };
}

const local = 'Thought: closer.\nAction:\nsearch_local(0, ["gamma receptor"])';
const search = 'Action:\nsearch_global(["delta factor"])\nEnd Action';
const observations = (events: readonly RunEvent[]) =>
  events.filter((event) => event.type === 'observation').map(({ text }) => text);
const typesOf = (events: readonly RunEvent[]) => events.map(({ type }) => type);
const stagesOf = (events: readonly RunEvent[]) =>
  events.filter((event) => event.type === 'stage').map(({ stage }) => stage);

test('a whole investigation: names, our first move, the moves of the model, reasoning and verdict', async () => {
  const lines = [local, 'Answer: No', 'ALFK1 raises BETA1, which lowers GAMR.', 'Yes', 'No.'];
  const { events, outcome, asked } = await investigate(lines);
  expect(typesOf(events)).toEqual([
    ...['resolved', 'opening', 'given-move', 'observation'],
    ...['reply', 'observation', 'reply', 'stage', 'stage', 'stage', 'finished'],
  ]);
  expect(events[0]).toMatchObject({ names: [{ node: 'hsa:101' }, { node: 'hsa:104' }] });
  expect(events[2]).toMatchObject({ text: expect.stringContaining(`search_global(["${judge.text}"])`) });
  expect(stagesOf(events)).toEqual(['reason', 'uncertainty', 'verdict']);
  expect(outcome).toMatchObject({
    kind: 'answer',
    stop: 'done',
    answer: 'ALFK1 raises BETA1, which lowers GAMR.',
    verdict: 'No',
    unparsed: false,
    uncertain: false,
    connected: true,
    steps: 2,
  });
  expect(outcome.evidence.length).toBeGreaterThanOrEqual(2);
  expect(outcome.evidence.map(({ line }) => line)).toEqual(outcome.evidence.map((_, i) => i));
  expect(outcome.evidence.find(({ head }) => head === 'ALFK1')).toMatchObject({
    edge: 'hsa:101->hsa:102 hsa:103',
    sign: '+',
  });
  const seen = asked[0]?.messages.map(({ role }) => role);
  expect(seen).toEqual([...Array(4).fill(['user', 'assistant']).flat(), 'user']);
});

test('messages are only appended, and the stages reason over the evidence in a chat of their own', async () => {
  const { asked } = await investigate([local, search, 'Answer: No', 'So No.', 'Yes', 'No']);
  const [first, second, third, reason, uncertainty, verdict] = asked.map(({ messages }) => messages);
  expect(second?.slice(0, first?.length)).toEqual(first);
  expect(third?.slice(0, second?.length)).toEqual(second);
  expect(reason?.map(({ role }) => role)).toEqual(['user', 'assistant', 'user', 'assistant', 'user']);
  expect(reason?.at(-1)?.content).toMatch(/^Question: Does the alpha kinase.*\nPathway lines:\n0\) .* \| /);
  expect(uncertainty?.slice(0, -1)).toEqual([...(reason ?? []), { role: 'assistant', content: 'So No.' }]);
  expect(verdict?.at(-1)?.content).toContain(judge.text);
});

test('a verdict that the reasoning states is taken without asking again', async () => {
  const { outcome, events } = await investigate(['Answer: x', 'ALFK1 raises it. The answer is **Yes**.']);
  expect(stagesOf(events)).toEqual(['reason']);
  expect(outcome).toMatchObject({ verdict: 'Yes', uncertain: false, unparsed: false });
});

test('a model below 1B weights is shown short statements, and repetition costs it', async () => {
  const { asked } = await investigate(['Answer: x'], {
    afterwards: 'The answer is No.',
    served: { parameters: 135e6 },
  });
  expect(asked[1]?.messages.at(-1)?.content).toContain(') ALFK1 raises BETA1');
  expect(asked[1]?.options).toMatchObject({ frequencyPenalty: 0.5, maxTokens: 192 });
});

test('lines are numbered on over all observations and never repeat', async () => {
  const { events } = await investigate([local, search, local, 'Answer: No'], { afterwards: 'No' });
  const shown = events.flatMap((event) => (event.type === 'observation' ? event.lines : []));
  expect(shown.map(({ line }) => line)).toEqual(shown.map((_, i) => i));
  expect(new Set(shown.map(({ edge }) => edge)).size).toBe(shown.length);
  expect(observations(events).at(-1)).toMatch(/No new pathways/);
});

test('a model that rambles is stopped after two moves and answers from what our move found', async () => {
  const rambling = 'The pathway is a pathway of the pathway. '.repeat(20);
  const { outcome, events, asked } = await investigate([rambling, rambling], { afterwards: 'No' });
  expect(outcome).toMatchObject({ stop: 'unreadable', steps: 2, verdict: 'No', connected: true });
  expect(outcome.evidence.length).toBeGreaterThanOrEqual(2);
  expect(observations(events)).toHaveLength(2);
  expect(asked[0]?.options).toMatchObject({ maxTokens: 160, temperature: 0 });
  expect(asked[0]?.options.stop).toContain('End Action');
});

test('a readable move between two unreadable ones lets the search go on', async () => {
  const { outcome } = await investigate(['hm', local, 'hm', 'Answer: x'], { afterwards: 'Yes' });
  expect(outcome).toMatchObject({ stop: 'done', steps: 4 });
});

test('malformed calls are told as errors that name the mistake', async () => {
  const { events } = await investigate(['Action: search_local(0,', 'Answer: No'], { afterwards: 'No' });
  expect(observations(events)[1]).toMatch(/^Error: the call cannot be read: .*cut off/);
});

test('three moves in a row that bring nothing new end the search', async () => {
  const { outcome } = await investigate([], { afterwards: 'Action: search_local(999)' });
  expect(outcome).toMatchObject({ stop: 'stuck', steps: 3 });
});

test('the step limit ends the search, and what was found is still reasoned over', async () => {
  const { outcome, events } = await investigate([search], { maxSteps: 1, afterwards: 'Yes' });
  expect(outcome).toMatchObject({ stop: 'step-limit', steps: 1, verdict: 'Yes' });
  expect(typesOf(events).at(-1)).toBe('finished');
});

test('a context too small for another move ends the search', async () => {
  const { outcome, asked } = await investigate([], { afterwards: 'Yes', served: { contextLength: 700 } });
  expect(outcome).toMatchObject({ stop: 'context-limit', steps: 0 });
  expect(asked.every(({ options }) => (options.maxTokens ?? 0) >= 1)).toBe(true);
});

test('evidence is cut to the context of the model', async () => {
  const evidence = async (contextLength: number) =>
    (await investigate(['Answer: x'], { afterwards: 'Yes', served: { contextLength, parameters: 8e9 } }))
      .outcome.evidence.length;
  expect(await evidence(1640)).toBeLessThan(await evidence(8192));
});

describe('uncertainty', () => {
  const unclear = 'The lines do not show it. It is unclear.';

  test('a reasoning that leaves the question open falls back to reasoning without the graph', async () => {
    const { outcome, events, asked } = await investigate(['Answer: x', unclear, 'ALFK1 raises it.', 'Yes']);
    expect(stagesOf(events)).toEqual(['reason', 'fallback', 'verdict']);
    expect(outcome).toMatchObject({ uncertain: true, verdict: 'Yes', answer: 'ALFK1 raises it.' });
    expect(asked[2]?.messages).toHaveLength(1);
    expect(asked[2]?.messages[0]?.content).not.toContain('Pathway lines');
  });

  test('a reasoner that says it is uncertain when asked falls back too', async () => {
    const { events } = await investigate(['Answer: x', 'Hm.', 'Uncertain', 'So.', 'Yes']);
    expect(stagesOf(events)).toEqual(['reason', 'uncertainty', 'fallback', 'verdict']);
  });

  test('without fallback the flag is kept, and doubts are stripped before the verdict', async () => {
    const doubtful = 'ALFK1 lowers it. The strength is unclear.';
    const { outcome, events, asked } = await investigate(['Answer: x', doubtful, 'No'], { fallback: false });
    expect(stagesOf(events)).toEqual(['reason', 'verdict']);
    expect(outcome).toMatchObject({ uncertain: true, answer: doubtful });
    expect(asked[2]?.messages.at(-2)).toEqual({ role: 'assistant', content: 'ALFK1 lowers it.' });
  });
});

test('an abstaining verdict is null and unparsed', async () => {
  const { outcome } = await investigate(['Answer: x', 'Hm.', 'Yes', "I can't tell"]);
  expect(outcome).toMatchObject({ verdict: null, unparsed: true });
});

test('an open question is answered by the reasoning, without a verdict', async () => {
  const { outcome, events } = await investigate(['Answer: x', 'GAMR falls.', 'Yes'], { question: open });
  expect(stagesOf(events)).toEqual(['reason', 'uncertainty']);
  expect(outcome).toMatchObject({ answer: 'GAMR falls.', verdict: null, unparsed: false });
});

test('a question that names nothing of the graph is connected by nothing', async () => {
  const question: Question = { text: 'Does the moon shine?', kind: 'judge' };
  const { outcome, events } = await investigate(['Answer: x'], { question, afterwards: 'Yes' });
  expect(events[0]).toEqual({ type: 'resolved', names: [] });
  expect(outcome).toMatchObject({ connected: false, evidence: [] });
});

describe('compat', () => {
  const call = 'Action:\nsearch_biopathway_subgraph_global(["alpha kinase"])\nEnd Action';

  test('the model moves first, at temperature 0, and the final stage runs at 0.7', async () => {
    const { events, asked, outcome } = await investigate([call, 'Answer: x', 'Hm.', 'Yes', 'perhaps'], {
      search: compat,
    });
    expect(typesOf(events).slice(0, 3)).toEqual(['opening', 'reply', 'observation']);
    expect(asked.map(({ options }) => options.temperature)).toEqual([0, 0, 0.7, 0.7, 0.7]);
    expect(asked[0]?.messages[0]?.content).toContain('search_biopathway_subgraph_global(key_words_list');
    expect(outcome).toMatchObject({ verdict: 'No', unparsed: true });
  });

  test('unreadable moves are only reminded of the rules, up to the step limit', async () => {
    const { outcome } = await investigate([], { search: compat, afterwards: 'hm', maxSteps: 4 });
    expect(outcome).toMatchObject({ stop: 'step-limit', steps: 4, evidence: [] });
  });
});

describe('endings', () => {
  test('an abort in the middle of a move ends the stream with the reason', async () => {
    const stopping = new AbortController();
    const hanging: Line = (_, { signal }) =>
      new Promise<string>((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason));
        stopping.abort(new Error('enough'));
      });
    await expect(investigate([hanging], { signal: stopping.signal })).rejects.toThrow('enough');
  });

  test('an endpoint that fails ends the stream with its error', async () => {
    const failing: Line = () => {
      throw new EndpointError('answered 500', 500, undefined);
    };
    await expect(investigate([failing])).rejects.toBeInstanceOf(EndpointError);
  });

  test('the same replies give the same events', async () => {
    const stable = async () =>
      (await investigate([local, 'Answer: x'], { afterwards: 'No' })).events.map((event) => ({
        ...event,
        ms: 0,
      }));
    expect(await stable()).toEqual(await stable());
  });
});
