import { mkdtempSync, readdirSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { BatchEntry, Engine, LowBitOptions, Sequence } from '../../src/engine/engine.ts';
import { KvLostError } from '../../src/engine/engine.ts';
import { tinyEngine } from '../helpers/tiny-endpoint.ts';
import { randomSource } from '../helpers/tiny-gguf.ts';

/** Predictors over blocks that leave memory: whatever happens to a sequence, the bits are those of one in memory. */
const random = randomSource(23);
const tokens = Array.from({ length: 700 }, () => 3 + Math.floor(random() * 240));
const open: Engine[] = [];
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'predictors-in-files-'));
});
afterEach(() => {
  for (const engine of open.splice(0)) engine.close();
  rmSync(folder, { recursive: true });
});

async function engineOf(lowBit: Partial<LowBitOptions>, threads = 1): Promise<Engine> {
  const engine = await tinyEngine({}, { lowBit: { bits: 2, fetch: 16, ...lowBit }, threads });
  open.push(engine);
  return engine;
}
const filesTier = () => ({ tier: 'file', folder, fastBytes: 1 << 30 }) as const;

async function begin(engine: Engine, length: number): Promise<Sequence> {
  const sequence = engine.createSequence();
  await engine.forward([{ sequence, tokens: tokens.slice(0, length), logits: 'none' }]);
  return sequence;
}
const entryOf = (sequence: Sequence, how: Partial<BatchEntry> = {}): BatchEntry => ({
  sequence,
  tokens: [tokens[sequence.length]!],
  logits: 'last',
  lowBit: true,
  ...how,
});
async function decode(engine: Engine, sequence: Sequence, count: number): Promise<Float32Array[]> {
  const rows: Float32Array[] = [];
  for (let i = 0; i < count; i++) rows.push((await engine.forward([entryOf(sequence)]))[0]!);
  return rows;
}

describe.each(['exact', 'speculative', 'previous', 'none'] as const)('with files, %s', (predictor) => {
  test.each([1, 2])(
    'gives the bits that memory gives after forks and cuts, across ends of blocks (threads: %i)',
    async (threads) => {
      const results: Float32Array[][] = [];
      for (const slow of [{}, { slow: filesTier() }]) {
        const engine = await engineOf({ predictor, ...slow }, threads);
        const sequence = await begin(engine, 250);
        const rows = await decode(engine, sequence, 80);
        const fork = engine.createSequence([sequence.share(0, 256)]);
        rows.push(...(await decode(engine, fork, 6)), ...(await decode(engine, sequence, 6)));
        // Positions that are recent again lie in files; others take the places of what was foreseen and fetched.
        const length = sequence.length;
        sequence.truncate(130);
        rows.push(...(await decode(engine, sequence, 70)));
        sequence.truncate(100);
        const others = tokens.slice(400, 300 + length);
        await engine.forward([{ sequence, tokens: others, logits: 'none' }]);
        rows.push(...(await decode(engine, sequence, 10)));
        results.push(rows);
      }
      expect(results[1]).toEqual(results[0]);
    },
  );

  test('gives the same beside a prompt, whose rows part a token from its guess at the end of a block', async () => {
    const memory = await engineOf({ predictor });
    const expected = await decode(memory, await begin(memory, 252), 8);
    const engine = await engineOf({ predictor, slow: filesTier() });
    const sequence = await begin(engine, 252);
    for (const row of expected) {
      const other = engine.createSequence();
      const prompt: BatchEntry = { sequence: other, tokens: tokens.slice(0, 255), logits: 'none' };
      expect((await engine.forward([prompt, entryOf(sequence)]))[1]).toEqual(row);
      other.free();
    }
  });

  test('takes a cancelled step again as if it had not been, and keeps no file of a sequence that is gone', async () => {
    const engine = await engineOf({ predictor, slow: filesTier() });
    const first = await begin(engine, 250);
    const expected = await decode(engine, first, 12);
    first.free();
    const sequence = await begin(engine, 250);
    for (const row of expected) {
      const [cancelled] = await engine.forward([
        entryOf(sequence, { tokens: [7], signal: AbortSignal.abort() }),
      ]);
      expect(cancelled).toHaveLength(0);
      expect(await decode(engine, sequence, 1)).toEqual([row]);
    }
    sequence.free();
    expect(engine.kvBytes).toBe(0);
    expect(readdirSync(folder)).toEqual([]);
  });
});

test.each(['exact', 'speculative', 'previous'] as const)(
  'what %s foresaw for a place, and fetched, is void when other tokens come to stand before it',
  async (predictor) => {
    for (const slow of [{}, { slow: filesTier() }]) {
      const engine = await engineOf({ predictor, bits: 1, fetch: 4, ...slow });
      const prompt = [...tokens.slice(0, 64), ...tokens.slice(400, 646)];
      const untouched = engine.createSequence();
      await engine.forward([{ sequence: untouched, tokens: prompt, logits: 'none' }]);
      const expected = await decode(engine, untouched, 5);
      const sequence = await begin(engine, 300);
      await decode(engine, sequence, 10);
      expect(sequence.length).toBe(prompt.length);
      sequence.truncate(64);
      await engine.forward([{ sequence, tokens: prompt.slice(64), logits: 'none' }]);
      expect(await decode(engine, sequence, 5)).toEqual(expected);
    }
  },
);

describe.each(['exact', 'speculative', 'previous'] as const)(
  'where a file was cut short, %s',
  (predictor) => {
    test('fails its sequence at the length it had; the one beside it goes on as if alone', async () => {
      const memory = await engineOf({ predictor });
      const alone = await begin(memory, 400);
      const expected = await decode(memory, alone, 10);
      const engine = await engineOf({ predictor, slow: filesTier() });
      const damaged = await begin(engine, 300);
      const files = readdirSync(folder).map((name) => join(folder, name));
      const healthy = await begin(engine, 400);
      const rows = await decode(engine, healthy, 4);
      for (const file of files) truncateSync(file, 3000);
      await expect(engine.forward([entryOf(healthy), entryOf(damaged)])).rejects.toThrow(KvLostError);
      expect([healthy.length, damaged.length]).toEqual([404, 300]);
      expect([healthy.isDamaged, damaged.isDamaged]).toEqual([false, true]);
      rows.push(...(await decode(engine, healthy, 6)));
      expect(rows).toEqual(expected);
    });
  },
);
