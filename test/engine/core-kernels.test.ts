import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ensureCore } from '../../src/engine/load-core.ts';
import type { TestKernels } from '../../src/engine/native-core.ts';
import { randomSource } from '../helpers/tiny-gguf.ts';
import {
  angles,
  attention,
  type BlockFormat,
  blockFormats,
  decodeRow,
  halfToNumber,
  randomRow,
  relativeError,
} from './core-reference.ts';

const { module } = await ensureCore();
const scalar = module.kernels('scalar')!;
const levels = ['scalar', 'avx2', 'avx512'].flatMap((name) => module.kernels(name) ?? []);
const formats = Object.entries(blockFormats).filter(([name]) => name !== 'Q2_K');
const plain = { F32: 0, F16: 1, BF16: 30 } as const;

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
const floats = (n: number, random: () => number, spread = 1) =>
  Float32Array.from({ length: n }, () => (random() + random() + random() - 1.5) * 2 * spread);

const lengthsOf = (format: BlockFormat) =>
  format.values === 256 ? [256, 512, 1792] : [32, 64, 96, 160, 576, 1536];

/** Whether byte i of a row is part of a scale that `randomRow` keeps finite. */
function isScale({ bytes, halves, exponents = [] }: BlockFormat, i: number): boolean {
  const at = i % bytes;
  return halves.some((half) => at === half || at === half + 1) || exponents.includes(at);
}

/** The same bytes at an odd address. */
function shifted(row: Uint8Array, offset: number): Uint8Array {
  const moved = new Uint8Array(row.length + offset).subarray(offset);
  moved.set(row);
  return moved;
}

/** Weight rows one after the other, of random codes. */
function randomRows(format: BlockFormat, count: number, n: number, random: () => number): Uint8Array {
  return Buffer.concat(Array.from({ length: count }, () => randomRow(format, n, random)));
}

/** Products of decoded weights with activations as they quantise, and how large their terms are. */
function expectProducts(
  kernels: TestKernels,
  actual: Float32Array,
  weights: number[][],
  x: Float32Array,
): void {
  const n = weights[0]!.length;
  for (let r = 0; r * n < x.length; r++) {
    const { q, scale } = kernels.quantiseRow(x.slice(r * n, r * n + n));
    weights.forEach((row, i) => {
      const terms = row.map((weight, j) => weight * q[j]! * scale[j >> 5]!);
      const expected = terms.reduce((sum, term) => sum + term, 0);
      expect(Math.abs(actual[r * weights.length + i]! - expected)).toBeLessThanOrEqual(
        2e-5 * Math.hypot(...terms),
      );
    });
  }
}

