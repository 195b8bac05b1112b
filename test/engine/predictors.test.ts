import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import type { BatchEntry, Engine, EngineOptions, LowBitOptions, Sequence } from '../../src/engine/engine.ts';
import { tinyEngine } from '../helpers/tiny-endpoint.ts';
import { randomSource } from '../helpers/tiny-gguf.ts';
import { softmax } from './low-bit-reference.ts';

/**
 * The properties of SpeCache's specification (§1.12 and C11) over its tiny random transformer. Blocks here have 64
 * positions where C11's have 8, so prompts are longer than its 60 tokens: 64 to 127 of them are never quantised.
 */
const model = { layers: 2, width: 32, heads: 4, kvHeads: 2, feedForward: 64 };
const random = randomSource(21);
const tokens = Array.from({ length: 500 }, () => 3 + Math.floor(random() * 240));
const predictors = ['exact', 'speculative', 'previous', 'none'] as const;
const fetching = ['exact', 'speculative', 'previous'] as const;

const open: Engine[] = [];
afterEach(() => {
  for (const engine of open.splice(0)) engine.close();
});

async function engineOf(lowBit: Partial<LowBitOptions> = {}, options: EngineOptions = {}): Promise<Engine> {
  const engine = await tinyEngine(model, { lowBit: { bits: 2, fetch: 16, ...lowBit }, ...options });
  open.push(engine);
  return engine;
}
async function begin(engine: Engine, length: number, from = 0): Promise<Sequence> {
  const sequence = engine.createSequence();
  await engine.forward([{ sequence, tokens: tokens.slice(from, from + length), logits: 'none' }]);
  return sequence;
}
async function step(engine: Engine, sequence: Sequence, token: number, how: Partial<BatchEntry> = {}) {
  const [row] = await engine.forward([{ sequence, tokens: [token], logits: 'last', lowBit: true, ...how }]);
  return row!;
}
async function decode(
  engine: Engine,
  sequence: Sequence,
  count: number,
  how: Partial<BatchEntry> = {},
): Promise<Float32Array[]> {
  const rows: Float32Array[] = [];
  for (let i = 0; i < count; i++) rows.push(await step(engine, sequence, tokens[sequence.length]!, how));
  return rows;
}
/** What is committed, in full precision, as ordinary attention sees it. */
const committed = async (engine: Engine, sequence: Sequence) =>
  (await engine.forward([{ sequence, tokens: [9], logits: 'last' }]))[0]!;

