/** Plain, slow forms of the core's kernels in doubles, written from the formats' definitions (specification §4.3). */

export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

export interface BlockFormat {
  typeId: number;
  values: number;
  bytes: number;
  /** Places of f16 numbers in a block, which random test bytes must not turn into infinities. */
  halves: readonly number[];
  decode(block: DataView): number[];
}

const u8 = (view: DataView, from: number, count: number) =>
  Array.from({ length: count }, (_, i) => view.getUint8(from + i));
const half = (view: DataView, at: number) => halfToNumber(view.getUint16(at, true));
const low = (bytes: readonly number[]) => bytes.map((byte) => byte & 15);
const high = (bytes: readonly number[]) => bytes.map((byte) => byte >> 4);
const nibbles = (bytes: readonly number[]) => [...low(bytes), ...high(bytes)];
const fifth = (view: DataView, at: number, i: number) => ((view.getUint32(at, true) >>> i) & 1) << 4;

function kScales(s: readonly number[], j: number): { scale: number; minimum: number } {
  if (j < 4) return { scale: s[j]! & 63, minimum: s[j + 4]! & 63 };
  return {
    scale: (s[j + 4]! & 15) | ((s[j - 4]! >> 6) << 4),
    minimum: (s[j + 4]! >> 4) | ((s[j]! >> 6) << 4),
  };
}

function decodeK(view: DataView, qsAt: number, qhAt: number | undefined): number[] {
  const scales = u8(view, 4, 12);
  return Array.from({ length: 256 }, (_, i) => {
    const j = Math.floor(i / 32);
    const { scale, minimum } = kScales(scales, j);
    const byte = view.getUint8(qsAt + 32 * Math.floor(j / 2) + (i % 32));
    const bit = qhAt === undefined ? 0 : ((view.getUint8(qhAt + (i % 32)) >> j) & 1) << 4;
    const q = (j % 2 ? byte >> 4 : byte & 15) | bit;
    return half(view, 0) * scale * q - half(view, 2) * minimum;
  });
}

function decodeQ6(view: DataView): number[] {
  const out = new Array<number>(256);
  for (let h = 0; h < 2; h++) {
    for (let l = 0; l < 32; l++) {
      const L = [l, l + 32].map((at) => view.getUint8(64 * h + at));
      const H = view.getUint8(128 + 32 * h + l);
      const lows = [L[0]! & 15, L[1]! & 15, L[0]! >> 4, L[1]! >> 4];
      lows.forEach((bits, k) => {
        const scale = view.getInt8(192 + 8 * h + Math.floor(l / 16) + 2 * k);
        out[128 * h + l + 32 * k] = half(view, 208) * scale * ((bits | (((H >> (2 * k)) & 3) << 4)) - 32);
      });
    }
  }
  return out;
}

export const blockFormats: Readonly<Record<string, BlockFormat>> = {
  Q4_0: {
    typeId: 2,
    values: 32,
    bytes: 18,
    halves: [0],
    decode: (v) => nibbles(u8(v, 2, 16)).map((q) => half(v, 0) * (q - 8)),
  },
  Q4_1: {
    typeId: 3,
    values: 32,
    bytes: 20,
    halves: [0, 2],
    decode: (v) => nibbles(u8(v, 4, 16)).map((q) => half(v, 0) * q + half(v, 2)),
  },
  Q5_0: {
    typeId: 6,
    values: 32,
    bytes: 22,
    halves: [0],
    decode: (v) => nibbles(u8(v, 6, 16)).map((q, i) => half(v, 0) * ((q | fifth(v, 2, i)) - 16)),
  },
  Q5_1: {
    typeId: 7,
    values: 32,
    bytes: 24,
    halves: [0, 2],
    decode: (v) => nibbles(u8(v, 8, 16)).map((q, i) => half(v, 0) * (q | fifth(v, 4, i)) + half(v, 2)),
  },
  Q8_0: {
    typeId: 8,
    values: 32,
    bytes: 34,
    halves: [0],
    decode: (v) => Array.from({ length: 32 }, (_, i) => half(v, 0) * v.getInt8(2 + i)),
  },
  Q4_K: { typeId: 12, values: 256, bytes: 144, halves: [0, 2], decode: (v) => decodeK(v, 16, undefined) },
  Q5_K: { typeId: 13, values: 256, bytes: 176, halves: [0, 2], decode: (v) => decodeK(v, 48, 16) },
  Q6_K: { typeId: 14, values: 256, bytes: 210, halves: [208], decode: decodeQ6 },
};

/** A row of `n` values of a quantised type, as numbers. */
export function decodeRow(format: BlockFormat, row: Uint8Array, n: number): number[] {
  const blocks = n / format.values;
  return Array.from({ length: blocks }, (_, b) =>
    format.decode(new DataView(row.buffer, row.byteOffset + b * format.bytes, format.bytes)),
  ).flat();
}

/** Random codes under finite scales. */
export function randomRow(format: BlockFormat, n: number, random: () => number): Uint8Array {
  const row = Uint8Array.from({ length: (n / format.values) * format.bytes }, () =>
    Math.floor(random() * 256),
  );
  const view = new DataView(row.buffer);
  for (let block = 0; block < row.length; block += format.bytes) {
    for (const at of format.halves) view.setUint16(block + at, randomHalf(random), true);
  }
  return row;
}

// Between 2^-8 and 2^-3, of either sign.
const randomHalf = (random: () => number) =>
  Math.floor(random() * 1024) | ((7 + Math.floor(random() * 5)) << 10) | (random() < 0.5 ? 0x8000 : 0);

export function attention(q: number[], k: number[][], v: number[][]): number[] {
  const scores = k.map((key) => key.reduce((sum, x, i) => sum + x * q[i]!, 0));
  const most = Math.max(...scores);
  const weights = scores.map((score) => Math.exp(score - most));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return q.map((_, i) => v.reduce((sum, value, j) => sum + (weights[j]! / total) * value[i]!, 0));
}

/** cos and sin of position × base^(-2i/n), pair by pair. */
export function angles(position: number, n: number, base: number): Float32Array {
  return Float32Array.from({ length: n }, (_, j) => {
    const angle = position * base ** ((-2 * Math.floor(j / 2)) / n);
    return j % 2 ? Math.sin(angle) : Math.cos(angle);
  });
}

/** Root of the mean square of the differences over that of `expected`. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let difference = 0;
  let size = 0;
  for (let i = 0; i < expected.length; i++) {
    difference += (actual[i]! - expected[i]!) ** 2;
    size += expected[i]! ** 2;
  }
  return Math.sqrt(difference / Math.max(size, 1e-30));
}
