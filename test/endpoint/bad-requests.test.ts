import { expect, test, vi } from 'vitest';
import { errorBodySchema } from '../../src/endpoint/api-error.ts';
import type { Endpoint } from '../../src/endpoint/app.ts';
import { listen } from '../../src/endpoint/server.ts';
import { endpointOver } from '../helpers/tiny-endpoint.ts';
import { CHATML } from '../helpers/tiny-vocabulary.ts';
import { ToyEngine } from '../helpers/toy-engine.ts';

function toyEndpoint(options: Parameters<typeof endpointOver>[1] = {}) {
  const engine = new ToyEngine();
  engine.facts.chatTemplate = CHATML;
  return { engine, endpoint: endpointOver(engine, options) };
}

async function send(endpoint: Endpoint, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const init = body === undefined ? {} : { method: 'POST', body: text };
  return endpoint.fetch(new Request(`http://localhost${path}`, { ...init, headers }));
}

const chat = '/v1/chat/completions';
const messages = [{ role: 'user', content: 'hello' }];

const tool = (name: string) => ({ type: 'function', function: { name, parameters: { type: 'object' } } });
const schema = (of: object) => ({
  messages,
  response_format: { type: 'json_schema', json_schema: { name: 'reply', schema: of } },
});

const bad: [string, string, unknown, number, string | null, RegExp][] = [
  ['JSON that is none', chat, '{"messages": [', 400, null, /not JSON/],
  ['a body that is no object', chat, [1], 400, null, /not a JSON object/],
  ['no messages', chat, {}, 400, 'messages', /messages/],
  ['an empty list of messages', chat, { messages: [] }, 400, 'messages', />=1/],
  [
    'an unknown role',
    chat,
    { messages: [{ role: 'god', content: '' }] },
    400,
    'messages[0].role',
    /assistant/,
  ],
  [
    'content that is a number',
    chat,
    { messages: [{ role: 'user', content: 5 }] },
    400,
    'messages[0].content',
    /./,
  ],
  [
    'an image part',
    chat,
    { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'x' } }] }] },
    400,
    'messages[0].content[0]',
    /text only/,
  ],
  ['a temperature in words', chat, { messages, temperature: 'hot' }, 400, 'temperature', /expected number/],
  ['a temperature of 3', chat, { messages, temperature: 3 }, 400, 'temperature', /<=2/],
  ['no tokens to generate', chat, { messages, max_tokens: 0 }, 400, 'max_tokens', />=1/],
  ['100,000 replies', chat, { messages, n: 100_000 }, 400, 'n', /<=16/],
  ['21 likely tokens', chat, { messages, logprobs: true, top_logprobs: 21 }, 400, 'top_logprobs', /<=20/],
  ['likely tokens alone', chat, { messages, top_logprobs: 2 }, 400, 'top_logprobs', /logprobs: true/],
  ['a required tool of none', chat, { messages, tool_choice: 'required' }, 400, 'tool_choice', /no tools/],
  [
    'a named tool that is not there',
    chat,
    { messages, tools: [tool('add')], tool_choice: { type: 'function', function: { name: 'sub' } } },
    400,
    'tool_choice',
    /"sub"/,
  ],
  ['two tools of one name', chat, { messages, tools: [tool('add'), tool('add')] }, 400, 'tools', /same name/],
  [
    'a tool without a proper name',
    chat,
    { messages, tools: [tool('<|x|>')] },
    400,
    'tools[0].function.name',
    /letters/,
  ],
  ['functions of old', chat, { messages, functions: [{ name: 'f' }] }, 400, 'functions', /use tools/],
  [
    'JSON of no schema',
    chat,
    { messages, response_format: { type: 'json_schema' } },
    400,
    'response_format.json_schema',
    /./,
  ],
  [
    'an unknown format',
    chat,
    { messages, response_format: { type: 'yaml' } },
    400,
    'response_format.type',
    /./,
  ],
  [
    'two formats',
    chat,
    { messages, response_format: { type: 'json_object' }, grammar: 'root ::= "a"' },
    400,
    'grammar',
    /contradict/,
  ],
  ['a format of nothing', chat, { messages, structured_outputs: {} }, 400, 'structured_outputs', /none of/],
  [
    'a broken regex',
    chat,
    { messages, structured_outputs: { regex: '(' } },
    400,
    'structured_outputs.regex',
    /./,
  ],
  ['a grammar without a root', chat, { messages, grammar: 'a ::= "b"' }, 400, 'grammar', /root/],
  [
    'a schema that nothing fulfils',
    chat,
    schema({ type: 'integer', minimum: 2, maximum: 1 }),
    400,
    'response_format',
    /./,
  ],
  [
    'a schema that never ends',
    chat,
    schema({
      $ref: '#/$defs/a',
      $defs: { a: { type: 'object', properties: { a: { $ref: '#/$defs/a' } }, required: ['a'] } },
    }),
    400,
    'response_format',
    /never ends|end/,
  ],
  [
    'a budget under the shortest reply',
    chat,
    { ...schema({ const: 'a constant of some length' }), max_tokens: 2 },
    400,
    'max_tokens',
    /shortest reply.* has \d+ tokens, but at most 2/,
  ],
  ['a format without end', chat, { ...schema({}), ignore_eos: true }, 400, 'ignore_eos', /contradicts/],
  ['a bias for no token', chat, { messages, logit_bias: { '-1': 5 } }, 400, 'logit_bias', /token id/],
  ['another model', chat, { messages, model: 'gpt-5' }, 404, 'model', /"gpt-5" is not served.*"tiny"/],
  ['an empty prompt list', '/v1/completions', { prompt: [] }, 400, 'prompt', /empty/],
  ['two prompts', '/v1/completions', { prompt: ['a', 'b'] }, 400, 'prompt', /one prompt/],
  ['a token that does not exist', '/v1/completions', { prompt: [1, 9999] }, 400, 'prompt', /no token 9999/],
  ['nothing to tokenize', '/tokenize', {}, 400, 'content', /content or messages/],
  ['an unknown token', '/detokenize', { tokens: [9999] }, 400, 'tokens', /no token 9999/],
  ['an unknown route', '/v1/audio/speech', {}, 404, null, /no POST \/v1\/audio\/speech/],
  ['embeddings of a model that gives none', '/v1/embeddings', { input: 'a' }, 400, 'model', /no embeddings/],
  ['an unknown model page', '/v1/models/nope', undefined, 404, 'model', /not served/],
];
test.each(bad)('%s is an OpenAI error object', async (_, path, body, status, param, message) => {
  const response = await send(toyEndpoint().endpoint, path, body);
  expect(response.status).toBe(status);
  expect(response.headers.get('x-request-id')).toMatch(/^req_/);
  const { error } = errorBodySchema.parse(await response.json());
  expect(error.param).toBe(param);
  expect(error.message).toMatch(message);
  expect(error.type).toBe(status === 404 ? 'not_found_error' : 'invalid_request_error');
});

