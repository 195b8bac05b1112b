import { once } from 'node:events';
import { mkdtempSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import type { Endpoint, EndpointOptions } from '../../src/endpoint/app.ts';
import { eventStream } from '../../src/endpoint/event-stream.ts';
import { listen, type ServerTimeouts } from '../../src/endpoint/server.ts';
import { endpointOver } from '../helpers/tiny-endpoint.ts';
import { CHATML } from '../helpers/tiny-vocabulary.ts';
import { ToyEngine } from '../helpers/toy-engine.ts';

function toyEndpoint(options: Partial<EndpointOptions> = {}) {
  const engine = new ToyEngine();
  engine.facts.chatTemplate = CHATML;
  return { engine, endpoint: endpointOver(engine, options) };
}

async function onSocket(endpoint: Endpoint, timeouts: Partial<ServerTimeouts> = {}) {
  const server = await listen(endpoint, '127.0.0.1', 0, timeouts);
  onTestFinished(() => server.close(AbortSignal.abort()));
  return server;
}

const get = (endpoint: Endpoint, path: string, headers: Record<string, string> = {}) =>
  endpoint.fetch(new Request(`http://localhost${path}`, { headers }));
const post = (endpoint: Endpoint, path: string, body: object) =>
  endpoint.fetch(new Request(`http://localhost${path}`, { method: 'POST', body: JSON.stringify(body) }));

const chat = '/v1/chat/completions';
const messages = [{ role: 'user', content: 'hello' }];

interface Reply {
  choices: { text: string; message: { content: string }; logprobs: { content: { token: string }[] } }[];
  usage: { prompt_tokens: number; completion_tokens: number };
}
const ask = async (endpoint: Endpoint, body: object) =>
  (await (await post(endpoint, chat, { messages, max_tokens: 12, ...body })).json()) as Reply;

test('each of several keys lets in', async () => {
  const { endpoint } = toyEndpoint({ apiKeys: ['one', 'two'] });
  for (const key of ['one', 'two']) {
    expect((await get(endpoint, '/metrics', { authorization: `Bearer ${key}` })).status).toBe(200);
  }
  for (const headers of [{}, { authorization: 'Bearer three' }, { authorization: 'Bearer ' }]) {
    expect((await get(endpoint, '/openapi.json', headers as Record<string, string>)).status).toBe(401);
  }
});

test('web pages of other origins are let in only where that was asked for', async () => {
  const origin = 'https://page.example';
  const closed = await get(toyEndpoint().endpoint, '/v1/models', { origin });
  expect(closed.headers.get('access-control-allow-origin')).toBeNull();
  const { endpoint } = toyEndpoint({ origins: [origin], apiKeys: ['secret'] });
  const preflight = await endpoint.fetch(
    new Request(`http://localhost${chat}`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST' },
    }),
  );
  expect(preflight.status).toBe(204);
  expect(preflight.headers.get('access-control-allow-origin')).toBe(origin);
  const other = await get(endpoint, '/health', { origin: 'https://other.example' });
  expect(other.headers.get('access-control-allow-origin')).not.toBe('https://other.example');
});

test('reply i of several is the one that seed + i gives alone, and the prompt counts once', async () => {
  const { endpoint } = toyEndpoint();
  const settings = { temperature: 1.5, seed: 40 };
  const together = await ask(endpoint, { ...settings, n: 3 });
  for (const [i, { message }] of together.choices.entries()) {
    const alone = await ask(endpoint, { ...settings, seed: 40 + i });
    expect(message.content).toBe(alone.choices[0]!.message.content);
    expect(together.usage.prompt_tokens).toBe(alone.usage.prompt_tokens);
  }
  expect(together.usage.completion_tokens).toBe(36);
});

test('log-probabilities leave the text as it is and spell it', async () => {
  const { endpoint } = toyEndpoint();
  const body = { seed: 9, structured_outputs: { regex: '(the|and) protein [a-z]{4}' } };
  const plain = (await ask(endpoint, { ...body, max_tokens: 40 })).choices[0]!;
  const told = (await ask(endpoint, { ...body, max_tokens: 40, logprobs: true })).choices[0]!;
  expect(told.message.content).toBe(plain.message.content);
  expect(told.logprobs.content.map(({ token }) => token).join('')).toBe(plain.message.content);
});

