import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { GenerationRequest } from '../../../src/endpoint/scheduling/job.ts';
import {
  QueueFullError,
  QueueTimeoutError,
  RequestTimeoutError,
  StoppingError,
  TooLargeError,
} from '../../../src/endpoint/scheduling/refusals.ts';
import { Scheduler } from '../../../src/endpoint/scheduling/scheduler.ts';
import type { SchedulerOptions } from '../../../src/endpoint/scheduling/scheduler-options.ts';
import { greedySettings, Sampler } from '../../../src/engine/sampler.ts';
import { ToyEngine } from '../../helpers/toy-engine.ts';

const prompt = (length: number, first = 0) => Array.from({ length }, (_, i) => 3 + ((first + i * 7) % 200));

type RunOptions = Partial<GenerationRequest> & { onToken?: (i: number) => boolean };

function setUp(options: Partial<SchedulerOptions> = {}) {
  const engine = new ToyEngine();
  const scheduler = new Scheduler(engine, { slots: 2, queueLimit: 10, ...options });
  const request = (tokens: readonly number[], { onToken, ...more }: RunOptions = {}) => {
    const reply: number[] = [];
    const accept = (token: number) => {
      reply.push(token);
      return onToken?.(reply.length) ?? true;
    };
    const chooser = new Sampler(greedySettings);
    const { signal } = new AbortController();
    const whole: GenerationRequest = { prompt: tokens, maxTokens: 8, chooser, signal, accept, ...more };
    return { reply, request: whole };
  };
  const run = async (tokens: readonly number[], more: RunOptions = {}) => {
    const made = request(tokens, more);
    const result = await scheduler.run(made.request);
    return { ...result, reply: made.reply };
  };
  return { engine, scheduler, request, run };
}

