import { expect, test } from 'vitest';
import { cotAgent, vanillaAgent } from '../../agents/baselines/cot.ts';
import type { Agent } from '../../agents/loop.ts';
import { runAgent } from '../../agents/loop.ts';
import { kindOfQuestion, type Question } from '../../agents/question.ts';
import { eventsOf, outcomeIn } from '../helpers/run-events.ts';
import type { ScriptedModel } from '../helpers/scripted-model.ts';
import { scriptedModel } from '../helpers/scripted-model.ts';

const judge: Question = { text: 'Does loss of PTEN raise AKT activity?', kind: 'judge' };
const open: Question = { text: 'What does loss of PTEN do to AKT?', kind: 'open' };
const never = new AbortController().signal;
const run = (agent: Agent, model: ScriptedModel, maxSteps = 20) =>
  eventsOf(runAgent(agent, { model, maxSteps, seed: 7, signal: never }));

test('CoT reasons in one turn and asks for the bare verdict in the same chat', async () => {
  const model = scriptedModel(['PTEN lowers PIP3, which raises AKT.', 'Yes.']);
  const events = await run(cotAgent(judge), model);
  expect(events.map(({ type }) => type)).toEqual(['opening', 'reply', 'stage', 'finished']);
  expect(outcomeIn(events)).toEqual({
    kind: 'answer',
    stop: 'done',
    answer: 'PTEN lowers PIP3, which raises AKT.',
    verdict: 'Yes',
    unparsed: false,
    uncertain: false,
    connected: null,
    steps: 1,
    evidence: [],
  });
  const [first, second] = model.asked;
  expect(first?.messages).toHaveLength(1);
  expect(first?.messages[0]?.content).toMatch(/Question: Does loss of PTEN raise AKT activity\?\nAnswer:$/);
  expect(second?.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
  expect(second?.messages[2]?.content).toContain(judge.text);
  expect(model.asked.every(({ options }) => options.seed === 7 && options.temperature === 0)).toBe(true);
});

test('two shots add two worked examples, in an order that the seed decides in compat', async () => {
  const opening = async (seed: number, compat: boolean) => {
    const model = scriptedModel([], { afterwards: 'Yes' });
    await run(cotAgent(judge, { shots: 2, compat, seed }), model);
    return model.asked[0]?.messages[0]?.content ?? '';
  };
  expect((await opening(0, false)).match(/^Question: /gm)).toHaveLength(3);
  expect(await opening(1, false)).toBe(await opening(0, false));
  expect(await opening(1, true)).not.toBe(await opening(0, true));
});

test('an open question is answered by the reasoning itself', async () => {
  const events = await run(cotAgent(open), scriptedModel(['It raises AKT.']));
  expect(outcomeIn(events)).toMatchObject({ answer: 'It raises AKT.', verdict: null, unparsed: false });
});

test('a verdict that cannot be read is null and unparsed; compat counts it as No', async () => {
  const lines = ['Hmm.', 'perhaps'];
  expect(outcomeIn(await run(cotAgent(judge), scriptedModel(lines)))).toMatchObject({
    verdict: null,
    unparsed: true,
  });
  expect(outcomeIn(await run(cotAgent(judge, { compat: true }), scriptedModel(lines)))).toMatchObject({
    verdict: 'No',
    unparsed: true,
  });
});

test('vanilla reads the verdict from its only turn', async () => {
  const model = scriptedModel(['No']);
  const events = await run(vanillaAgent(judge, { shots: 2 }), model);
  expect(outcomeIn(events)).toMatchObject({ verdict: 'No', steps: 1 });
  expect(model.asked).toHaveLength(1);
});

test('a question longer than the context ends as a context limit with no answer, without a call', async () => {
  const model = scriptedModel([], { served: { contextLength: 300 } });
  const events = await run(cotAgent({ ...judge, text: `Does ${'very '.repeat(500)}much happen?` }), model);
  expect(outcomeIn(events)).toMatchObject({
    stop: 'context-limit',
    answer: '',
    verdict: null,
    unparsed: true,
  });
  expect(model.asked).toHaveLength(0);
});

test('a small model gets a short reasoning budget, a large one a long one', async () => {
  const budget = async (parameters: number) => {
    const model = scriptedModel([], { afterwards: 'Yes', served: { parameters } });
    await run(cotAgent(judge), model);
    return model.asked[0]?.options.maxTokens;
  };
  expect([await budget(135e6), await budget(8e9)]).toEqual([192, 1024]);
});

test('an abort in the middle of a call ends the run with the reason of the signal', async () => {
  const stopping = new AbortController();
  const model = scriptedModel([
    () => {
      stopping.abort(new Error('enough'));
      stopping.signal.throwIfAborted();
      return '';
    },
  ]);
  const running = runAgent(cotAgent(judge), { model, maxSteps: 1, seed: 0, signal: stopping.signal });
  await expect(eventsOf(running)).rejects.toThrow('enough');
});

test.each([
  ['Does loss of PTEN raise AKT?', 'judge'],
  ['In T cells, is ZAP70 needed for LAT phosphorylation?', 'judge'],
  ['PTEN is lost. Will FOXO leave the nucleus?', 'judge'],
  ['Does loss of PTEN raise or lower FOXO target expression, and through what?', 'open'],
  ['Does it increase or decrease AKT?', 'open'],
  ['Does loss of PTEN or TP53 raise AKT?', 'judge'],
  ['How does PTEN act on AKT?', 'open'],
  ['What is the effect of rapamycin?', 'open'],
  ['PTEN', 'open'],
  ['', 'open'],
])('%j is taken for a question of kind %s', (text, kind) => {
  expect(kindOfQuestion(text)).toBe(kind);
});
