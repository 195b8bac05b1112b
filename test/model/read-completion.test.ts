import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EndpointError } from '../../src/errors.ts';
import {
  type CompletionReply,
  readCompletion,
  readCompletionChunks,
} from '../../src/model/read-completion.ts';
import { readResponse, readResponseEvents } from '../../src/model/read-response.ts';
import { lacksSharedData, sharedData } from '../helpers/shared-data.ts';

const base = 'http://x/v1';
const choice = (message: object, more: object = {}) => ({
  choices: [{ index: 0, message, finish_reason: 'stop' }],
  ...more,
});
const chunk = (delta: object, more: object = {}) => ({ choices: [{ index: 0, delta }], ...more });

test('a whole completion is text, reasoning, calls and usage', () => {
  const calls = [
    { id: 'a', type: 'function', function: { name: 'f', arguments: '{"x":1}' } },
    { id: 'b', function: { name: 'g', arguments: { y: 2 } } },
  ];
  const usage = { prompt_tokens: 5, completion_tokens: 3, prompt_cache_hit_tokens: 4 };
  expect(
    readCompletion(choice({ content: null, reasoning: 'hm', tool_calls: calls }, { usage }), base),
  ).toEqual({
    text: '',
    reasoning: 'hm',
    calls: [
      { id: 'a', name: 'f', arguments: '{"x":1}' },
      { id: 'b', name: 'g', arguments: '{"y":2}' },
    ],
    usage: { promptTokens: 5, cachedTokens: 4, completionTokens: 3 },
    finishReason: 'stop',
  });
});

test('text and thinking in parts are told apart', () => {
  const content = [
    { type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] },
    { type: 'text', text: 'Yes' },
    { type: 'text', text: '.' },
  ];
  expect(readCompletion(choice({ content }), base)).toMatchObject({ text: 'Yes.', reasoning: 'hm' });
});

test('pieces of a call go together by index, or by id where there is none', () => {
  const piece = (call: object) => chunk({ tool_calls: [call] });
  const byIndex = [
    piece({ index: 0, id: 'a', function: { name: 'f', arguments: '' } }),
    piece({ index: 1, id: 'b', function: { name: 'g', arguments: '{' } }),
    piece({ index: 0, id: '', function: { arguments: '{}' } }),
    piece({ index: 1, function: { name: 'g', arguments: '}' } }),
  ];
  const byId = [
    piece({ id: 'a', function: { name: 'f', arguments: '{}' } }),
    piece({ id: 'b', function: { name: 'g', arguments: '{' } }),
    piece({ function: { arguments: '}' } }),
  ];
  const calls = [
    { id: 'a', name: 'f', arguments: '{}' },
    { id: 'b', name: 'g', arguments: '{}' },
  ];
  for (const chunks of [byIndex, byId]) expect(readCompletionChunks(chunks, base).calls).toEqual(calls);
});

test('other choices than the first are left out, streamed and whole', () => {
  const other = { index: 1, message: { content: 'no' }, delta: { content: 'no' } };
  const first = { index: 0, message: { content: 'yes' }, delta: { content: 'yes' } };
  expect(readCompletion({ choices: [other, first] }, base).text).toBe('yes');
  expect(readCompletionChunks([{ choices: [other] }, { choices: [first] }], base).text).toBe('yes');
});

test.each([
  ['an error object', { error: { message: 'too long', code: 'context_length_exceeded' } }, /too long/],
  ['nothing', undefined, /not a/],
  ['no choices', { choices: [] }, /not a chat completion/],
  ['a choice that is none', { choices: [3] }, /not a/],
  ['a content that is none', choice({ content: 3 }), /not a/],
])('%s is an error of the endpoint', (_, body, message) => {
  expect(() => readCompletion(body, base)).toThrow(EndpointError);
  expect(() => readCompletion(body, base)).toThrow(message);
});

test('an error in the middle of a stream, or an empty stream, is an error of the endpoint', () => {
  const chunks = [chunk({ content: 'a' }), { error: { message: 'out of memory' } }];
  expect(() => readCompletionChunks(chunks, base)).toThrow(/out of memory/);
  expect(() => readCompletionChunks([], base)).toThrow(EndpointError);
  expect(() => readResponseEvents([], base)).toThrow(EndpointError);
  expect(() => readResponseEvents([{ type: 'error', message: 'gone' }], base)).toThrow(/gone/);
});

test('any JSON is read or is an error of the endpoint', () => {
  const readers = [readCompletion, readResponse];
  const listReaders = [readCompletionChunks, readResponseEvents];
  const shaped = fc.record({
    choices: fc.jsonValue(),
    output: fc.jsonValue(),
    usage: fc.jsonValue(),
    object: fc.constant('response'),
  });
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), shaped), (body) => {
      for (const read of readers) tryReading(() => read(body, base));
      for (const read of listReaders) tryReading(() => read([body], base));
    }),
  );
});

function tryReading(read: () => CompletionReply): void {
  try {
    expect(typeof read().text).toBe('string');
  } catch (error) {
    expect(error).toBeInstanceOf(EndpointError);
  }
}

const folder = 'tool-calling/provider-fixtures';

interface Fixture {
  name: string;
  /** The body, or the chunks or events of a stream. */
  lines: Raw[];
  isStream: boolean;
}

