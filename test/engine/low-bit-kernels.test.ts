import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ensureCore } from '../../src/engine/load-core.ts';
import { randomSource } from '../helpers/tiny-gguf.ts';
import { attention, halfToNumber, relativeError } from './core-reference.ts';
import { chosenOf, lowBitCopy, mixedAttention, readBlock } from './low-bit-reference.ts';

const { module } = await ensureCore();
const scalar = module.kernels('scalar')!;
const levels = ['scalar', 'avx2', 'avx512'].flatMap((name) => module.kernels(name) ?? []);
const rows = (flat: ArrayLike<number>, width: number) =>
  Array.from({ length: flat.length / width }, (_, i) =>
    Array.from({ length: width }, (_, j) => flat[i * width + j]!),
  );

/** Keys as models have them: some channels are large throughout. Rounded to what f16 holds. */
function keysAndValues(n: number, headDim: number, random: () => number) {
  const gauss = () => random() + random() + random() + random() - 2;
  const offsets = Array.from({ length: headDim }, () => (random() < 0.1 ? 8 * gauss() : gauss()));
  const toHalf = (values: number[]) =>
    Float32Array.from(scalar.toHalf(Float32Array.from(values)), halfToNumber);
  return {
    k: toHalf(Array.from({ length: n * headDim }, (_, i) => offsets[i % headDim]! + gauss())),
    v: toHalf(Array.from({ length: n * headDim }, gauss)),
  };
}