describe.each(predictors)('the predictor %s', (predictor) => {
  test('is ordinary attention bit for bit while nothing is quantised', async () => {
    const engine = await engineOf({ predictor });
    const full = await decode(engine, await begin(engine, 100), 27, { lowBit: false });
    expect(await decode(engine, await begin(engine, 100), 27)).toEqual(full);
  });

  test('fetching nothing is KIVI', async () => {
    const kivi = await engineOf({ fetch: 0 });
    const engine = await engineOf({ predictor, fetch: 0 });
    const rows = await decode(kivi, await begin(kivi, 250), 30);
    expect(await decode(engine, await begin(engine, 250), 30)).toEqual(rows);
  });

  test('gives in a batch of three lengths, with two threads, what each gives alone', async () => {
    const alone = await engineOf({ predictor });
    const lengths = [250, 185, 60];
    const expected: Float32Array[][] = [];
    for (const length of lengths) expected.push(await decode(alone, await begin(alone, length), 20));
    const engine = await engineOf({ predictor }, { threads: 2 });
    const sequences = await Promise.all(lengths.map((length) => begin(engine, length)));
    for (let i = 0; i < 20; i++) {
      const rows = await engine.forward(
        sequences.map((sequence) => ({
          sequence,
          tokens: [tokens[sequence.length]!],
          logits: 'last',
          lowBit: true,
        })),
      );
      expect(rows).toEqual(expected.map((each) => each[i]));
    }
  });

  test('gives the same beside a prompt, whose rows part a token from its guess', async () => {
    const engine = await engineOf({ predictor });
    const expected = await decode(engine, await begin(engine, 250), 3);
    const sequence = await begin(engine, 250);
    for (const row of expected) {
      // 255 rows before: the token is the last of the 256 that pass a layer together.
      const prompt = {
        sequence: engine.createSequence(),
        tokens: tokens.slice(0, 255),
        logits: 'none',
      } as const;
      const entry = { sequence, tokens: [tokens[sequence.length]!], logits: 'last', lowBit: true } as const;
      expect((await engine.forward([prompt, entry]))[1]).toEqual(row);
    }
  });

  test.each([1, 7, 64, 250])('does not see that the prompt came in pieces of %i', async (size) => {
    const engine = await engineOf({ predictor });
    const expected = await decode(engine, await begin(engine, 250), 12);
    const sequence = engine.createSequence();
    for (let i = 0; i < 250; i += size) {
      await engine.forward([{ sequence, tokens: tokens.slice(i, Math.min(250, i + size)), logits: 'none' }]);
    }
    expect(await decode(engine, sequence, 12)).toEqual(expected);
  });

  test('goes on from a shared prefix, or after a cut, as from a prompt of its own', async () => {
    const engine = await engineOf({ predictor });
    const expected = await decode(engine, await begin(engine, 256), 8);
    const first = await begin(engine, 256);
    const fork = engine.createSequence([first.share(0, 256)]);
    await step(engine, fork, 5);
    await step(engine, fork, 6);
    expect(await decode(engine, first, 8)).toEqual(expected);
    fork.truncate(256);
    expect(await decode(engine, fork, 8)).toEqual(expected);
    first.truncate(250);
    await engine.forward([{ sequence: first, tokens: tokens.slice(250, 256), logits: 'none' }]);
    expect(await decode(engine, first, 8)).toEqual(expected);
  });

  test('takes a cancelled step again as if it had not been, also with another token', async () => {
    const engine = await engineOf({ predictor });
    for (const taken of [0, 3]) {
      const expected = await decode(engine, await begin(engine, 250), taken + 6);
      const sequence = await begin(engine, 250);
      await decode(engine, sequence, taken);
      for (const token of [7, 99]) {
        const cancelled = await step(engine, sequence, token, { signal: AbortSignal.abort() });
        expect(cancelled).toHaveLength(0);
      }
      expect(sequence.length).toBe(250 + taken);
      expect(await decode(engine, sequence, 6)).toEqual(expected.slice(taken));
    }
  });

  test('takes a step that was cancelled while it ran as if it had not been', async () => {
    const engine = await engineOf({ predictor, bits: 1, fetch: 4 });
    const expected = await decode(engine, await begin(engine, 250), 4);
    const prompts = [0, 20, 40, 60].map((from) => tokens.slice(from, from + 400));
    let cancelled = 0;
    for (let attempt = 0; attempt < 20 && cancelled < 3; attempt++) {
      const sequence = await begin(engine, 250);
      const others = prompts.map((prompt) => ({
        sequence: engine.createSequence(),
        tokens: prompt,
        logits: 'none' as const,
      }));
      const stop = new AbortController();
      const entry = { sequence, tokens: [7], logits: 'last', lowBit: true, signal: stop.signal } as const;
      const pass = engine.forward([...others, entry]);
      setTimeout(() => stop.abort(), 1 + (attempt % 4));
      const isCancelled = (await pass).at(-1)!.length === 0;
      if (isCancelled) expect(await decode(engine, sequence, 4)).toEqual(expected);
      cancelled += isCancelled ? 1 : 0;
      for (const each of [sequence, ...others.map(({ sequence }) => sequence)]) each.free();
    }
    expect(cancelled).toBeGreaterThan(0);
  });

  test('decodes up to the end of the context and holds no more than its tokens', async () => {
    const engine = await engineOf({ predictor }, { contextLength: 256 });
    const sequence = await begin(engine, 190);
    for (let length = 191; length <= 256; length++) {
      await decode(engine, sequence, 1);
      const blocks = Math.ceil(length / 64);
      expect(engine.kvBytes).toBeLessThanOrEqual(blocks * engine.kvBlockBytes);
    }
    await expect(step(engine, sequence, 3)).rejects.toThrow('context length');
  });
});

