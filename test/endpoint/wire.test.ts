import { setTimeout as sleep } from 'node:timers/promises';
import { HumanMessage, SystemMessage, type UsageMetadata } from '@langchain/core/messages';
import { ChatOpenAI } from '@langchain/openai';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listen, type RunningServer } from '../../src/endpoint/server.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { loadEngine } from '../../src/engine/load-engine.ts';
import { defaultModelFile, lacksDefaultModel } from '../helpers/default-model.ts';
import { endpointOver, neverStop, tinyEngine } from '../helpers/tiny-endpoint.ts';

type Chat = OpenAI.ChatCompletionMessageParam[];
const chat: Chat = [
  { role: 'system', content: 'hello world' },
  { role: 'user', content: 'the protein' },
];

async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of stream) items.push(item);
  return items;
}

/** The library's type says that there is none. */
const usageOf = (reply: { usage_metadata?: Partial<UsageMetadata> | undefined }) => reply.usage_metadata;

const models: [string, boolean, () => Promise<Engine>][] = [
  ['a tiny model', false, () => tinyEngine()],
  ['the default model', lacksDefaultModel, () => loadEngine(defaultModelFile)],
];

describe.each(models)('%s on a socket', (_, lacking, load) => {
  describe.skipIf(lacking)('', () => {
    let engine: Engine;
    let server: RunningServer;
    let client: OpenAI;
    beforeAll(async () => {
      engine = await load();
      server = await listen(endpointOver(engine), '127.0.0.1', 0);
      client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'none', maxRetries: 0 });
    });
    afterAll(async () => {
      await server.close();
      engine.close();
    });
    const settings = { model: 'tiny', temperature: 1, seed: 5, max_tokens: 24, logit_bias: neverStop };
    const ask = async (messages: Chat, more: object = {}) =>
      client.chat.completions.create({ ...settings, ...more, messages, stream: false });

    test('the openai client gets the same reply whole and streamed', async () => {
      const whole = await ask(chat);
      expect(whole.id).toMatch(/^chatcmpl-/);
      expect(whole.system_fingerprint).toMatch(/^pathact-0.0.0-aaaaaaaaaaaa-/);
      expect(whole.choices[0]).toMatchObject({ index: 0, finish_reason: 'length' });
      expect(whole.usage).toMatchObject({
        completion_tokens: 24,
        total_tokens: whole.usage!.prompt_tokens + 24,
      });
      const stream = await client.chat.completions.create({
        ...settings,
        messages: chat,
        stream: true,
        stream_options: { include_usage: true },
      });
      const chunks = await collect(stream);
      expect(chunks[0]!.choices[0]!.delta).toEqual({ role: 'assistant', content: '' });
      const text = chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('');
      expect(text).toBe(whole.choices[0]!.message.content);
      expect(chunks.at(-2)!.choices[0]!.finish_reason).toBe('length');
      expect(chunks.at(-1)!.choices).toEqual([]);
      expect(chunks.at(-1)!.usage).toMatchObject({ completion_tokens: 24 });
    });

    test('ChatOpenAI invokes and streams', async () => {
      const model = new ChatOpenAI({
        model: 'tiny',
        apiKey: 'none',
        maxRetries: 0,
        temperature: 0,
        maxTokens: 16,
        configuration: { baseURL: `${server.url}/v1` },
      });
      const messages = [new SystemMessage('hello world'), new HumanMessage('the protein')];
      const reply = await model.invoke(messages);
      const parts: string[] = [];
      for await (const chunk of await model.stream(messages)) parts.push(chunk.text);
      expect(parts.join('')).toBe(reply.text);
      const usage = usageOf(await model.invoke(messages));
      expect(usage?.output_tokens).toBeGreaterThan(0);
      expect(usage?.input_token_details?.cache_read).toBeGreaterThan(0);
    });

    test('requests at once give the replies they would give one by one', async () => {
      const chats = Array.from(
        { length: 6 },
        (_, i): Chat => [{ role: 'user', content: `hello ${i} `.repeat(i + 1) }],
      );
      const text = async (messages: Chat, i: number) =>
        (await ask(messages, { seed: i })).choices[0]!.message.content;
      const together = await Promise.all(chats.map(text));
      const alone: (string | null)[] = [];
      for (const [i, messages] of chats.entries()) alone.push(await text(messages, i));
      expect(together).toEqual(alone);
    });

    test('the next turn of a conversation finds its prefix, and the reply is the same as without it', async () => {
      const first = await ask(chat);
      const next: Chat = [
        ...chat,
        { role: 'assistant', content: 'hello' },
        { role: 'user', content: 'and the world' },
      ];
      const warm = await ask(next);
      expect(warm.usage!.prompt_tokens_details!.cached_tokens).toBeGreaterThanOrEqual(
        first.usage!.prompt_tokens - 3,
      );
      const cold = await listen(endpointOver(engine), '127.0.0.1', 0);
      try {
        const other = new OpenAI({ baseURL: `${cold.url}/v1`, apiKey: 'none' });
        const fresh = await other.chat.completions.create({ ...settings, messages: next });
        expect(fresh.usage!.prompt_tokens_details!.cached_tokens).toBe(0);
        expect(fresh.choices[0]!.message.content).toBe(warm.choices[0]!.message.content);
      } finally {
        await cold.close();
      }
    });

    test('a stop string ends the text before it, whole and streamed', async () => {
      const text = (await ask(chat)).choices[0]!.message.content!;
      const stop = text.slice(10, 14);
      const expected = text.slice(0, text.indexOf(stop));
      const whole = await ask(chat, { stop: [stop] });
      expect(whole.choices[0]).toMatchObject({ message: { content: expected }, finish_reason: 'stop' });
      const stream = await client.chat.completions.create({
        ...settings,
        messages: chat,
        stop,
        stream: true,
      });
      const chunks = await collect(stream);
      expect(chunks.map(({ choices }) => choices[0]!.delta.content ?? '').join('')).toBe(expected);
    });

    test('text completions continue a prompt, whole and streamed', async () => {
      const body = { ...settings, prompt: 'The protein' };
      const whole = await client.completions.create({ ...body, stream: false });
      const chunks = await collect(await client.completions.create({ ...body, stream: true }));
      expect(whole.object).toBe('text_completion');
      expect(chunks.map(({ choices }) => choices[0]!.text).join('')).toBe(whole.choices[0]!.text);
      const { tokens } = (await (await post('/tokenize', { content: 'The protein' })).json()) as {
        tokens: number[];
      };
      const byIds = await client.completions.create({ ...settings, prompt: tokens, stream: false });
      expect(byIds.choices[0]!.text).toBe(whole.choices[0]!.text);
    });

    const post = (path: string, body: unknown) =>
      fetch(server.url + path, { method: 'POST', body: JSON.stringify(body) });
    const load1 = async () => (await (await fetch(`${server.url}/health`)).json()) as { running: number };

    test.each([true, false])('a client that goes away frees its slot (stream: %s)', async (stream) => {
      const stop = new AbortController();
      const body = { ...settings, messages: chat, max_tokens: 5000, stream };
      const reply = fetch(`${server.url}/v1/chat/completions`, {
        method: 'POST',
        body: JSON.stringify({ ...body, max_tokens: 400 }),
        signal: stop.signal,
      }).then((response) => response.text());
      while ((await load1()).running === 0) await sleep(2);
      stop.abort();
      await expect(reply).rejects.toThrow();
      const start = performance.now();
      while ((await load1()).running > 0) await sleep(2);
      expect(performance.now() - start).toBeLessThan(500);
    });

    test('the event loop answers while a long prompt is computed', async () => {
      const content = 'hello the world and '.repeat(engine.contextLength / 32);
      const reply = ask([{ role: 'user', content }], { max_tokens: 1 });
      const delays: number[] = [];
      let isOver = false;
      void reply.finally(() => {
        isOver = true;
      });
      while (!isOver) {
        const start = performance.now();
        await sleep(1);
        delays.push(performance.now() - start);
      }
      expect((await reply).choices[0]!.finish_reason).toBe('length');
      // Were it blocked, most turns would last as long as a step: hundreds of milliseconds.
      expect(delays.sort((a, b) => a - b)[delays.length >> 1]).toBeLessThan(30);
    });

    test('tokenize counts the prompt of a conversation exactly; detokenize gives text back', async () => {
      const counted = (await (await post('/tokenize', { messages: chat })).json()) as {
        tokens: number[];
        count: number;
      };
      expect(counted.count).toBe((await ask(chat)).usage!.prompt_tokens);
      const text = (await (await post('/detokenize', { tokens: counted.tokens })).json()) as {
        content: string;
      };
      expect(text.content).toContain('<|im_start|>user\nthe protein<|im_end|>\n<|im_start|>assistant\n');
    });
  });
});