describe.each(levels.map((kernels) => [kernels.name, kernels] as const))('%s kernels', (_, kernels) => {
  const headDims = [4, 16, 32, 64, 80, 96, 128, 256];

  test.each(headDims)(
    'a block of %i channels holds what the groups say, the same bytes at every level',
    (headDim) => {
      for (const bits of [1, 2]) {
        const { k, v } = keysAndValues(64, headDim, randomSource(headDim + bits));
        const bytes = kernels.quantiseBlock(k, v, headDim, bits);
        expect(bytes).toEqual(scalar.quantiseBlock(k, v, headDim, bits));
        const block = readBlock(bytes, headDim, bits);
        const keys = lowBitCopy(rows(k, headDim), 'positions', 64, bits);
        const values = lowBitCopy(rows(v, headDim), 'channels', 64, bits);
        expect(relativeError(block.keys.flat(), keys.flat())).toBeLessThan(1e-3);
        expect(relativeError(block.values.flat(), values.flat())).toBeLessThan(1e-3);
      }
    },
  );

  test('attention is that of the specification, and chooses the same positions', () => {
    const shapes = fc.record({
      headDim: fc.constantFrom(...headDims),
      queries: fc.integer({ min: 1, max: 9 }),
      n: fc.integer({ min: 129, max: 400 }),
      fetch: fc.integer({ min: 0, max: 63 }),
      bits: fc.constantFrom(1, 2),
      seed: fc.nat(1e6),
    });
    fc.assert(
      fc.property(shapes, ({ headDim, queries, n, fetch, bits, seed }) => {
        const random = randomSource(seed);
        const { k, v } = keysAndValues(n, headDim, random);
        const q = Float32Array.from(
          { length: queries * headDim },
          () => (random() - 0.5) / Math.sqrt(headDim),
        );
        const quantised = (Math.floor((n - 1) / 64) - 1) * 64;
        const blocks = Array.from({ length: quantised / 64 }, (_, i) => {
          const part = (x: Float32Array) => x.slice(i * 64 * headDim, (i + 1) * 64 * headDim);
          return readBlock(kernels.quantiseBlock(part(k), part(v), headDim, bits), headDim, bits);
        });
        const mixed = {
          queries: rows(q, headDim),
          keys: rows(k, headDim),
          values: rows(v, headDim),
          lowKeys: blocks.flatMap(({ keys }) => keys),
          lowValues: blocks.flatMap(({ values }) => values),
          quantised,
          fetch,
          scale: 1,
        };
        const expected = mixedAttention(mixed);
        const actual = kernels.attendMixed(q, k, v, headDim, bits, fetch);
        // Eight-bit queries may swap two positions of nearly equal importance.
        const same = expected.chosen.filter((position) => actual.chosen.includes(position)).length;
        expect(same).toBeGreaterThanOrEqual(Math.floor(expected.chosen.length * 0.85) - 1);
        const chosen = mixedAttention({ ...mixed, chosen: Array.from(actual.chosen) });
        expect(relativeError(actual.out, chosen.out.flat())).toBeLessThan(0.02);
      }),
      { numRuns: 60 },
    );
  });

  test('C3: a score over one-bit codes is the dot product with the codes', () => {
    // The case's query has four bits and is taken in bit planes; this kernel rounds queries to eight and multiplies,
    // so only the value, 23, is the case's. Keys of -0.5 and 1.5 have the levels 0 and 1.
    const query = [3, 15, 0, 7, 8, 1, 12, 5];
    const codes = [1, 0, 1, 1, 0, 1, 1, 0];
    const low = (bit: number) => 2 * bit - 0.5;
    const [k, v] = [new Float32Array(129 * 8), new Float32Array(129 * 8)];
    const put = (x: Float32Array, position: number, bits: readonly number[]) =>
      x.set(bits.map(low), position * 8);
    const zeros = codes.map(() => 0);
    for (let position = 0; position < 64; position++) put(k, position, zeros);
    put(k, 0, codes);
    put(
      k,
      1,
      codes.map((code) => 1 - code),
    );
    // Channel 0 of the output is the weight of position 0, channel 1 that of position 2, whose score is 0.
    put(v, 0, [1, 0, 0, 0, 0, 0, 0, 0]);
    put(v, 2, [0, 1, 0, 0, 0, 0, 0, 0]);
    const scale = 0.1;
    const q = Float32Array.from(query, (x) => scale * x);
    const { out } = kernels.attendMixed(q, k, v, 8, 1, 0);
    expect(Math.abs(Math.log(out[0]! / out[1]!) / scale - 23)).toBeLessThan(0.25);
  });

  test('C6: a row does not see its guess, which sees all and is no candidate for what it chooses', () => {
    const scores = [1, 2, 0.5, 9];
    const k = Float32Array.from(scores.flatMap((score) => [score, 0, 0, 0]));
    // A value for each key: a row's output is its probabilities.
    const v = Float32Array.from({ length: 16 }, (_, i) => (i % 5 === 0 ? 1 : 0));
    const q = Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0);
    const shares = rows(kernels.attend(q, k, v, 4, Int32Array.of(0, 0), Int32Array.of(3, 4), 1), 4);
    const expected = [
      [0.231224, 0.628532, 0.140244, 0],
      [0.000335, 0.000911, 0.000203, 0.998551],
    ];
    for (const [i, row] of expected.entries()) {
      for (const [j, share] of row.entries()) expect(shares[i]![j]).toBeCloseTo(share, 5);
    }
    const candidates = shares[1]!.slice(0, 3);
    expect([1, 2, 3].map((count) => chosenOf([candidates], count))).toEqual([[1], [0, 1], [0, 1, 2]]);
  });

  test.skipIf(kernels === scalar)('all lengths and head sizes give what the scalar kernels give', () => {
    const shapes = fc.record({
      headDim: fc.integer({ min: 1, max: 40 }).map((quarter) => 4 * quarter),
      queries: fc.integer({ min: 1, max: 9 }),
      n: fc.integer({ min: 192, max: 500 }),
      fetch: fc.integer({ min: 0, max: 60 }),
      bits: fc.constantFrom(1, 2),
      seed: fc.nat(1e6),
    });
    fc.assert(
      fc.property(shapes, ({ headDim, queries, n, fetch, bits, seed }) => {
        const random = randomSource(seed);
        const { k, v } = keysAndValues(n, headDim, random);
        const block = (x: Float32Array) => x.subarray(0, 64 * headDim);
        expect(kernels.quantiseBlock(block(k), block(v), headDim, bits)).toEqual(
          scalar.quantiseBlock(block(k), block(v), headDim, bits),
        );
        const q = Float32Array.from(
          { length: queries * headDim },
          () => (random() - 0.5) / Math.sqrt(headDim),
        );
        const expected = scalar.attendMixed(q, k, v, headDim, bits, fetch);
        const actual = kernels.attendMixed(q, k, v, headDim, bits, fetch);
        // Sums in another order may swap two positions of nearly equal importance.
        const same = expected.chosen.filter((position) => actual.chosen.includes(position)).length;
        expect(same).toBeGreaterThanOrEqual(fetch - 1);
        expect(relativeError(actual.out, expected.out)).toBeLessThan(same === fetch ? 1e-3 : 0.05);
      }),
      { numRuns: 60 },
    );
  });

  test.each([1, 3, 10, 1000])(
    'of thousands of equal positions the first are chosen, %i with the better ones',
    (fetch) => {
      const better = [100, 3000, 4500];
      const n = 5000;
      const k = new Float32Array(n * 4).fill(0.25);
      for (const position of better) k.fill(1, position * 4, position * 4 + 4);
      const { v } = keysAndValues(n, 4, randomSource(1));
      const q = Float32Array.of(1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5);
      const others = Array.from({ length: n }, (_, i) => i).filter((i) => !better.includes(i));
      const expected = [...better, ...others].slice(0, fetch).sort((a, b) => a - b);
      expect(Array.from(kernels.attendMixed(q, k, v, 4, 2, fetch).chosen)).toEqual(expected);
    },
  );

  test('with all but a few positions fetched it is nearly full attention', () => {
    const random = randomSource(7);
    const headDim = 64;
    const { k, v } = keysAndValues(400, headDim, random);
    const q = Float32Array.from({ length: 3 * headDim }, () => (random() - 0.5) / 4);
    const full = rows(q, headDim).flatMap((query) => attention(query, rows(k, headDim), rows(v, headDim)));
    const error = (fetch: number) => relativeError(kernels.attendMixed(q, k, v, headDim, 2, fetch).out, full);
    expect(error(319)).toBeLessThan(0.1 * error(0));
  });

  test('what is not 64 positions, or more than there is to fetch, is refused', () => {
    const x = new Float32Array(63 * 4);
    expect(() => kernels.quantiseBlock(x, x, 4, 2)).toThrow(TypeError);
    expect(() => kernels.quantiseBlock(new Float32Array(256), new Float32Array(256), 4, 3)).toThrow(
      TypeError,
    );
    const k = new Float32Array(200 * 4);
    expect(() => kernels.attendMixed(new Float32Array(4), k, k, 4, 2, 128)).toThrow(TypeError);
  });
});