describe.each(levels.map((kernels) => [kernels.name, kernels] as const))('%s kernels', (_, kernels) => {
  describe.each([...formats, ['Q2_K', blockFormats.Q2_K!] as const])('%s', (_, format) => {
    test.each(lengthsOf(format))('a row of %i values becomes what the format says, at any address', (n) => {
      const row = randomRow(format, n, randomSource(n));
      const expected = decodeRow(format, row, n);
      for (let offset = 0; offset < 8; offset++) {
        const actual = kernels.toFloat(format.typeId, shifted(row, offset), n);
        expect(actual).toEqual(scalar.toFloat(format.typeId, row, n));
        expect(relativeError(actual, expected)).toBeLessThan(1e-6);
      }
    });

    test('a wrong length is refused, not read', () => {
      const { typeId, bytes, values } = format;
      expect(() => kernels.toFloat(typeId, new Uint8Array(bytes - 1), values)).toThrow(TypeError);
      expect(() => kernels.toFloat(typeId, new Uint8Array(bytes), values + 1)).toThrow(TypeError);
      const x = new Float32Array(values);
      expect(() => kernels.multiply(typeId, new Uint8Array(bytes), 2, x, values)).toThrow(TypeError);
    });
  });

  describe.each(formats)('%s', (_, format) => {
    test.each(lengthsOf(format))(
      'products of %i values are those of weights and quantised activations',
      (n) => {
        const random = randomSource(n + 1);
        for (const count of [1, 15, 16, 19]) {
          const rows = randomRows(format, count, n, random);
          const x = floats(3 * n, random);
          const weights = Array.from({ length: count }, (_, i) =>
            decodeRow(format, rows.subarray((i * rows.length) / count, ((i + 1) * rows.length) / count), n),
          );
          expectProducts(
            kernels,
            kernels.multiply(format.typeId, shifted(rows, count % 8), count, x, n),
            weights,
            x,
          );
        }
      },
    );

    test('the largest codes and activations do not overflow', () => {
      const n = format.values;
      for (const byte of [0x00, 0x7f, 0x80, 0xff]) {
        const row = randomRow(format, n, randomSource(byte)).map((value, i) =>
          isScale(format, i) ? value : byte,
        );
        const x = Float32Array.from({ length: 2 * n }, (_, i) => (i < n ? 127 : -127));
        expectProducts(
          kernels,
          kernels.multiply(format.typeId, row, 1, x, n),
          [decodeRow(format, row, n)],
          x,
        );
      }
    });

    test.each(lengthsOf(format))(
      'with %i values, a product has the same bits whatever rows are beside it',
      (n) => {
        const random = randomSource(n + 2);
        const rows = randomRows(format, 18, n, random);
        const x = floats(21 * n, random);
        const all = kernels.multiply(format.typeId, rows, 18, x, n);
        for (let count = 1; count <= 20; count++) {
          const some = kernels.multiply(format.typeId, rows, 18, x.slice(0, count * n), n);
          expect(some).toEqual(all.slice(0, count * 18));
        }
        for (const i of [0, 7, 15, 16]) {
          const row = rows.subarray((i * rows.length) / 18, ((i + 1) * rows.length) / 18);
          const alone = kernels.multiply(format.typeId, row, 1, x.slice(n, 2 * n), n);
          expect(alone[0]).toBe(all[18 + i]);
        }
      },
    );
  });

  test.each([256, 512, 1792])('products of %i Q2_K values are those of weights and activations', (n) => {
    const row = randomRow(blockFormats.Q2_K!, n, randomSource(n));
    const weights = decodeRow(blockFormats.Q2_K!, row, n);
    const x = floats(5 * n, randomSource(n + 1));
    const dots = kernels.multiply(10, row, 1, x, n);
    for (let r = 0; r < 5; r++) {
      const terms = weights.map((weight, i) => weight * x[r * n + i]!);
      const sum = terms.reduce((total, term) => total + term, 0);
      expect(Math.abs(dots[r]! - sum)).toBeLessThanOrEqual(2e-5 * Math.hypot(...terms));
    }
  });

  test('activations quantise to within half a step, the same at every level', () => {
    const anyFloat = fc.float({ noNaN: true, min: -1e6, max: 1e6 });
    const blocks = fc.array(anyFloat, { minLength: 96, maxLength: 96 });
    fc.assert(
      fc.property(blocks, (values) => {
        const x = Float32Array.from(values);
        const row = kernels.quantiseRow(x);
        expect(row).toEqual(scalar.quantiseRow(x));
        for (let i = 0; i < x.length; i++) {
          const scale = row.scale[i >> 5]!;
          expect(Math.abs(row.q[i]! * scale - x[i]!)).toBeLessThanOrEqual(scale * 0.5001 + 1e-30);
        }
        const sums = [0, 16].map((from) => row.q.slice(from, from + 16).reduce((total, q) => total + q, 0));
        expect([...row.sums.slice(0, 2)]).toEqual(sums);
        expect(row.scaledSum[0]).toBe(Math.fround(row.scale[0]! * (sums[0]! + sums[1]!)));
      }),
    );
  });

  test.each(Object.entries(plain))('%s rows become floats, at every length and address', (_, typeId) => {
    const size = typeId === 0 ? 4 : 2;
    for (const n of [1, 7, 8, 9, 16, 33, 100]) {
      const random = randomSource(n);
      const row = Uint8Array.from({ length: n * size }, () => Math.floor(random() * 256));
      for (let i = 1; i < n * size; i += size) if (size === 2) row[i]! &= 0xbb; // no infinities
      const view = new DataView(row.buffer);
      const expected = Float32Array.from({ length: n }, (_, i) => {
        if (typeId === 1) return halfToNumber(view.getUint16(i * 2, true));
        return typeId === 0 ? view.getFloat32(i * 4, true) : bfloat(view.getUint16(i * 2, true));
      });
      for (let offset = 0; offset < 5; offset++) {
        expect(kernels.toFloat(typeId, shifted(row, offset), n)).toEqual(expected);
      }
    }
  });

  test('float rows: one row gives the same bits alone and among others', () => {
    for (const n of [1, 15, 16, 40, 64, 577]) {
      const random = randomSource(n);
      const weights = floats(n, random);
      const row = new Uint8Array(weights.buffer);
      const x = floats(13 * n, random);
      const all = kernels.multiply(0, row, 1, x, n);
      for (let r = 0; r < 13; r++) {
        const own = x.slice(r * n, r * n + n);
        expect(kernels.multiply(0, row, 1, own, n)[0]).toBe(all[r]);
        const expected = own.reduce((sum, value, i) => sum + value * weights[i]!, 0);
        expect(Math.abs(all[r]! - expected)).toBeLessThan(1e-4);
      }
    }
  });

  test('floats become the nearest half, ties to even, and never an infinity', () => {
    const every = Float32Array.from({ length: 65536 }, (_, bits) => halfToNumber(bits)).filter(
      Number.isFinite,
    );
    const back = kernels.toHalf(every);
    expect(Array.from(back, halfToNumber)).toEqual(Array.from(every));
    const between = Float32Array.of(
      1 + 2 ** -11,
      1 + 3 * 2 ** -11,
      2049,
      1e9,
      -1e9,
      2 ** -25,
      3 * 2 ** -25,
      65520,
    );
    const expected = [1, 1 + 2 ** -9, 2048, 65504, -65504, 0, 2 ** -23, 65504];
    expect(Array.from(kernels.toHalf(between), halfToNumber)).toEqual(expected);
    expect(Array.from(kernels.toHalf(between.slice(0, 7)), halfToNumber)).toEqual(expected.slice(0, 7));
  });

  test.each([
    [64, 1],
    [64, 200],
    [8, 65],
    [40, 130],
    [128, 64],
    [256, 70],
  ])('attention over heads of %i and %i keys is softmax over all of them', (headDim, keys) => {
    const random = randomSource(keys);
    const lengths = [1, 1, 1, 17, 63, 64, 64, 65, 128, 129, 200].filter((length) => length <= keys);
    const case_ = attentionCase(headDim, keys, lengths, random);
    const actual = kernels.attend(
      case_.q,
      case_.k,
      case_.v,
      headDim,
      new Int32Array(lengths.length),
      Int32Array.from(lengths),
      1,
    );
    lengths.forEach((length, i) => {
      const expected = attention(case_.query(i), case_.rows(case_.k, length), case_.rows(case_.v, length));
      const row = actual.slice(i * headDim, (i + 1) * headDim);
      expect(relativeError(row, expected)).toBeLessThan(2e-3); // keys and values are stored as f16
    });
  });

  test('a query gives the same bits whatever queries and later keys are beside it', () => {
    const headDim = 24;
    const lengths = Array.from({ length: 150 }, (_, i) => i + 1).flatMap((length) => [
      length,
      length,
      length,
    ]);
    const { q, k, v } = attentionCase(headDim, 150, lengths, randomSource(3));
    for (const window of [1, 5, 64, 70, 1000]) {
      const starts = lengths.map((length) => Math.max(0, length - window));
      const all = kernels.attend(q, k, v, headDim, Int32Array.from(starts), Int32Array.from(lengths), 2);
      for (const i of [0, 1, 100, 189, 191, 192, 300, 449]) {
        const seen = lengths[i]! * headDim;
        const alone = kernels.attend(
          q.slice(i * headDim, (i + 1) * headDim),
          k.slice(0, seen),
          v.slice(0, seen),
          headDim,
          Int32Array.of(starts[i]!),
          Int32Array.of(lengths[i]!),
          3,
        );
        expect(alone).toEqual(all.slice(i * headDim, (i + 1) * headDim));
      }
    }
  });

  test.each([1, 2, 7, 16, 17, 63, 64, 65, 100])(
    'attention in a window of %i keys is softmax over those, whatever lies before them',
    (window) => {
      const headDim = 32;
      const lengths = Array.from({ length: 40 }, (_, i) => [5 * i + 1, 5 * i + 3]).flat();
      const starts = lengths.map((length) => Math.max(0, length - window));
      const case_ = attentionCase(headDim, 200, lengths, randomSource(window));
      const actual = kernels.attend(
        case_.q,
        case_.k,
        case_.v,
        headDim,
        Int32Array.from(starts),
        Int32Array.from(lengths),
        2,
      );
      lengths.forEach((length, i) => {
        const [k, v] = [case_.k, case_.v].map((all) => case_.rows(all, length).slice(starts[i]!));
        const row = actual.slice(i * headDim, (i + 1) * headDim);
        expect(relativeError(row, attention(case_.query(i), k!, v!))).toBeLessThan(2e-3);
      });
    },
  );

  test('attention to thousands of keys has the same bits however its blocks come and whatever queries are beside', () => {
    const headDim = 24;
    const keys = 2500;
    const lengths = [
      1020, 1024, 1025, 1025, 2047, 2048, 2049, 2499, 2500, 2500, 2500, 2500, 2500, 2500, 2500,
    ];
    const starts = lengths.map((length) => (length < 2047 ? 0 : 70));
    const { q, k, v, query, rows } = attentionCase(headDim, keys, lengths, randomSource(11));
    const attend = (first: number, end: number, run: number) =>
      kernels.attend(
        q.slice(first * headDim, end * headDim),
        k,
        v,
        headDim,
        Int32Array.from(starts.slice(first, end)),
        Int32Array.from(lengths.slice(first, end)),
        run,
      );
    const together = attend(0, lengths.length, 1000);
    for (const run of [1, 3, 16]) expect(attend(0, lengths.length, run)).toEqual(together);
    lengths.forEach((length, i) => {
      const row = together.slice(i * headDim, (i + 1) * headDim);
      expect(attend(i, i + 1, 5)).toEqual(row);
      const [seenKeys, seenValues] = [k, v].map((all) => rows(all, length).slice(starts[i]!));
      expect(relativeError(row, attention(query(i), seenKeys!, seenValues!))).toBeLessThan(4e-3);
    });
  });

  test('attention stands very large and very negative scores', () => {
    const q = Float32Array.of(100, 0, 0, 0);
    const k = Float32Array.of(60, 0, 0, 0, -60, 0, 0, 0, 60, 0, 0, 0);
    const v = Float32Array.of(1, 2, 3, 4, 9, 9, 9, 9, 3, 4, 5, 6);
    expect([...kernels.attend(q, k, v, 4, Int32Array.of(0), Int32Array.of(3), 1)]).toEqual([2, 3, 4, 5]);
  });

  test.each([1, 15, 16, 64, 577])('the norm of %i values divides by their root mean square', (n) => {
    const random = randomSource(n);
    const [x, weight] = [floats(n, random), floats(n, random)];
    const scale = 1 / Math.sqrt(x.reduce((sum, value) => sum + value * value, 0) / n + 1e-5);
    const expected = x.map((value, i) => value * scale * weight[i]!);
    expect(relativeError(kernels.rmsNorm(x, weight, 1e-5), expected)).toBeLessThan(1e-6);
  });

  test('gates are SiLU and GELU (tanh form) times the other branch', () => {
    const g = Float32Array.from({ length: 4096 }, (_, i) => (i - 2048) / 16);
    const up = floats(4096, randomSource(1));
    const silu = g.map((x, i) => (x / (1 + Math.exp(-x))) * up[i]!);
    const tanh = (x: number) => Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3));
    const gelu = g.map((x, i) => 0.5 * x * (1 + tanh(x)) * up[i]!);
    expectClose(kernels.gate(g, up, false), silu);
    expectClose(kernels.gate(g, up, true), gelu);
    const extreme = Float32Array.of(
      1e30,
      -1e30,
      3e38,
      -3e38,
      0,
      -0,
      88,
      -88,
      89,
      -89,
      104,
      -104,
      1e4,
      -1e4,
      1,
      -1,
    );
    for (const gelu of [false, true]) {
      expect(
        kernels
          .gate(
            extreme,
            extreme.map(() => 1),
            gelu,
          )
          .every((x) => Number.isFinite(x)),
      ).toBe(true);
    }
  });

  test('conformance case C9: RoPE in both pairings', () => {
    const at5 = angles(5, 8, 10_000);
    const v = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    const neox = [5.078284, -1.121388, 2.646397, 3.95995, 0.459387, 6.224346, 7.141189, 8.0199];
    const permuted = [0, 4, 1, 5, 2, 6, 3, 7];
    const wrong = [2.201511, -0.3916, 0.715046, 4.948607, 4.693876, 6.242397, 6.959913, 8.0349];
    expectClose(kernels.rope(v, at5, true), neox);
    expectClose(
      kernels.rope(
        Float32Array.from(permuted, (i) => v[i]!),
        at5,
        false,
      ),
      permuted.map((i) => neox[i]!),
    );
    expectClose(kernels.rope(v, at5, false), wrong);
    expect([...kernels.rope(v, at5.slice(0, 4), false).slice(4)]).toEqual([5, 6, 7, 8]);
  });

  test('conformance case C8: blocks of every quantiser', () => {
    conformanceC8(kernels);
  });

  // Values of the PyPI package gguf 0.19's dequantize; a pattern of bytes beside the stated scales.
  test.each(oracleBlocks)('a $type block is what the gguf package says', ({ type, row, at, values, sum }) => {
    const { typeId, values: n } = blockFormats[type]!;
    const all = [...kernels.toFloat(typeId, row, n)];
    expect(at.map((i) => all[i])).toEqual(values);
    expect(all.reduce((total, x) => total + x, 0)).toBeCloseTo(sum, 5);
  });
});