describe.each(fetching)('the predictor %s', (predictor) => {
  test('with every quantised position fetched is full attention, whatever the bits and the guess', async () => {
    for (const bits of [1, 2] as const) {
      const engine = await engineOf({ predictor, bits, fetch: 192 });
      const full = await decode(engine, await begin(engine, 250), 30, { lowBit: false });
      expect(await decode(engine, await begin(engine, 250), 30)).toEqual(full);
      expect(await decode(engine, await begin(engine, 250), 30, { guess: 17 })).toEqual(full);
    }
  });

  test('with all but one of 192 fetched is near it, across the end of a block too', async () => {
    const kl = async (fetch: number) => {
      const engine = await engineOf({ predictor, bits: 1, fetch });
      const full = await decode(engine, await begin(engine, 250), 30, { lowBit: false });
      return divergence(full, await decode(engine, await begin(engine, 250), 30));
    };
    // From position 256 on 192 are quantised; the block that left was among those to choose from one step earlier.
    expect(await kl(191)).toBeLessThan(0.1 * (await kl(0)));
  });

  test('two bits: the divergence from full attention falls with what is fetched', async () => {
    const divergences: number[] = [];
    for (const fetch of [0, 32]) {
      const engine = await engineOf({ predictor, fetch });
      const full = await decode(engine, await begin(engine, 250), 30, { lowBit: false });
      divergences.push(divergence(full, await decode(engine, await begin(engine, 250), 30)));
    }
    expect(divergences[1]!).toBeLessThan(divergences[0]!);
  });

  test('gives the same from files as from memory', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'predictors-'));
    const memory = await engineOf({ predictor });
    const files = await engineOf({ predictor, slow: { tier: 'file', folder, fastBytes: 1 << 30 } });
    const expected = await decode(memory, await begin(memory, 250), 90);
    expect(await decode(files, await begin(files, 250), 90)).toEqual(expected);
    files.close();
    rmSync(folder, { recursive: true });
  });
});

describe('a speculative second row', () => {
  test('does not touch the logits of the token before it, whatever it is', async () => {
    const engine = await engineOf({ predictor: 'speculative' });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 192, max: 330 }),
        fc.integer({ min: 0, max: 3 }),
        fc.nat(240),
        async (length, taken, guess) => {
          const [first, second] = [await begin(engine, length), await begin(engine, length)];
          await decode(engine, first, taken);
          await decode(engine, second, taken);
          const token = tokens[first.length]!;
          expect(await step(engine, first, token, { guess })).toEqual(await step(engine, second, token));
          // Nor what is kept of it.
          expect(await committed(engine, first)).toEqual(await committed(engine, second));
          first.free();
          second.free();
        },
      ),
      { numRuns: 25 },
    );
  });

  test('decides what the next step fetches', async () => {
    const engine = await engineOf({ predictor: 'speculative', bits: 1, fetch: 4 });
    const next = async (guess: number) => {
      const sequence = await begin(engine, 300);
      await decode(engine, sequence, 1, { guess });
      return step(engine, sequence, tokens[301]!);
    };
    expect(await next(4)).toEqual(await next(4));
    expect(await next(4)).not.toEqual(await next(200));
  });

  test('changes nothing of its step: where the context has no room for one, the logits are the same', async () => {
    for (const length of [250, 255, 256]) {
      const roomy = await engineOf({ predictor: 'speculative' });
      const full = await engineOf({ predictor: 'speculative' }, { contextLength: length + 2 });
      const rows = await decode(roomy, await begin(roomy, length), 2);
      expect(await decode(full, await begin(full, length), 2)).toEqual(rows);
    }
  });

  test('is refused where its token is not in the vocabulary', async () => {
    const engine = await engineOf({ predictor: 'speculative' });
    const sequence = await begin(engine, 250);
    await expect(step(engine, sequence, 3, { guess: 1e6 })).rejects.toThrow('guess');
    await expect(step(engine, sequence, 3, { guess: -1 })).rejects.toThrow('guess');
  });
});

test('an unknown predictor is refused', async () => {
  await expect(engineOf({ predictor: 'oracle' as never })).rejects.toThrow('predictor');
});

/** Mean divergence (KL) of the second rows' probabilities from the first's. */
function divergence(from: readonly Float32Array[], to: readonly Float32Array[]): number {
  const each = from.map((row, i) => {
    const [p, q] = [softmax([...row]), softmax([...to[i]!])];
    return p.reduce((sum, share, j) => sum + share * Math.log(share / q[j]!), 0);
  });
  return each.reduce((sum, value) => sum + value, 0) / each.length;
}
