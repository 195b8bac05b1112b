import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TokenChooser } from '../../../src/endpoint/scheduling/job.ts';
import { Scheduler } from '../../../src/endpoint/scheduling/scheduler.ts';
import type { SchedulerOptions } from '../../../src/endpoint/scheduling/scheduler-options.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { loadEngine } from '../../../src/engine/load-engine.ts';
import { greedySettings, Sampler } from '../../../src/engine/sampler.ts';
import { defaultModelFile, lacksDefaultModel } from '../../helpers/default-model.ts';
import { tinyEngine } from '../../helpers/tiny-endpoint.ts';
import { randomSource } from '../../helpers/tiny-gguf.ts';

const REPLY_TOKENS = 8;

/** Sixteen prompts: some alike up to a point, some not, shorter and longer than a block. */
function prompts(longest: number): number[][] {
  const random = randomSource(3);
  const tokens = (count: number) => Array.from({ length: count }, () => 3 + Math.floor(random() * 240));
  const shared = tokens(Math.floor(longest * 0.7));
  return Array.from({ length: 16 }, (_, i) => {
    const own = tokens(1 + ((i * 37) % Math.floor(longest * 0.3)));
    return i % 3 === 0 ? own : [...shared.slice(0, (shared.length * (1 + (i % 4))) >> 2), ...own];
  });
}

const slowFolder = mkdtempSync(join(tmpdir(), 'slow-tier-'));
afterAll(() => rmSync(slowFolder, { recursive: true }));
const lowBit = { bits: 2, fetch: 8 } as const;
const models: [string, boolean, () => Promise<Engine>, number][] = [
  ['a tiny model', false, () => tinyEngine({ weights: 'Q4_1', embedding: 'Q8_0' }), 400],
  ['a low-bit copy', false, () => tinyEngine({ weights: 'Q4_1', embedding: 'Q8_0' }, { lowBit }), 400],
  [
    'a low-bit copy and the guess of the next token',
    false,
    () =>
      tinyEngine(
        { weights: 'Q4_1', embedding: 'Q8_0' },
        { lowBit: { ...lowBit, predictor: 'speculative' }, threads: 2 },
      ),
    400,
  ],
  [
    'keys and values in files',
    false,
    () =>
      tinyEngine(
        { weights: 'Q4_1', embedding: 'Q8_0' },
        { lowBit: { ...lowBit, slow: { tier: 'file', folder: slowFolder, fastBytes: 1 << 30 } } },
      ),
    400,
  ],
  ['the default model', lacksDefaultModel, () => loadEngine(defaultModelFile), 100],
];