test('unknown and null fields are passed over', async () => {
  const body = {
    messages,
    max_tokens: null,
    stop: null,
    user: 'me',
    store: true,
    metadata: { a: 1 },
    tools: [],
  };
  const response = await send(toyEndpoint().endpoint, chat, { ...body, max_completion_tokens: 3 });
  expect(response.status).toBe(200);
});

test('null content is empty, text parts are joined', async () => {
  const { endpoint } = toyEndpoint();
  const count = async (content: unknown) => {
    const response = await send(endpoint, '/tokenize', { messages: [{ role: 'user', content }] });
    return ((await response.json()) as { tokens: number[] }).tokens;
  };
  expect(await count(null)).toEqual(await count(''));
  const parts = [
    { type: 'text', text: 'hel' },
    { type: 'text', text: 'lo' },
  ];
  expect(await count(parts)).toEqual(await count('hello'));
});

test('a prompt past the context is refused with both figures, also before it is tokenised', async () => {
  const { engine, endpoint } = toyEndpoint();
  const encode = vi.spyOn(engine.tokenizer, 'encode');
  const ask = async (content: string) => {
    const response = await send(endpoint, chat, { messages: [{ role: 'user', content }] });
    return errorBodySchema.parse(await response.json()).error;
  };
  const long = await ask('z'.repeat(600));
  expect(long.code).toBe('context_length_exceeded');
  expect(long.message).toMatch(/is 512 tokens, but the prompt has 6\d\d tokens/);
  encode.mockClear();
  expect((await ask('z'.repeat(20_000_000))).message).toMatch(/at least/);
  expect(encode).not.toHaveBeenCalled();
});

