import { expect, test } from 'vitest';
import { EndpointError, EndpointUnreachableError } from '../../src/errors.ts';
import { isSmokeScale } from '../../src/model/chat-model.ts';
import { openAiChatModel } from '../../src/model/openai-chat-model.ts';
import type { Message } from '../../src/run.ts';
import { completion, deadUrl, protocolServer } from '../helpers/protocol-server.ts';

const question: Message[] = [
  { role: 'user', content: 'Does PTEN lower PIP3?' },
  { role: 'assistant', content: 'Let me look.' },
  { role: 'user', content: 'Go on.' },
];
const model = (baseUrl: string, more = {}) => openAiChatModel({ baseUrl, name: 'm', maxRetries: 0, ...more });

test('a chat carries every sampling setting to the endpoint and reads text and cached tokens back', async () => {
  let body: unknown;
  let key: string | undefined;
  const baseUrl = await protocolServer({
    chat: async (c) => {
      body = await c.req.json();
      key = c.req.header('authorization');
      return c.json(
        completion('Yes', {
          prompt_tokens: 30,
          completion_tokens: 1,
          total_tokens: 31,
          prompt_tokens_details: { cached_tokens: 20 },
        }),
      );
    },
  });
  const options = { temperature: 0, maxTokens: 7, seed: 42, stop: ['End Action'], cacheKey: 'run-1' };
  const reply = await model(baseUrl, { apiKey: 'secret' }).chat(question, options);
  expect(reply).toEqual({ text: 'Yes', usage: { promptTokens: 30, cachedTokens: 20, completionTokens: 1 } });
  expect(key).toBe('Bearer secret');
  expect(body).toMatchObject({
    model: 'm',
    messages: question,
    temperature: 0,
    max_tokens: 7,
    seed: 42,
    stop: ['End Action'],
    prompt_cache_key: 'run-1',
    stream: false,
  });
});

test('a schema is asked for as response_format, and a later call without one has none', async () => {
  const bodies: Record<string, unknown>[] = [];
  const baseUrl = await protocolServer({
    chat: async (c) => {
      bodies.push(await c.req.json());
      return c.json(completion('{"a":1}'));
    },
  });
  const schema = { type: 'object', properties: { a: { type: 'integer' } } };
  const asked = model(baseUrl);
  expect((await asked.chat(question, { schema })).text).toBe('{"a":1}');
  await asked.chat(question);
  const format = { type: 'json_schema', json_schema: { name: 'reply', strict: true, schema } };
  expect(bodies.map(({ response_format }) => response_format)).toEqual([format, undefined]);
});

test('a reply under a schema that the length limit cut is a reply, not an endpoint that cannot be reached', async () => {
  const { choices, ...rest } = completion('{"a": "unfin');
  const cut = { ...rest, choices: choices.map((choice) => ({ ...choice, finish_reason: 'length' })) };
  const baseUrl = await protocolServer({ chat: (c) => c.json(cut) });
  const reply = await model(baseUrl).chat(question, { schema: { type: 'object' } });
  expect(reply.text).toBe('{"a": "unfin');
});

test.each(['ftp://x/v1', 'no url', 'http://me:secret@127.0.0.1/v1'])(
  'the URL %s is wrong usage',
  (baseUrl) => {
    expect(() => model(baseUrl)).toThrow(/^the endpoint must be an http\(s\) URL without/);
  },
);

test('an endpoint that reports no usage leaves it undefined', async () => {
  const baseUrl = await protocolServer({ chat: (c) => c.json(completion('Yes')) });
  expect(await model(baseUrl).chat(question)).toEqual({ text: 'Yes', usage: undefined });
});

test('a refused connection is an unreachable endpoint that names the address and what to do', async () => {
  const nobody = await deadUrl();
  const error = await model(nobody)
    .chat(question)
    .catch((e: unknown) => e);
  expect(error).toBeInstanceOf(EndpointUnreachableError);
  expect(String(error)).toMatch(/127\.0\.0\.1:\d+\/v1.*ECONNREFUSED/);
  expect((error as EndpointUnreachableError).hint).toContain('pathact serve');
  await expect(model(nobody).served()).rejects.toBeInstanceOf(EndpointUnreachableError);
  await expect(model(nobody).countTokens(question)).rejects.toThrow('cannot reach');
});

test.each([
  [401, 'invalid_api_key', 'OPENAI_API_KEY'],
  [404, 'model_not_found', '/v1/models'],
  [400, 'context_length_exceeded', '--ctx'],
])('an error answer %i %s keeps its status and code, with a hint', async (status, code, hint) => {
  const error = { message: `wrong: ${code}`, type: 'invalid_request_error', param: null, code };
  const baseUrl = await protocolServer({ chat: (c) => c.json({ error }, status as 400) });
  const thrown = await model(baseUrl)
    .chat(question)
    .catch((e: unknown) => e);
  expect(thrown).toBeInstanceOf(EndpointError);
  expect(thrown).toMatchObject({ status, code, hint: expect.stringContaining(hint) });
  expect((thrown as Error).message).toContain('wrong:');
});