const pattern = (count: number) => Array.from({ length: count }, (_, i) => (37 * i + 11) % 256);
const eight = [0, 31, 32, 64, 96, 128, 200, 255];
const oracleBlocks = [
  {
    type: 'Q2_K',
    row: Uint8Array.of(...pattern(80), 0x00, 0x24, 0x00, 0x20),
    at: eight,
    values: [0.515625, -0.0234375, 0.1171875, 0.1640625, 0.03125, 0.1171875, 0.125, 0.0703125],
    sum: 32.171875,
  },
  {
    type: 'Q3_K',
    row: Uint8Array.of(...pattern(108), 0x00, 0x1c),
    at: eight,
    values: [0.31640625, 0.25, -0.0859375, 0.1328125, 0.1953125, 0.0078125, 0.09765625, 0.1640625],
    sum: 3.7421875,
  },
  {
    type: 'IQ4_XS',
    row: Uint8Array.of(0x00, 0x18, ...pattern(134)),
    at: eight,
    values: [
      0.533203125, -4.265625, 0.126953125, -0.55859375, -0.634765625, -0.431640625, -4.0625, 1.9140625,
    ],
    sum: 30.98828125,
  },
  {
    type: 'IQ4_NL',
    row: Uint8Array.of(0x00, 0x28, ...pattern(16)),
    at: [0, 1, 15, 16, 31],
    values: [1.1875, -3.96875, -0.6875, -3.96875, -2.03125],
    sum: -12.96875,
  },
  {
    type: 'MXFP4',
    row: Uint8Array.of(125, ...pattern(16)),
    at: [0, 1, 15, 16, 31],
    values: [-0.375, 0, 1, 0, 0.375],
    sum: 2.375,
  },
];