test('what is asked beyond the context is cut to what is left', async () => {
  const response = await send(toyEndpoint().endpoint, chat, {
    messages,
    temperature: 0,
    max_tokens: 100_000,
  });
  const { usage } = (await response.json()) as { usage: { total_tokens: number } };
  expect(usage.total_tokens).toBe(512);
});

test('a body past the limit is 413', async () => {
  const response = await send(toyEndpoint().endpoint, chat, 'x'.repeat(33 * 1024 * 1024));
  expect(response.status).toBe(413);
  expect(errorBodySchema.parse(await response.json()).error.code).toBe('body_too_large');
});

test('a full queue is 429 and says when to come back', async () => {
  const { engine, endpoint } = toyEndpoint({ parallel: 1, queueLimit: 1 });
  engine.stepMs = 5;
  const body = { messages, max_tokens: 20 };
  const accepted = [send(endpoint, chat, body), send(endpoint, chat, body)];
  await new Promise((resolve) => setTimeout(resolve, 20));
  const refused = await send(endpoint, chat, { ...body, stream: true });
  expect(refused.status).toBe(429);
  expect(refused.headers.get('retry-after')).toBe('1');
  const { error } = errorBodySchema.parse(await refused.json());
  expect(error).toMatchObject({ type: 'rate_limit_exceeded', code: 'rate_limit_exceeded' });
  for (const response of accepted) expect((await response).status).toBe(200);
});

test('with a key every route but /health asks for it', async () => {
  const { endpoint } = toyEndpoint({ apiKeys: ['secret'] });
  expect((await send(endpoint, '/health')).status).toBe(200);
  for (const headers of [{}, { authorization: 'Bearer secre' }, { authorization: 'secret' }]) {
    const refused = await send(endpoint, '/v1/models', undefined, headers as Record<string, string>);
    expect(refused.status).toBe(401);
    expect(errorBodySchema.parse(await refused.json()).error.type).toBe('authentication_error');
  }
  const allowed = await send(endpoint, '/v1/models', undefined, { authorization: 'Bearer secret' });
  expect(allowed.status).toBe(200);
});

test('an engine failure is a 500 object, in a stream an error event, and the endpoint goes on', async () => {
  const failures: unknown[] = [];
  const { engine, endpoint } = toyEndpoint({ onError: (error) => failures.push(error) });
  engine.failure = new Error('out of memory');
  const whole = await send(endpoint, chat, { messages });
  expect(whole.status).toBe(500);
  expect(errorBodySchema.parse(await whole.json()).error).toMatchObject({ type: 'server_error' });
  engine.failure = new Error('out of memory');
  const streamed = await (await send(endpoint, chat, { messages, stream: true })).text();
  const last = streamed.trim().split('\n\n').at(-1)!;
  expect(errorBodySchema.parse(JSON.parse(last.replace('data: ', ''))).error.message).toContain(
    'out of memory',
  );
  expect(failures).toHaveLength(2);
  expect((await send(endpoint, chat, { messages, max_tokens: 2 })).status).toBe(200);
});

test('a model without a chat template still completes text', async () => {
  const endpoint = endpointOver(new ToyEngine());
  const refused = await send(endpoint, chat, { messages });
  expect(errorBodySchema.parse(await refused.json()).error.code).toBe('no_chat_template');
  expect((await send(endpoint, '/v1/completions', { prompt: 'hello' })).status).toBe(200);
});

test('a port in use is an error that names it', async () => {
  const { endpoint } = toyEndpoint();
  const server = await listen(endpoint, '127.0.0.1', 0);
  try {
    await expect(listen(endpoint, '127.0.0.1', server.port)).rejects.toThrow(`port ${server.port}`);
  } finally {
    await server.close();
  }
});