test('the log-probabilities of a stream are those of the whole reply', async () => {
  const { endpoint } = toyEndpoint();
  const body = { prompt: 'hello', max_tokens: 20, seed: 3, logprobs: 1 };
  const whole = (await (await post(endpoint, '/v1/completions', body)).json()) as {
    choices: { logprobs: { tokens: string[]; text_offset: number[] } }[];
  };
  const text = await (await post(endpoint, '/v1/completions', { ...body, stream: true })).text();
  const chunks = [...text.matchAll(/^data: (\{.*)$/gm)].map((match) => JSON.parse(match[1]!) as typeof whole);
  const streamed = chunks.flatMap(({ choices }) => choices[0]!.logprobs);
  expect(streamed.flatMap(({ tokens }) => tokens)).toEqual(whole.choices[0]!.logprobs.tokens);
  expect(streamed.flatMap(({ text_offset }) => text_offset)).toEqual(whole.choices[0]!.logprobs.text_offset);
});

test('metrics count requests, tokens and times', async () => {
  const { endpoint } = toyEndpoint();
  await ask(endpoint, { ignore_eos: true });
  await post(endpoint, chat, { messages, n: 0 });
  const text = await (await get(endpoint, '/metrics')).text();
  expect(text).toMatch(/^pathact:http_requests_total\{status="400"\} 1$/m);
  expect(text).toMatch(/^pathact:request_success_total\{finished_reason="length"\} 1$/m);
  expect(text).toMatch(/^pathact:generation_tokens_total 12$/m);
  expect(text).toMatch(/^pathact:time_to_first_token_seconds_count 1$/m);
  expect(text).toMatch(/^pathact:inter_token_latency_seconds_count 11$/m);
  expect(text).toMatch(/^pathact:num_requests_running 0$/m);
  expect(text).toMatch(/^# TYPE pathact:prefix_cache_queries_total counter$/m);
});

test('the OpenAPI document names every route with its body', async () => {
  const document = (await (await get(toyEndpoint().endpoint, '/openapi.json')).json()) as {
    openapi: string;
    paths: Record<string, Record<string, { requestBody?: { content: Record<string, { schema: object }> } }>>;
  };
  expect(document.openapi).toBe('3.1.0');
  expect(Object.keys(document.paths)).toEqual(
    expect.arrayContaining([chat, '/v1/completions', '/v1/responses', '/v1/models', '/tokenize', '/metrics']),
  );
  const { schema } = document.paths[chat]!.post!.requestBody!.content['application/json']!;
  expect(schema).toMatchObject({
    type: 'object',
    properties: { messages: {}, tools: {} },
    required: ['messages'],
  });
});

test('apply-template gives the prompt as text', async () => {
  const response = await post(toyEndpoint().endpoint, '/apply-template', { messages });
  expect(await response.json()).toEqual({
    prompt: '<|im_start|>user\nhello<|im_end|>\n<|im_start|>assistant\n',
  });
});

test('a model file that is replaced does no harm, one that is cut in place is an error to each request', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'model-file-')), 'model.gguf');
  writeFileSync(file, 'weights');
  const { endpoint } = toyEndpoint({ modelFile: file });
  writeFileSync(`${file}.new`, 'other weights');
  renameSync(`${file}.new`, file);
  expect((await post(endpoint, chat, { messages, max_tokens: 2 })).status).toBe(200);
  writeFileSync(file, 'weights');
  const second = toyEndpoint({ modelFile: file }).endpoint;
  truncateSync(file, 3);
  const refused = await post(second, chat, { messages });
  expect(refused.status).toBe(503);
  expect(await refused.json()).toMatchObject({ error: { code: 'model_file_changed' } });
  expect((await get(second, '/v1/models')).status).toBe(200);
});

test('a stream sends its head at once, and what it waits for now and then', async () => {
  const release = Promise.withResolvers<void>();
  const response = eventStream({
    signal: new AbortController().signal,
    commentMs: 5,
    explain: () => {},
    end: '[DONE]',
    async produce(sink) {
      sink.status = 'prefill 64/256';
      await release.promise;
      sink.send({ ok: true });
    },
  });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  expect((await reader.read()).value).toBe(': accepted\n\n');
  expect((await reader.read()).value).toBe(': prefill 64/256\n\n');
  release.resolve();
  let rest = '';
  for (let read = await reader.read(); !read.done; read = await reader.read()) rest += read.value;
  expect(rest).toMatch(/data: \{"ok":true\}\n\ndata: \[DONE\]\n\n$/);
});

test('on a socket the head of a stream comes before its prompt is computed', async () => {
  const { engine, endpoint } = toyEndpoint();
  engine.stepMs = 300;
  const { url } = await onSocket(endpoint);
  const body = JSON.stringify({ prompt: 'hello', stream: true, max_tokens: 2 });
  const response = await fetch(`${url}/v1/completions`, { method: 'POST', body });
  expect(engine.batches.length).toBeLessThanOrEqual(1);
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  expect(await response.text()).toContain('[DONE]');
});

test('a client that dawdles over its request is cut off, and others are served', async () => {
  const quick = { headersTimeout: 100, requestTimeout: 200, connectionsCheckingInterval: 20 };
  const { port, url } = await onSocket(toyEndpoint().endpoint, quick);
  const head = connect(port, '127.0.0.1');
  head.write('POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n');
  const body = connect(port, '127.0.0.1');
  body.write('POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{');
  for (const socket of [head, body]) socket.on('error', () => {}).resume();
  expect((await fetch(`${url}/health`)).status).toBe(200);
  await Promise.all([once(head, 'close'), once(body, 'close')]);
  expect((await fetch(`${url}/health`)).status).toBe(200);
});

test('a body of 100 MB is refused while it is sent', async () => {
  const { url } = await onSocket(toyEndpoint().endpoint);
  const piece = new Uint8Array(1024 * 1024).fill(32);
  let sent = 0;
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      await sleep(0);
      if (sent++ < 100) controller.enqueue(piece);
      else controller.close();
    },
  });
  const refused = await fetch(`${url}${chat}`, { method: 'POST', body, duplex: 'half' } as RequestInit).catch(
    () => undefined,
  );
  // The connection may be cut before the client looks for an answer.
  if (refused) expect(refused.status).toBe(413);
  expect(sent).toBeLessThan(100);
  expect((await fetch(`${url}/health`)).status).toBe(200);
});

test('control characters in texts are text', async () => {
  const { endpoint } = toyEndpoint();
  const content = Array.from({ length: 32 }, (_, i) => String.fromCharCode(i)).join('');
  const reply = await post(endpoint, chat, { messages: [{ role: 'user', content }], max_tokens: 2 });
  expect(reply.status).toBe(200);
});
