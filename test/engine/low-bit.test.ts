import { describe, expect, test } from 'vitest';
import type { Engine, Sequence } from '../../src/engine/engine.ts';
import { ensureCore } from '../../src/engine/load-core.ts';
import { tinyEngine } from '../helpers/tiny-endpoint.ts';
import { randomSource } from '../helpers/tiny-gguf.ts';
import { relativeError } from './core-reference.ts';
import {
  chosenOf,
  dequantise,
  lowBitCopy,
  mixedAttention,
  quantise,
  readBlock,
} from './low-bit-reference.ts';

const { module } = await ensureCore();
const levels = ['scalar', 'avx2', 'avx512'].flatMap((name) => module.kernels(name) ?? []);
const close = (actual: ArrayLike<number>, expected: readonly number[], digits = 5) => {
  expect(actual.length).toBe(expected.length);
  for (const [i, value] of expected.entries()) expect(actual[i]).toBeCloseTo(value, digits);
};
describe('the conformance cases', () => {
  const x = [-1, -0.5, -0.25, 0, 0.25, 0.75, 1.5, 3];

  test('C1: two bits take the extremes and two levels between; one bit the middles of both halves', () => {
    expect(quantise(x, 2)).toEqual({ codes: [0, 0, 1, 1, 1, 1, 2, 3], scale: 4 / 3, zero: -1 });
    expect(quantise(x, 1)).toEqual({ codes: [0, 0, 0, 0, 0, 0, 1, 1], scale: 2, zero: 0 });
    const error = (bits: number) =>
      dequantise(quantise(x, bits)).reduce((sum, value, i) => sum + (value - x[i]!) ** 2, 0) / x.length;
    expect(error(2)).toBeCloseTo(0.113715, 6);
    expect(error(1)).toBeCloseTo(0.398438, 5);
  });

  test.each(levels.map((kernels) => [kernels.name, kernels] as const))(
    'C1 and C2 by the %s kernel',
    (_, kernels) => {
      const values = Float32Array.from({ length: 64 * 8 }, (_, i) => x[i % 8]!);
      for (const bits of [1, 2]) {
        const block = readBlock(kernels.quantiseBlock(values, values, 8, bits), 8, bits);
        close(block.values[17]!, dequantise(quantise(x, bits)), 2);
      }
      const keys = [
        [1, 10, -2, 0],
        [2, 20, -1, 0],
        [3, 10, 0, 0],
        [4, 40, 1, 0],
      ];
      const row = [0.1, 0.2, 0.3, 0.4];
      const k = Float32Array.from({ length: 64 * 4 }, (_, i) => keys[(i >> 2) % 4]![i % 4]!);
      const v = Float32Array.from({ length: 64 * 4 }, (_, i) => row[i % 4]!);
      const block = readBlock(kernels.quantiseBlock(k, v, 4, 2), 4, 2);
      expect(block.keys.slice(0, 4)).toEqual([
        [1, 10, -2, 0],
        [2, 20, -1, 0],
        [3, 10, 0, 0],
        [4, 40, 1, 0],
      ]);
      close(block.values[63]!, row, 3);
    },
  );

  const q = [1, 0.5];
  const k = [
    [1, 0],
    [0, 1],
    [2, 0],
    [0, -1],
    [-1, 0],
    [1, 1],
  ];
  const v = [
    [1, 0],
    [0, 1],
    [2, 2],
    [0, -1],
    [-1, 3],
    [4, -2],
  ];
  const lowKeys = lowBitCopy(k, 'positions', 6, 1);
  const lowValues = lowBitCopy(v, 'channels', 2, 1);
  const attend = (fetch: number) =>
    mixedAttention({
      queries: [q],
      keys: k,
      values: v,
      lowKeys,
      lowValues,
      quantised: 6,
      fetch,
      scale: Math.SQRT1_2,
    });

  test.each([
    [0, [], [1.376898, 0.507746]],
    [1, [5], [1.840314, 0.04433]],
    [2, [0, 5], [1.894548, -0.009904]],
    [3, [0, 2, 5], [1.913778, 0.356627]],
    [6, [0, 1, 2, 3, 4, 5], [1.829738, 0.399268]],
  ])('C4: with %i fetched pairs', (fetch, chosen, out) => {
    const mixed = attend(fetch);
    expect(mixed.chosen).toEqual(chosen);
    close(mixed.out[0]!, out, 5);
  });

  test('C5: the mean over the heads chooses, and the lower position among equals', () => {
    const shares = [
      [0.5, 0.05, 0.3, 0.05, 0.1],
      [0.05, 0.45, 0.1, 0.3, 0.1],
      [0.02, 0.03, 0.15, 0.2, 0.6],
    ];
    expect(chosenOf(shares, 2)).toEqual([0, 4]);
    expect(chosenOf([[0.2, 0.4, 0.4, 0.4, 0.1]], 2)).toEqual([1, 2]);
  });
});