/** Nothing but the cache is left of a request, and nothing when that is emptied. */
async function expectNoLeak({ engine, scheduler }: Pick<ReturnType<typeof setUp>, 'engine' | 'scheduler'>) {
  await scheduler.drain();
  expect(engine.alive.size).toBe(0);
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

test('a request that cannot be computed does not fail those beside it', async () => {
  const { engine, run } = setUp();
  await run(prompt(64, 7)); // while nothing is known of its speed, a step has one prompt
  engine.failure = new Error('out of memory');
  const replies = await Promise.all([run(prompt(30)), run(prompt(40, 3))]);
  expect(replies.map(({ reply }) => reply)).toEqual([
    engine.reply(prompt(30), 8),
    engine.reply(prompt(40, 3), 8),
  ]);
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

test('a chooser that gives no token, or none of the vocabulary, fails its own request', async () => {
  const { engine, run } = setUp();
  const broken = [[], [1e9], [0.5]].map((tokens) => run(prompt(5), { chooser: { choose: () => tokens } }));
  const other = run(prompt(6));
  for (const each of broken) await expect(each).rejects.toThrow();
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

describe('several replies to one prompt', () => {
  test('compute it once, and each goes its own way', async () => {
    const { engine, scheduler, request } = setUp({ slots: 3 });
    const tokens = prompt(150);
    // Choosers that differ: the i-th one takes the i-th token after the best.
    const made = [0, 1, 2, 3, 4].map((i) => {
      const chooser = { choose: (logits: Float32Array) => [3 + ((best(logits) + i) % 200)] };
      return request(tokens, { chooser, maxTokens: 6 });
    });
    await Promise.all(scheduler.runAll(made.map((each) => each.request)));
    made.forEach(({ reply }, i) => {
      const expected = [...tokens];
      for (let n = 0; n < 6; n++) expected.push(3 + ((engine.nextToken(expected) + i) % 200));
      expect(reply).toEqual(expected.slice(150));
    });
    const prefilled = engine.batches.flat().filter(({ before }) => before < 150);
    expect(prefilled.reduce((sum, row) => sum + row.tokens.length, 0)).toBe(150);
    await expectNoLeak({ engine, scheduler });
  });

  test('do not stop when one of them does, whenever that is', async () => {
    for (const [delayMs, gone] of [
      [0, 0],
      [20, 0],
      [60, 0],
      [60, 2],
    ] as const) {
      const { engine, scheduler, request } = setUp({ slots: 2 });
      engine.tokenMs = 0.2;
      const stops = [0, 1, 2].map(() => new AbortController());
      const made = stops.map(({ signal }) => request(prompt(200), { signal, maxTokens: 30 }));
      const runs = scheduler.runAll(made.map((each) => each.request));
      await sleep(delayMs);
      stops[gone]!.abort(new Error('gone'));
      await expect(runs[gone]).rejects.toThrow('gone');
      for (const i of [0, 1, 2].filter((each) => each !== gone)) {
        expect(await runs[i]).toMatchObject({ finish: 'length' });
        expect(made[i]!.reply).toEqual(engine.reply(prompt(200), 30));
      }
      await expectNoLeak({ engine, scheduler });
    }
  });
});

describe('memory', () => {
  // The toy's blocks of 64 tokens have 1000 bytes each.
  test('a request waits until there is enough, and is never refused for want of it', async () => {
    const { engine, scheduler, run } = setUp({ slots: 8, kvBudgetBytes: 8000, prefixCacheBytes: 0 });
    const prompts = [0, 1, 2, 3, 4].map((i) => prompt(200, i));
    const replies = await Promise.all(prompts.map((tokens) => run(tokens)));
    replies.forEach(({ reply }, i) => {
      expect(reply).toEqual(engine.reply(prompts[i]!, 8));
    });
    expect(Math.max(...engine.batches.map((rows) => rows.length))).toBe(2);
    await expectNoLeak({ engine, scheduler });
  });

  test('replies that outgrow it take turns, and none of them changes', async () => {
    const { engine, scheduler, run } = setUp({ slots: 4, kvBudgetBytes: 12_000, prefixCacheBytes: 3000 });
    const prompts = [0, 1, 2].map((i) => prompt(20, i));
    const replies = await Promise.all(prompts.map((tokens) => run(tokens, { maxTokens: 400 })));
    replies.forEach(({ reply }, i) => {
      expect(reply).toEqual(engine.reply(prompts[i]!, 400));
    });
    expect(scheduler.stats.preemptedTotal).toBeGreaterThan(0);
    await expectNoLeak({ engine, scheduler });
  });

  test('what can never fit is refused at once', async () => {
    const { scheduler, run } = setUp({ kvBudgetBytes: 3000 });
    expect(scheduler.contextLength).toBe(192);
    await expect(run(prompt(150), { maxTokens: 43 })).rejects.toThrow(TooLargeError);
    await expect(run(prompt(5), { maxTokens: 1e15 })).rejects.toThrow('at most 192');
    expect(await run(prompt(150), { maxTokens: 42 })).toMatchObject({ completionTokens: 42 });
  });
});

describe('the prefix cache', () => {
  test('serves a prompt that begins like another one, while that runs and after', async () => {
    const { engine, run } = setUp();
    const shared = prompt(140);
    const [a, b] = [
      [...shared, ...prompt(30, 7)],
      [...shared, ...prompt(40, 9)],
    ] as const;
    const replies = await Promise.all([run(a), run(b)]);
    expect(replies.map(({ cachedTokens }) => cachedTokens)).toEqual([0, 128]);
    expect(replies.map(({ reply }) => reply)).toEqual([engine.reply(a, 8), engine.reply(b, 8)]);
    expect((await run([...shared, 5])).cachedTokens).toBe(140);
  });

  test('holds no more of a request than that allows', async () => {
    const { run } = setUp();
    await run(prompt(150), { indexable: 70 });
    expect((await run(prompt(150), { indexable: 70 })).cachedTokens).toBe(70);
  });

  test('can be told to hold prompts only', async () => {
    const { engine, run } = setUp({ indexReplies: false });
    const next = [...prompt(100), ...engine.reply(prompt(100), 8), 5];
    await run(prompt(100));
    expect((await run(next)).cachedTokens).toBe(100);
  });

  test('keeps what was computed of a prompt whose client went away', async () => {
    const { engine, run } = setUp();
    engine.tokenMs = 1;
    const stop = new AbortController();
    const onProgress = () => stop.abort(new Error('gone'));
    await expect(run(prompt(400), { signal: stop.signal, onProgress })).rejects.toThrow('gone');
    expect((await run(prompt(400))).cachedTokens).toBeGreaterThan(0);
  });

  test('changes no reply after it has evicted what it knew', async () => {
    const { engine, scheduler, run } = setUp({ prefixCacheBytes: 4000 });
    const cached: number[] = [];
    for (const i of [0, 1, 0, 2, 0, 1, 1, 2]) {
      const result = await run(prompt(200, i));
      expect(result.reply).toEqual(engine.reply(prompt(200, i), 8));
      expect(scheduler.stats.prefixBytes).toBeLessThanOrEqual(4000);
      cached.push(result.cachedTokens);
    }
    expect(cached[6]).toBe(199);
    expect(cached.filter((count) => count === 0).length).toBeGreaterThan(2);
    await expectNoLeak({ engine, scheduler });
  });
});

describe('time', () => {
  test('a request that waits for too long is told to come back', async () => {
    const { engine, run } = setUp({ slots: 1, queueTimeoutMs: 200 });
    engine.stepMs = 5;
    const running = run(prompt(10), { maxTokens: 100 });
    const waiting = run(prompt(10, 1));
    await expect(waiting).rejects.toThrow(QueueTimeoutError);
    expect(await running).toMatchObject({ completionTokens: 100 });
  });

  test('a request that takes too long ends, others go on', async () => {
    const { engine, run } = setUp({ requestTimeoutMs: 500 });
    engine.stepMs = 5;
    const long = run(prompt(10), { maxTokens: 400 });
    const short = run(prompt(10, 1), { maxTokens: 2 });
    await expect(long).rejects.toThrow(RequestTimeoutError);
    expect(await short).toMatchObject({ completionTokens: 2 });
  });

  test('a refusal says when to come back, by how long requests take', async () => {
    const { engine, run } = setUp({ slots: 1, queueLimit: 1 });
    engine.stepMs = 150;
    await run(prompt(10), { maxTokens: 8 });
    engine.stepMs = 0;
    const accepted = [run(prompt(10, 1)), run(prompt(10, 2))];
    const refused = await run(prompt(10, 3)).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(QueueFullError);
    expect((refused as QueueFullError).retryAfterSeconds).toBeGreaterThan(1);
    await Promise.all(accepted);
  });
});

test('clients take turns: one request of theirs does not wait for all of another one', async () => {
  const { run } = setUp({ slots: 1, queueLimit: 100 });
  const order: string[] = [];
  const of = (client: string, i: number) => run(prompt(10, i), { client }).then(() => order.push(client));
  await Promise.all([...Array.from({ length: 8 }, (_, i) => of('many', i)), of('one', 8), of('two', 9)]);
  expect(order.slice(0, 3).toSorted()).toEqual(['many', 'one', 'two']);
});

test('a short prompt does not wait for a long one', async () => {
  const { engine, run } = setUp();
  engine.tokenMs = 3;
  const order: string[] = [];
  const long = run(prompt(500), { maxTokens: 1 }).then(() => order.push('long'));
  const short = run(prompt(20, 3), { maxTokens: 1 }).then(() => order.push('short'));
  await Promise.all([long, short]);
  expect(order).toEqual(['short', 'long']);
});

test('progress of a prompt is told after each step, up to its length', async () => {
  const { engine, run } = setUp();
  engine.tokenMs = 1;
  const told: number[] = [];
  await run(prompt(500), {
    maxTokens: 2,
    onProgress(done, total) {
      expect(total).toBe(500);
      told.push(done);
    },
  });
  expect(told.length).toBeGreaterThan(1);
  expect(told).toEqual(told.toSorted((a, b) => a - b));
  expect(told.at(-1)).toBe(500);
});

test('the chooser prepares while the pass runs, and tokens that it gives at once are computed together', async () => {
  const { engine, run } = setUp();
  const calls: string[] = [];
  let before = 0;
  const forward = engine.forward.bind(engine);
  engine.forward = async (batch) => {
    calls.push('starts');
    const result = await forward(batch);
    calls.push('ends');
    return result;
  };
  const chooser = {
    prepare: (left: number) => calls.push(`prepares ${left}`),
    // Every choice brings two more tokens that can only follow it.
    choose(logits: Float32Array) {
      calls.push('chooses');
      return [best(logits), 10, 11 + before++];
    },
  };
  const { reply } = await run(prompt(20), { chooser, maxTokens: 8 });
  const [first] = engine.reply(prompt(20), 1);
  const [second] = engine.reply([...prompt(20), first!, 10, 11], 1);
  const [third] = engine.reply([...prompt(20), first!, 10, 11, second!, 10, 12], 1);
  expect(reply).toEqual([first, 10, 11, second, 10, 12, third, 10]);
  expect(engine.batches.map(([row]) => row!.tokens.length)).toEqual([20, 3, 3]);
  const step = (left: number) => ['starts', `prepares ${left}`, 'ends', 'chooses'];
  expect(calls).toEqual([...step(8), ...step(5), ...step(2)]);
});

test('its statistics add up', async () => {
  const { scheduler, run } = setUp({ slots: 1, queueLimit: 0 });
  await run(prompt(100));
  await run([...prompt(100), ...prompt(28, 5)]);
  const running = run(prompt(90, 9));
  await expect(run(prompt(5))).rejects.toThrow(QueueFullError);
  await running;
  await run(prompt(5), { signal: AbortSignal.abort() }).catch(() => {});
  expect(scheduler.stats).toMatchObject({
    running: 0,
    waiting: 0,
    prefixQueryTokensTotal: 318,
    prefixHitTokensTotal: 100,
    prefillTokensTotal: 218,
    generatedTokensTotal: 24,
    finishedTotal: 3,
    failedTotal: 1,
    refusedTotal: 1,
    preemptedTotal: 0,
  });
});

test('an engine that is closed under its requests fails them all', async () => {
  const { engine, scheduler, run } = setUp({ slots: 1 });
  const runs = [run(prompt(10)), run(prompt(11))];
  engine.createSequence = () => {
    throw new Error('the engine is closed');
  };
  for (const each of runs) await expect(each).rejects.toThrow('closed');
  expect(scheduler.load).toMatchObject({ running: 0, waiting: 0 });
});

function best(logits: Float32Array): number {
  return logits.indexOf(Math.max(...logits));
}
