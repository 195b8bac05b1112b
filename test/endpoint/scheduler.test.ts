import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { QueueFullError, StoppingError } from '../../src/endpoint/refusals.ts';
import { Scheduler } from '../../src/endpoint/scheduler.ts';
import { greedySettings, Sampler } from '../../src/engine/sampler.ts';
import { ToyEngine } from '../helpers/toy-engine.ts';

const prompt = (length: number, first = 0) => Array.from({ length }, (_, i) => 3 + ((first + i * 7) % 200));

function setUp({ slots = 2, queueLimit = 10 } = {}) {
  const engine = new ToyEngine();
  const scheduler = new Scheduler(engine, { slots, queueLimit });
  const run = async (
    tokens: readonly number[],
    options: {
      maxTokens?: number;
      signal?: AbortSignal;
      cacheKey?: string;
      onToken?: (i: number) => boolean;
    } = {},
  ) => {
    const reply: number[] = [];
    const result = await scheduler.run({
      prompt: tokens,
      maxTokens: options.maxTokens ?? 8,
      chooser: new Sampler(greedySettings),
      cacheKey: options.cacheKey,
      signal: options.signal ?? new AbortController().signal,
      accept(token) {
        reply.push(token);
        return options.onToken?.(reply.length) ?? true;
      },
    });
    return { ...result, reply };
  };
  return { engine, scheduler, run };
}

test('a reply is the same alone, beside others, and in a slot that was used before', async () => {
  const { engine, run } = setUp();
  const prompts = [
    prompt(700 % 400, 1),
    prompt(5, 2),
    prompt(90, 3),
    prompt(1, 4),
    prompt(90, 3),
    prompt(130, 3),
  ];
  const together = await Promise.all(prompts.map((tokens) => run(tokens)));
  together.forEach(({ reply }, i) => {
    expect(reply).toEqual(engine.reply(prompts[i]!, 8));
  });
});

test('replies that run at once share batches, and a long prompt is cut so that they go on', async () => {
  const { engine, run } = setUp();
  engine.tokenMs = 1;
  const short = run(prompt(4), { maxTokens: 30 });
  const long = run(prompt(400, 9), { maxTokens: 3 });
  await Promise.all([short, long]);
  const shared = engine.batches.filter((rows) => rows.length === 2);
  expect(shared.length).toBeGreaterThan(2);
  for (const rows of shared) {
    expect(Math.max(...rows.map(({ tokens }) => tokens.length))).toBeLessThanOrEqual(256);
    if (rows[0]!.before > 4) expect(rows[0]!.tokens).toHaveLength(1);
  }
});

test('the next turn computes only what is new, and always the last prompt token', async () => {
  const { engine, run } = setUp();
  const first = await run(prompt(50));
  const next = [...prompt(50), ...first.reply, ...prompt(10, 5)];
  // The last token of a reply was chosen, but never put into the cache.
  const second = await run(next);
  expect(second.cachedTokens).toBe(57);
  expect(second.reply).toEqual(engine.reply(next, 8));
  const again = await run(next);
  expect(again.cachedTokens).toBe(next.length - 1);
  expect(again.reply).toEqual(second.reply);
});

test('a short common opening does not cost another conversation its cache', async () => {
  const { run } = setUp();
  const long = prompt(200);
  await run(long);
  await run([...prompt(20), ...prompt(30, 77)]);
  expect((await run(long)).cachedTokens).toBe(199);
});

test('a cache key leads back to its slot', async () => {
  const { run } = setUp({ slots: 3 });
  await run(prompt(40), { cacheKey: 'a' });
  await run(prompt(300), { cacheKey: 'b' });
  expect((await run([...prompt(40), 5], { cacheKey: 'a' })).cachedTokens).toBe(40);
  expect((await run([...prompt(100), 4], { cacheKey: 'b' })).cachedTokens).toBe(100);
});

test('what does not fit the slots waits in order; past the queue it is refused', async () => {
  const { scheduler, run } = setUp({ slots: 1, queueLimit: 2 });
  const order: number[] = [];
  const runs = [0, 1, 2].map((i) => run(prompt(10, i)).then(() => order.push(i)));
  await expect(run(prompt(10))).rejects.toThrow(QueueFullError);
  expect(scheduler.load).toEqual({ slots: 1, running: 0, waiting: 3 });
  await Promise.all(runs);
  expect(order).toEqual([0, 1, 2]);
});

test('an abort frees the slot before the next step, and a waiting request leaves the queue', async () => {
  const { engine, scheduler, run } = setUp({ slots: 1 });
  engine.stepMs = 5;
  const stop = new AbortController();
  const running = run(prompt(10), { maxTokens: 500, signal: stop.signal });
  const waiting = run(prompt(10, 1), { signal: stop.signal });
  const next = run(prompt(10, 2));
  await sleep(40);
  stop.abort(new Error('gone'));
  await expect(running).rejects.toThrow('gone');
  await expect(waiting).rejects.toThrow('gone');
  expect((await next).reply).toEqual(engine.reply(prompt(10, 2), 8));
  expect(scheduler.load).toMatchObject({ running: 0, waiting: 0 });
});

test('accept ends a reply, maxTokens too', async () => {
  const { run } = setUp();
  expect(await run(prompt(5), { onToken: (i) => i < 3 })).toMatchObject({
    finish: 'stop',
    completionTokens: 3,
  });
  expect(await run(prompt(5), { maxTokens: 1 })).toMatchObject({ finish: 'length', completionTokens: 1 });
});

test('a failed step fails its requests alone, and nothing of it is used again', async () => {
  const { engine, run } = setUp({ slots: 1 });
  engine.failure = new Error('out of memory');
  const broken = run(prompt(30));
  const next = run(prompt(30));
  await expect(broken).rejects.toThrow('out of memory');
  expect(await next).toMatchObject({ cachedTokens: 0, reply: engine.reply(prompt(30), 8) });
});

test('a callback that throws fails its own request', async () => {
  const { engine, run } = setUp();
  const broken = run(prompt(5), {
    onToken: () => {
      throw new Error('no more');
    },
  });
  const other = run(prompt(6));
  await expect(broken).rejects.toThrow('no more');
  expect((await other).reply).toEqual(engine.reply(prompt(6), 8));
});

test('draining lets running and waiting requests end and refuses new ones', async () => {
  const { scheduler, run } = setUp({ slots: 1 });
  const runs = [run(prompt(10)), run(prompt(11))];
  const drained = scheduler.drain();
  await expect(run(prompt(12))).rejects.toThrow(StoppingError);
  await drained;
  expect((await Promise.all(runs)).map(({ finish }) => finish)).toEqual(['length', 'length']);
});
