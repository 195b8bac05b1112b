import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { errorBodySchema } from '../../../src/endpoint/api-error.ts';
import { Detokenizer } from '../../../src/engine/detokenizer.ts';
import { endpointOver } from '../../helpers/tiny-endpoint.ts';
import { randomSource } from '../../helpers/tiny-gguf.ts';
import { ToyEngine } from '../../helpers/toy-engine.ts';

const CLIENTS = 200;

test('two hundred clients of which half go away: the others get their own replies, and nothing is left', async () => {
  const engine = new ToyEngine();
  engine.stepMs = 1;
  const endpoint = endpointOver(engine, { parallel: 16, queueLimit: CLIENTS });
  const random = randomSource(5);
  const clients = Array.from({ length: CLIENTS }, (_, i) => ({
    // A third begin alike.
    prompt: Array.from({ length: 20 + (i % 90) }, (_, at) => 3 + ((at * (i % 3 === 0 ? 1 : i)) % 200)),
    stream: i % 4 < 2,
    leavesAfterMs: i % 2 === 0 ? undefined : random() * 600,
  }));
  const ask = async ({ prompt, stream, leavesAfterMs }: (typeof clients)[number]) => {
    const stop = new AbortController();
    if (leavesAfterMs !== undefined) setTimeout(() => stop.abort(), leavesAfterMs);
    const body = JSON.stringify({ prompt, stream, max_tokens: 12, temperature: 0 });
    const init = { method: 'POST', body, signal: stop.signal };
    const response = await endpoint.fetch(new Request('http://localhost/v1/completions', init));
    return textOf(await response.text(), stream);
  };
  const replies = await Promise.allSettled(clients.map(ask));
  replies.forEach((reply, i) => {
    const { prompt, leavesAfterMs } = clients[i]!;
    if (leavesAfterMs !== undefined) return;
    const detokenizer = new Detokenizer(engine.tokenizer);
    const expected = engine.reply(prompt, 12).map((token) => detokenizer.push(token));
    expect(reply).toEqual({ status: 'fulfilled', value: expected.join('') });
  });
  await endpoint.drain();
  expect(engine.alive.size).toBe(0);
});

test('more clients than the queue holds are told when to come back, and those inside are served', async () => {
  const engine = new ToyEngine();
  engine.stepMs = 1;
  const endpoint = endpointOver(engine, { parallel: 2, queueLimit: 5 });
  const ask = async (i: number) => {
    const body = JSON.stringify({ prompt: [5, 6, 3 + i], max_tokens: 3, temperature: 0 });
    return endpoint.fetch(new Request('http://localhost/v1/completions', { method: 'POST', body }));
  };
  const responses = await Promise.all(Array.from({ length: 40 }, (_, i) => ask(i)));
  const refused = responses.filter(({ status }) => status === 429);
  expect(responses.filter(({ status }) => status === 200)).toHaveLength(7);
  expect(refused).toHaveLength(33);
  for (const response of refused) {
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(errorBodySchema.parse(await response.json()).error.type).toBe('rate_limit_exceeded');
  }
  expect((await ask(1)).status).toBe(200);
});

test('a request that asks for all tokens there could be ends at the context, others go on', async () => {
  const engine = new ToyEngine();
  const endpoint = endpointOver(engine, { parallel: 2 });
  const ask = (body: object) =>
    endpoint.fetch(
      new Request('http://localhost/v1/completions', { method: 'POST', body: JSON.stringify(body) }),
    );
  const huge = ask({ prompt: [5, 6], max_tokens: Number.MAX_SAFE_INTEGER, temperature: 0 });
  await sleep(5);
  expect((await ask({ prompt: [7], max_tokens: 2 })).status).toBe(200);
  const { usage } = (await (await huge).json()) as { usage: { total_tokens: number } };
  expect(usage.total_tokens).toBe(512);
});

/** The text of a whole reply, or of a streamed one. */
function textOf(body: string, stream: boolean): string {
  const pieces = stream ? [...body.matchAll(/^data: (\{.*)$/gm)].map(([, json]) => json!) : [body];
  return pieces
    .map((json) => (JSON.parse(json) as { choices: { text: string }[] }).choices[0]?.text ?? '')
    .join('');
}
