import { beforeAll, describe, expect, test } from 'vitest';
import { runAgent } from '../../agents/loop.ts';
import { History } from '../../agents/pathseeker/history.ts';
import { moveSchema, readJsonMove } from '../../agents/pathseeker/json-moves.ts';
import { pathSeekerAgent } from '../../agents/pathseeker/path-seeker.ts';
import { openingMessages, ourTools } from '../../agents/pathseeker/prompts.ts';
import { isFailure, runCall } from '../../agents/pathseeker/tools.ts';
import type { Question } from '../../agents/question.ts';
import { loadGraph } from '../../graphs/load.ts';
import { createSearch, type PathwaySearch } from '../../graphs/search.ts';
import { compileConstraint } from '../../src/engine/constraint/compile-constraint.ts';
import { constraintVocabulary } from '../../src/engine/constraint/constraint-vocabulary.ts';
import { randomSource } from '../../src/engine/random.ts';
import { randomReply } from '../helpers/constrained-walk.ts';
import { eventsOf, outcomeIn } from '../helpers/run-events.ts';
import { type Line, scriptedModel } from '../helpers/scripted-model.ts';
import { tinyTokenizer } from '../helpers/tiny-tokenizer.ts';
import { writeToyGraph } from '../helpers/toy-graph.ts';

let search: PathwaySearch;
beforeAll(async () => {
  search = createSearch(await loadGraph(writeToyGraph()));
});

const judge: Question = { text: 'Does the alpha kinase ALFK1 raise the gamma receptor GAMR?', kind: 'judge' };
const turn = (move: object) => JSON.stringify({ thought: 'so', move });
const local = turn({ name: 'search_local', line: 0, keywords: ['gamma receptor'] });
const answer = turn({ name: 'answer', answer: 'No' });

test('a model without sense, held to the schema, makes only legal moves: 300 turns over a growing history', () => {
  const tokenizer = tinyTokenizer();
  const vocabulary = constraintVocabulary(tokenizer);
  const random = randomSource(3);
  const history = new History(search.graph, 'better');
  const kinds = new Set<string>();
  for (let i = 0; i < 300; i++) {
    const lines = history.size;
    const { global, local } = ourTools;
    const schema = moveSchema({ kind: 'judge', global, local, lines, mayAnswer: i % 3 > 0 });
    const { text } = randomReply(
      compileConstraint({ kind: 'schema', schema }, vocabulary),
      tokenizer,
      random,
      i % 60,
    );
    const move = readJsonMove(text);
    kinds.add(move.kind === 'call' ? move.call.tool : move.kind);
    if (move.kind === 'ready') expect(['Yes', 'No']).toContain(move.answer);
    else if (move.kind !== 'call') throw new Error(`not a move: ${text}`);
    else expect(isFailure(runCall(move.call, search, history)), text).toBe(false);
    if (i % 50 === 0)
      history.add(search.global(['alpha kinase gamma infection']).triples.slice(0, 1 + i / 50));
  }
  expect([...kinds].sort()).toEqual(['ready', 'search_global', 'search_local']);
});

describe('the schema of a turn', () => {
  const moves = (legal: Partial<Parameters<typeof moveSchema>[0]>) => {
    const facts = { kind: 'judge', global: 'g', local: 'l', lines: 3, mayAnswer: true, ...legal } as const;
    const schema = moveSchema(facts) as {
      properties: { move: { anyOf: { properties: { name: { enum: string[] }; line?: object } }[] } };
    };
    return schema.properties.move.anyOf.map(({ properties }) => [properties.name.enum[0], properties.line]);
  };

  test('names the lines that were shown, and no local search while none was', () => {
    const line = { type: 'integer', minimum: 0, maximum: 2 };
    expect(moves({})).toEqual([
      ['g', undefined],
      ['l', line],
      ['answer', undefined],
    ]);
    expect(moves({ lines: 0 })).toEqual([
      ['g', undefined],
      ['answer', undefined],
    ]);
  });

  test('leaves out what cannot be called now', () => {
    expect(moves({ local: undefined, mayAnswer: false })).toEqual([['g', undefined]]);
  });
});

test.each([
  ['', 'unreadable'],
  ['Action: search_global(["a"])', 'unreadable'],
  ['{"thought":"x"}', 'unreadable'],
  ['{"thought":"x","move":{"name":"search_global"}}', 'unreadable'],
  ['{"thought":"x","move":{"name":"exec","keywords":["a"]}}', 'call'],
  [local, 'call'],
  [answer, 'ready'],
])('the reply %j is read as %s', (reply, kind) => {
  expect(readJsonMove(reply).kind).toBe(kind);
});

async function investigate(lines: readonly Line[]) {
  const model = scriptedModel(lines, { afterwards: 'The answer is No.' });
  const signal = new AbortController().signal;
  const agent = pathSeekerAgent(judge, { search, constrained: true });
  const events = await eventsOf(runAgent(agent, { model, maxSteps: 8, seed: 1, signal }));
  return { outcome: outcomeIn(events), asked: model.asked, events };
}

test('an investigation under a schema: an answer is legal only after a search of its own', async () => {
  const { outcome, asked } = await investigate([local, answer]);
  const schemas = asked.map(({ options }) => JSON.stringify(options.schema ?? null));
  expect(schemas[0]).not.toContain('"answer"');
  expect(schemas[1]).toContain('"answer"');
  expect(schemas[2]).toBe('null'); // the reasoner writes freely
  expect(asked[0]?.options.stop).toBeUndefined();
  expect(outcome).toMatchObject({ stop: 'done', navigation: { invalid: 0, constrained: true } });
});

test('an endpoint that passes over the schema is found out: its turns count as invalid', async () => {
  const { outcome, events } = await investigate([
    'Action: search_global(["a"])',
    turn({ name: 'search_local', line: 999, keywords: ['a'] }),
    answer,
  ]);
  expect(outcome.navigation).toEqual({ invalid: 2, constrained: true });
  const told = events.filter((event) => event.type === 'observation').map(({ text }) => text);
  expect(told[1]).toContain('one JSON object');
  expect(told[2]).toMatch(/^Error: there is no line 999/);
});

test('the worked example in JSON follows the schema that it teaches', () => {
  const replies = openingMessages(judge, ourTools, 'lines', { json: true }).filter(
    ({ role }) => role === 'assistant',
  );
  expect(replies.map(({ content }) => readJsonMove(content).kind)).toEqual(['call', 'call', 'ready']);
});