function conformanceC8(kernels: TestKernels): void {
  const values = (type: string, row: Uint8Array) => [
    ...kernels.toFloat(blockFormats[type]!.typeId, row, blockFormats[type]!.values),
  ];
  const q8 = values(
    'Q8_0',
    bytes('0824 8189 9199 a1a9 b1b9 c0c8 d0d8 e0e8 f0f8 0008 1018 2028 3038 4047 4f57 5f67 6f77'),
  );
  expectClose(q8.slice(0, 3), [-1.999878, -1.873901, -1.747925]);
  const q40 = values('Q4_0', bytes('0034 8091 91a2 a2b3 b3c4 c4d5 d5e6 e6f7 f7f8'));
  expect([0, 1, 15, 16, 31].map((i) => q40[i])).toEqual([-2, -1.75, 0, 0, 1.75]);
  const q41 = values('Q4_1', bytes('2234 00c0 8080 9191 a2a2 b3b3 c4c4 d5d5 e6e6 f7f7'));
  expectClose(
    [0, 1, 15, 16, 31].map((i) => q41[i]!),
    [-2, -2, -0.191895, 0.066406, 1.874512],
  );

  const at = [0, 31, 32, 63, 64, 128, 200, 255];
  const q4k = values('Q4_K', Uint8Array.of(0x00, 0x20, 0x00, 0x1c, ...pattern(140)));
  expect(at.map((i) => q4k[i])).toEqual([
    0.48046875, 0.05078125, 4.484375, 1.484375, 0.98828125, 0.02734375, 3.18359375, 0.2421875,
  ]);
  expect(q4k.reduce((sum, x) => sum + x, 0)).toBeCloseTo(347.6875, 3);
  const q6k = values('Q6_K', Uint8Array.of(...pattern(208), 0x00, 0x14));
  expect([0, 31, 32, 64, 96, 128, 200, 255].map((i) => q6k[i])).toEqual([
    -1.3974609375, -0.09375, 0.2255859375, -2.96875, -0.849609375, -0.3427734375, 1.0634765625, -0.05859375,
  ]);
  expect(q6k.reduce((sum, x) => sum + x, 0)).toBeCloseTo(4.50390625, 5);
}

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    expect(Math.abs(actual[i]! - expected[i]!)).toBeLessThan(1e-6 + 2e-6 * Math.abs(expected[i]!));
  }
}

function bfloat(bits: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint16(0, bits);
  return view.getFloat32(0);
}

function attentionCase(headDim: number, keys: number, lengths: readonly number[], random: () => number) {
  const [q, k, v] = [lengths.length, keys, keys].map((rows) => floats(rows * headDim, random, 0.6)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const rows = (all: Float32Array, count: number) =>
    Array.from({ length: count }, (_, i) => [...all.slice(i * headDim, (i + 1) * headDim)]);
  return { q, k, v, rows, query: (i: number) => rows(q, lengths.length)[i]! };
}