/** As much of a recording as the checks look at, read without the readers' schemas. */
interface Raw {
  type?: string;
  object?: string;
  error?: object | null;
  choices?: { message?: RawPart; delta?: RawPart; text?: string }[];
  output?: RawItem[];
  usage?: {
    prompt_tokens?: number;
    completion_tokens?: number;
    input_tokens?: number;
    output_tokens?: number;
  } | null;
  response?: Raw;
}
interface RawPart {
  content?: string | null | undefined;
  reasoning_content?: string | null;
  reasoning?: string | null;
  tool_calls?: { function: { name?: string; arguments: string } }[];
}
interface RawItem {
  type: string;
  name?: string;
  arguments?: string;
  content?: { text?: string }[];
}

function fixtures(): Fixture[] {
  if (lacksSharedData(folder)) return [];
  return readdirSync(sharedData(folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((file) => {
      const text = readFileSync(file, 'utf8');
      const isStream = file.endsWith('.chunks.txt');
      const texts = isStream ? text.split('\n').filter((line) => line.trim() !== '') : [text];
      return {
        name: file.slice(sharedData(folder).length + 1),
        lines: texts.map((one) => JSON.parse(one)),
        isStream,
      };
    });
}

const isChat = ({ lines }: Fixture) => lines.some(({ choices }) => choices !== undefined);
const isError = ({ lines }: Fixture) => lines.some((line) => line.error || line.response?.error);
const all = fixtures();
const chats = all.filter(isChat);
const responses = all.filter((fixture) => !isChat(fixture) && !isError(fixture));

describe.skipIf(lacksSharedData(folder))('recorded answers of providers', () => {
  test('are chats of nine kinds, responses, and one error; none is passed over', () => {
    const errors = all.filter(isError);
    expect(chats.length + responses.length + errors.length).toBe(all.length);
    expect(errors.map(({ name }) => name)).toEqual([
      'openai/responses/openai-error.1.chunks.txt',
      'openai/responses/openai-error.1.json',
    ]);
    const providers = new Set(chats.map(({ name }) => name.split('/')[0]));
    expect([...providers]).toEqual(
      'alibaba azure deepseek groq mistral moonshotai openai-compatible openai perplexity'.split(' '),
    );
    expect(chats.length).toBeGreaterThan(25);
    expect(responses.length).toBeGreaterThan(40);
  });

  test.each(chats.map((fixture) => [fixture.name, fixture] as const))(
    'chat %s',
    (name, { lines, isStream }) => {
      const reply = isStream ? readCompletionChunks(lines, base) : readCompletion(lines[0], base);
      const parts = lines.flatMap(({ choices = [] }) =>
        choices.map((one): RawPart => one.message ?? one.delta ?? { content: one.text }),
      );
      const joined = (read: (part: RawPart) => string | null | undefined) =>
        parts.map((part) => read(part) ?? '').join('');
      expect(reply.text).toBe(joined((part) => part.content));
      expect(reply.reasoning).toBe(joined((part) => part.reasoning_content ?? part.reasoning));
      if (/reasoning/.test(name)) expect(reply.reasoning).not.toBe('');
      const calls = parts.flatMap((part) => part.tool_calls ?? []);
      expect(reply.calls.map((call) => call.arguments).join('')).toBe(
        calls.map((call) => call.function.arguments).join(''),
      );
      expect(reply.calls.every((call) => call.id !== '' && call.name === calls[0]!.function.name)).toBe(true);
      if (/tool-call/.test(name))
        expect(reply.calls.map((call) => JSON.parse(call.arguments))).toEqual([expect.any(Object)]);
      expect(reply.text + reply.calls.join()).not.toBe('');
      const usage = lines.findLast((line) => line.usage)?.usage;
      expect(reply.usage).toMatchObject({
        promptTokens: usage?.prompt_tokens,
        completionTokens: usage?.completion_tokens,
      });
      expect(reply.finishReason).toMatch(/^(stop|length|tool_calls)$/);
    },
  );

  test.each(responses.map((fixture) => [fixture.name, fixture] as const))(
    'response %s',
    (_, { lines, isStream }) => {
      for (const events of isStream ? recordings(lines) : [lines]) {
        const whole = isStream ? events.at(-1)!.response! : events[0]!;
        const reply = isStream ? readResponseEvents(events, base) : readResponse(whole, base);
        const output = whole.output ?? [];
        const texts = output.flatMap((item) => (item.type === 'message' ? (item.content ?? []) : []));
        expect(reply.text).toBe(texts.map(({ text }) => text).join(''));
        const calls = output.filter(({ type }) => /^(function|custom_tool)_call$/.test(type));
        expect(reply.calls.map(({ name }) => name)).toEqual(calls.map(({ name }) => name));
        expect(reply.usage).toMatchObject({
          promptTokens: whole.usage?.input_tokens,
          completionTokens: whole.usage?.output_tokens,
        });
        if (isStream) {
          const { text, calls: given } = readResponseEvents(events.slice(0, -1), base);
          expect({ text, calls: given }).toEqual({ text: reply.text, calls: reply.calls });
        }
      }
    },
  );

  test('errors throw what the provider said', () => {
    for (const { lines, isStream } of all.filter(isError)) {
      const read = () => (isStream ? readResponseEvents(lines, base) : readCompletion(lines[0], base));
      expect(read).toThrow(/exceeded your current quota/);
    }
  });
});

/** Some recordings hold several responses after each other. */
function recordings(lines: readonly Raw[]): Raw[][] {
  const starts = lines.flatMap(({ type }, at) => (type === 'response.created' ? [at] : []));
  return starts.map((start, i) => lines.slice(start, starts[i + 1]));
}