describe('decoding over the low-bit copy', () => {
  const random = randomSource(11);
  const tokens = Array.from({ length: 420 }, () => 3 + Math.floor(random() * 240));
  const begin = async (engine: Engine, length: number) => {
    const sequence = engine.createSequence();
    await engine.forward([{ sequence, tokens: tokens.slice(0, length), logits: 'none' }]);
    return sequence;
  };
  const decode = async (engine: Engine, sequence: Sequence, from: number, to: number, lowBit: boolean) => {
    const rows: Float32Array[] = [];
    for (const token of tokens.slice(from, to)) {
      rows.push((await engine.forward([{ sequence, tokens: [token], logits: 'last', lowBit }]))[0]!);
    }
    return rows;
  };

  test('while everything is recent, or would be fetched, it is ordinary attention, bit for bit', async () => {
    const engine = await tinyEngine({}, { lowBit: { bits: 2, fetch: 128 } });
    for (const [length, end] of [
      [10, 127],
      [250, 255],
    ] as const) {
      const full = await decode(engine, await begin(engine, length), length, end, false);
      const low = await decode(engine, await begin(engine, length), length, end, true);
      expect(low).toEqual(full);
    }
    engine.close();
  });

  test.each([1, 2] as const)(
    'with %i bits, the more is fetched, the nearer it is to full attention',
    async (bits) => {
      const errors: number[] = [];
      for (const fetch of [0, 32, 128, 255]) {
        const engine = await tinyEngine({}, { lowBit: { bits, fetch } });
        const full = await decode(engine, await begin(engine, 380), 380, 420, false);
        const low = await decode(engine, await begin(engine, 380), 380, 420, true);
        errors.push(
          relativeError(
            low.flatMap((row) => [...row]),
            full.flatMap((row) => [...row]),
          ),
        );
        engine.close();
      }
      expect(errors[0]).toBeGreaterThan(errors[2]!);
      expect(errors[3]).toBeLessThan(0.25 * errors[0]!);
    },
  );

  test('a row is the same alone, beside others, with any number of threads, and after other tokens were dropped', async () => {
    const lowBit = { bits: 2, fetch: 16 } as const;
    const alone = await tinyEngine({}, { lowBit });
    const expected = await decode(alone, await begin(alone, 300), 300, 310, true);
    const other = await tinyEngine({}, { lowBit, threads: 2 });
    const [first, second, third] = [await begin(other, 300), await begin(other, 200), await begin(other, 70)];
    // Positions that had a low-bit copy are written anew with the tokens of the others.
    await other.forward([{ sequence: first, tokens: Array.from({ length: 110 }, () => 7), logits: 'none' }]);
    await other.forward([{ sequence: first, tokens: [7], logits: 'none', lowBit: true }]);
    first.truncate(150);
    await other.forward([{ sequence: first, tokens: tokens.slice(150, 300), logits: 'none' }]);
    for (const [i, row] of expected.entries()) {
      const [result] = await other.forward([
        { sequence: first, tokens: [tokens[300 + i]!], logits: 'last', lowBit: true },
        { sequence: second, tokens: [9], logits: 'last', lowBit: true },
        { sequence: third, tokens: [9, 10, 11], logits: 'all' },
      ]);
      expect(result).toEqual(row);
    }
    alone.close();
    other.close();
  });

  test('an engine without a copy, and more than one token, are refused', async () => {
    const engine = await tinyEngine();
    const sequence = engine.createSequence();
    await expect(engine.forward([{ sequence, tokens: [3], logits: 'last', lowBit: true }])).rejects.toThrow(
      RangeError,
    );
    engine.close();
    const low = await tinyEngine({}, { lowBit: { bits: 2, fetch: 16 } });
    const another = low.createSequence();
    const pass = low.forward([{ sequence: another, tokens: [3, 4], logits: 'last', lowBit: true }]);
    await expect(pass).rejects.toThrow(RangeError);
    low.close();
    await expect(tinyEngine({}, { lowBit: { bits: 2, fetch: 5000 } })).rejects.toThrow('fetched');
  });
});