test('a busy endpoint is tried again', async () => {
  let calls = 0;
  const baseUrl = await protocolServer({
    chat: (c) => (++calls < 2 ? c.json({ error: { message: 'loading' } }, 503) : c.json(completion('Yes'))),
  });
  expect((await model(baseUrl, { maxRetries: 1 }).chat(question)).text).toBe('Yes');
});

test.each([
  ['a web page', '<html>hello</html>', 'text/html'],
  ['an empty object', '{}', 'application/json'],
  ['no choices', '{"choices":[]}', 'application/json'],
])('%s instead of a completion is an error that says so', async (_, body, type) => {
  const baseUrl = await protocolServer({ chat: (c) => c.body(body, 200, { 'content-type': type }) });
  const thrown = await model(baseUrl)
    .chat(question)
    .catch((e: unknown) => e);
  expect(thrown).toBeInstanceOf(EndpointError);
  expect((thrown as Error).message).toContain('not a chat completion');
});

test('a completion without content is an empty text', async () => {
  const baseUrl = await protocolServer({ chat: (c) => c.json(completion(null)) });
  expect((await model(baseUrl).chat(question)).text).toBe('');
});

test('an abort in the middle of a call reaches the endpoint and throws the reason of the signal', async () => {
  const stopping = new AbortController();
  const closed = Promise.withResolvers<void>();
  const baseUrl = await protocolServer({
    chat: (c) => {
      c.req.raw.signal.addEventListener('abort', () => closed.resolve());
      setTimeout(() => stopping.abort(new Error('enough')), 50);
      return new Promise<Response>(() => {});
    },
  });
  await expect(model(baseUrl).chat(question, { signal: stopping.signal })).rejects.toThrow('enough');
  await closed.promise;
});

test('the served model is read once; below 1B weights it is smoke-scale', async () => {
  let asked = 0;
  const baseUrl = await protocolServer({
    models: (c) => {
      asked++;
      return c.json({
        object: 'list',
        data: [{ id: 'm', context_length: 2048, meta: { n_params: 134_515_008, sha256: 'b179' } }],
      });
    },
  });
  const small = model(baseUrl);
  const served = await small.served();
  expect(await small.served()).toEqual(served);
  expect(served).toEqual({
    contextLength: 2048,
    contextFrom: 'endpoint',
    parameters: 134_515_008,
    sha256: 'b179',
  });
  expect([asked, isSmokeScale(served)]).toEqual([1, true]);
});

test.each([
  ['a gateway that lists other names', { data: [{ id: 'x', context_length: 5 }] }, {}, [8192, 'assumed']],
  ['vLLM', { data: [{ id: 'm', max_model_len: 4096 }] }, {}, [4096, 'endpoint']],
  ['odd values', { data: [{ id: 'm', context_length: 'long', meta: 3 }] }, {}, [8192, 'assumed']],
  [
    'a setting of the user',
    { data: [{ id: 'm', context_length: 10 }] },
    { contextLength: 99 },
    [99, 'setting'],
  ],
])('the context length of %s', async (_, body, more, [length, from]) => {
  const baseUrl = await protocolServer({ models: (c) => c.json(body) });
  const served = await model(baseUrl, more).served();
  expect(served).toMatchObject({ contextLength: length, contextFrom: from });
  expect(isSmokeScale(served)).toBe(false);
});

test('tokens are counted by the endpoint where it can', async () => {
  let body: unknown;
  const baseUrl = await protocolServer({
    tokenize: async (c) => {
      body = await c.req.json();
      return c.json({ tokens: [1, 2, 3], count: 3 });
    },
  });
  expect(await model(baseUrl).countTokens(question)).toBe(3);
  expect(body).toMatchObject({ messages: question });
});

test('a foreign endpoint is asked once, then tokens are the last usage plus an estimate of what was appended', async () => {
  let asked = 0;
  const usage = { prompt_tokens: 1000, completion_tokens: 5, total_tokens: 1005 };
  const baseUrl = await protocolServer({
    chat: (c) => c.json(completion('Yes', usage)),
    tokenize: (c) => {
      asked++;
      return c.json({ tokens: [] }); // llama.cpp's server: knows `content` only
    },
  });
  const foreign = model(baseUrl);
  const conversation = question.slice(0, 1);
  const before = await foreign.countTokens(conversation);
  expect(before).toBeGreaterThan(8);
  expect(before).toBeLessThan(30);
  await foreign.chat(conversation);
  conversation.push({ role: 'assistant', content: 'Yes' }, { role: 'user', content: '<|endoftext|> again' });
  const after = await foreign.countTokens(conversation);
  expect(after).toBeGreaterThan(1008);
  expect(after).toBeLessThan(1040);
  expect(asked).toBe(1);
});

test('text in parts, thinking aside and cached tokens under another name are read', async () => {
  const content = [
    { type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] },
    { type: 'text', text: 'Yes' },
  ];
  const usage = { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11, prompt_cache_hit_tokens: 8 };
  const message = { role: 'assistant', content, reasoning_content: 'hm' };
  const body = { ...completion('', usage), choices: [{ index: 0, message, finish_reason: 'stop' }] };
  const baseUrl = await protocolServer({ chat: (c) => c.json(body) });
  expect(await model(baseUrl).chat(question)).toEqual({
    text: 'Yes',
    usage: { promptTokens: 9, cachedTokens: 8, completionTokens: 2 },
  });
});
