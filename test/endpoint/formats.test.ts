import { expect, test } from 'vitest';
import { errorBodySchema } from '../../src/endpoint/api-error.ts';
import type { Endpoint } from '../../src/endpoint/app.ts';
import { endpointOver } from '../helpers/tiny-endpoint.ts';
import { CHATML } from '../helpers/tiny-vocabulary.ts';
import { ToyEngine } from '../helpers/toy-engine.ts';

function toyEndpoint(chatTemplate = CHATML) {
  const engine = new ToyEngine();
  return { engine, endpoint: endpointOver(engine, { chatTemplate }) };
}

interface Reply {
  choices: {
    message: {
      content: string | null;
      reasoning_content?: string;
      tool_calls?: { id: string; function: { name: string; arguments: string } }[];
    };
    finish_reason: string;
  }[];
  usage: { completion_tokens: number; completion_tokens_details: { reasoning_tokens: number } };
}

async function post(endpoint: Endpoint, body: object): Promise<Response> {
  const whole = { messages: [{ role: 'user', content: 'hello' }], ...body };
  const init = { method: 'POST', body: JSON.stringify(whole) };
  return endpoint.fetch(new Request('http://localhost/v1/chat/completions', init));
}
const ask = async (endpoint: Endpoint, body: object) => (await (await post(endpoint, body)).json()) as Reply;

const tool = (parameters: object, strict = false) => ({
  type: 'function',
  function: { name: 'note', parameters, strict },
});
const text = { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] };
const format = (schema: object) => ({
  response_format: { type: 'json_schema', json_schema: { name: 'reply', schema } },
});

test('an argument that would never end is ended in time', async () => {
  const { endpoint } = toyEndpoint();
  const body = { tools: [tool(text)], tool_choice: 'required', parallel_tool_calls: false, max_tokens: 90 };
  for (let seed = 0; seed < 5; seed++) {
    const [choice] = (await ask(endpoint, { ...body, seed, temperature: 1.3 })).choices;
    expect(choice!.finish_reason).toBe('tool_calls');
    const given = JSON.parse(choice!.message.tool_calls![0]!.function.arguments) as { text: string };
    expect(typeof given.text).toBe('string');
  }
});

test('replies of any seed and budget are whole values of the schema', async () => {
  const { endpoint } = toyEndpoint();
  const schema = {
    type: 'object',
    properties: { a: { type: 'array', items: { enum: ['x', 1, null] } } },
    required: ['a'],
  };
  for (let seed = 0; seed < 12; seed++) {
    const body = { ...format(schema), seed, temperature: 1.5, max_tokens: 20 + 3 * seed };
    const [choice] = (await ask(endpoint, body)).choices;
    expect(choice!.finish_reason).toBe('stop');
    expect(JSON.parse(choice!.message.content!)).toHaveProperty('a');
  }
});

test('several calls come in parallel where that is allowed, each with an id of its own', async () => {
  const { endpoint } = toyEndpoint();
  const tools = [tool({ type: 'object', properties: {} })];
  const replies = await Promise.all(
    Array.from({ length: 6 }, (_, seed) =>
      ask(endpoint, { tools, tool_choice: 'required', seed, temperature: 2, max_tokens: 200 }),
    ),
  );
  const calls = replies.map(({ choices }) => choices[0]!.message.tool_calls!);
  expect(Math.max(...calls.map(({ length }) => length))).toBeGreaterThan(1);
  for (const each of calls) expect(new Set(each.map(({ id }) => id)).size).toBe(each.length);
});

const THINKING = `${CHATML.replace("assistant\n' }}", "assistant\n<think>\n' }}")}{# ends at </think> #}`;

test('a model that thinks does so before a format begins, and closes its thinking in time', async () => {
  const { endpoint } = toyEndpoint(THINKING);
  const reply = await ask(endpoint, { ...format({ enum: ['yes', 'no'] }), max_tokens: 60, seed: 4 });
  const { message, finish_reason } = reply.choices[0]!;
  expect(['"yes"', '"no"']).toContain(message.content);
  expect(message.reasoning_content!.length).toBeGreaterThan(0);
  expect(finish_reason).toBe('stop');
  const { completion_tokens, completion_tokens_details } = reply.usage;
  expect(completion_tokens_details.reasoning_tokens).toBeGreaterThan(0);
  expect(completion_tokens_details.reasoning_tokens).toBeLessThan(completion_tokens);
});

test('the thinking of a stream comes as reasoning_content', async () => {
  const { endpoint } = toyEndpoint(THINKING);
  const body = { ...format({ enum: ['yes', 'no'] }), max_tokens: 60, seed: 4 };
  const whole = (await ask(endpoint, body)).choices[0]!.message;
  const streamed = await (await post(endpoint, { ...body, stream: true })).text();
  const deltas = [...streamed.matchAll(/^data: (\{.*)$/gm)].map(
    (match) =>
      (JSON.parse(match[1]!) as { choices: { delta: Reply['choices'][0]['message'] }[] }).choices[0]!.delta,
  );
  expect(deltas.map(({ content }) => content ?? '').join('')).toBe(whole.content);
  expect(deltas.map((delta) => delta.reasoning_content ?? '').join('')).toBe(whole.reasoning_content);
});

test('a huge schema is refused and holds nobody up for long', async () => {
  const { endpoint } = toyEndpoint();
  const deep = Array.from({ length: 3000 }).reduce<object>((inner) => ({ type: 'array', items: inner }), {});
  const wide = { anyOf: Array.from({ length: 60_000 }, (_, i) => ({ const: `${i}`.repeat(20) })) };
  const many = { type: 'string', minLength: 900_000, maxLength: 1_000_000 };
  for (const schema of [deep, wide, many]) {
    const response = await post(endpoint, { ...format(schema), max_tokens: 50 });
    expect(response.status).toBe(400);
    expect(errorBodySchema.parse(await response.json()).error.type).toBe('invalid_request_error');
  }
  expect((await post(endpoint, { max_tokens: 2 })).status).toBe(200);
});

test('a recursive schema that can end gives replies that do', async () => {
  const { endpoint } = toyEndpoint();
  const node = {
    type: 'object',
    properties: { next: { $ref: '#/$defs/node' } },
    additionalProperties: false,
  };
  const body = { ...format({ $ref: '#/$defs/node', $defs: { node } }), temperature: 2, max_tokens: 80 };
  for (let seed = 0; seed < 5; seed++) {
    JSON.parse((await ask(endpoint, { ...body, seed })).choices[0]!.message.content!);
  }
});

test('strict tools hold the model to their schema as soon as it calls', async () => {
  const { engine, endpoint } = toyEndpoint();
  // A model that begins each reply with a call, and then says what it likes.
  const opening = engine.tokenizer.encode('<tool_call>');
  const free = engine.nextToken.bind(engine);
  let promptLength = 0;
  engine.nextToken = (tokens) => {
    if (promptLength === 0) promptLength = tokens.length;
    return opening[tokens.length - promptLength] ?? free(tokens);
  };
  const given = {
    type: 'object',
    properties: { n: { enum: [1, 2] } },
    required: ['n'],
    additionalProperties: false,
  };
  const reply = await ask(endpoint, { tools: [tool(given, true)], temperature: 0, max_tokens: 90 });
  const [choice] = reply.choices;
  expect(choice!.finish_reason).toBe('tool_calls');
  expect([{ n: 1 }, { n: 2 }]).toContainEqual(JSON.parse(choice!.message.tool_calls![0]!.function.arguments));
});