describe.each(models)('%s gives the same reply', (_, lacking, load, longest) => {
  describe.skipIf(lacking)('', () => {
    const all = prompts(longest);
    let engine: Engine;
    /** One by one, each with nothing cached. */
    let expected: number[][];
    beforeAll(async () => {
      engine = await load();
      expected = [];
      for (const i of all.keys()) expected.push((await reply(open({ prefixCacheBytes: 0 }), i)).tokens);
    });
    afterAll(() => engine.close());

    const open = (options: Partial<SchedulerOptions> = {}) =>
      new Scheduler(engine, { slots: 16, queueLimit: 16, ...options });
    const sampler = (i: number) => new Sampler({ ...greedySettings, temperature: 1, seed: i });
    async function reply(scheduler: Scheduler, i: number, chooser: TokenChooser = sampler(i)) {
      const tokens: number[] = [];
      const result = await scheduler.run({
        prompt: all[i]!,
        maxTokens: REPLY_TOKENS,
        chooser,
        signal: new AbortController().signal,
        accept: (token) => tokens.push(token) > 0,
      });
      return { ...result, tokens };
    }
    const together = async (scheduler: Scheduler) => {
      const replies = await Promise.all(all.map((_, i) => reply(scheduler, i)));
      return replies.map(({ tokens }) => tokens);
    };

    test('beside fifteen others, and again with all prefixes warm', async () => {
      const scheduler = open();
      expect(await together(scheduler)).toEqual(expected);
      expect(await together(scheduler)).toEqual(expected);
      expect(scheduler.stats.prefixHitTokensTotal).toBeGreaterThan(all.flat().length * 0.9);
      await scheduler.drain();
      expect(engine.kvBytes).toBe(0);
    });

    test('after its prefix was evicted, wholly or in part', async () => {
      const blocks = all.reduce((sum, { length }) => sum + Math.ceil(length / 64), 0);
      const scheduler = open({ prefixCacheBytes: (blocks >> 1) * engine.kvBlockBytes });
      for (const i of all.keys()) expect((await reply(scheduler, i)).tokens).toEqual(expected[i]);
      expect(scheduler.stats.prefixBytes).toBeLessThanOrEqual(scheduler.stats.prefixBudgetBytes);
      await scheduler.drain();
    });

    test('when memory is short and most of them wait for it', async () => {
      const longestBlocks = Math.ceil((longest + REPLY_TOKENS + 64) / 64);
      const kvBudgetBytes = 2 * longestBlocks * engine.kvBlockBytes;
      const scheduler = open({ kvBudgetBytes, prefixCacheBytes: 2 * engine.kvBlockBytes });
      expect(await together(scheduler)).toEqual(expected);
      await scheduler.drain();
    });

    test('when tokens that must come are computed at once', async () => {
      const forced = [5, 6, 7, 8];
      const choose = (size: number): TokenChooser => {
        const own = sampler(1);
        const queue: number[] = [];
        // After every chosen token the same four come, `size` of them a step.
        return {
          choose(logits) {
            if (queue.length > 0) return queue.splice(0, size);
            queue.push(...forced);
            return [...own.choose(logits), ...queue.splice(0, size - 1)];
          },
        };
      };
      const scheduler = open();
      const replies = [1, 2, 3, 5].map(async (size) => (await reply(scheduler, 1, choose(size))).tokens);
      const [first, ...others] = await Promise.all(replies);
      await scheduler.drain();
      for (const other of others) expect(other).toEqual(first);
    });

    test('as one of several to its prompt', async () => {
      const scheduler = open();
      const replies = [2, 2, 2].map((): number[] => []);
      const runs = scheduler.runAll(
        replies.map((tokens) => ({
          prompt: all[2]!,
          maxTokens: REPLY_TOKENS,
          chooser: sampler(2),
          signal: new AbortController().signal,
          accept: (token) => tokens.push(token) > 0,
        })),
      );
      await Promise.all(runs);
      for (const tokens of replies) expect(tokens).toEqual(expected[2]);
      await scheduler.drain();
      expect(engine.kvBytes).toBe(0);
    });
  });
});

test.each([
  ['in full', {}],
  ['of a low-bit copy', { lowBit }],
  ['of a low-bit copy chosen by guesses', { lowBit: { ...lowBit, predictor: 'speculative' } as const }],
])('replies %s that outgrow the memory lose their places and come out the same', async (_, kv) => {
  const engine = await tinyEngine({ weights: 'Q4_1', embedding: 'Q8_0' }, kv);
  const starts = prompts(60).slice(0, 3);
  const replies = async (options: Partial<SchedulerOptions>) => {
    const scheduler = new Scheduler(engine, { slots: 3, queueLimit: 0, ...options });
    const all = starts.map((): number[] => []);
    const runs = starts.map((prompt, i) =>
      scheduler.run({
        prompt,
        maxTokens: 400,
        chooser: new Sampler({ ...greedySettings, temperature: 1, seed: i }),
        signal: new AbortController().signal,
        accept: (token) => all[i]!.push(token) > 0,
      }),
    );
    await Promise.all(runs);
    const { preemptedTotal } = scheduler.stats;
    await scheduler.drain();
    return { all, preemptedTotal };
  };
  const roomy = await replies({});
  expect(roomy.preemptedTotal).toBe(0);
  for (const cacheBlocks of [0, 5]) {
    const prefixCacheBytes = cacheBlocks * engine.kvBlockBytes;
    const kvBudgetBytes = 15 * engine.kvBlockBytes + 3 * engine.kvSequenceBytes;
    const tight = await replies({ kvBudgetBytes, prefixCacheBytes });
    expect(tight.preemptedTotal).toBeGreaterThan(0);
    expect(tight.all).toEqual(roomy.all);
  }
  expect(engine.kvBytes).toBe(0);
  engine.close();
});
