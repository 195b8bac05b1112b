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
  /** Places of exponents of two, kept near one. */
  exponents?: readonly number[];
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

/** Runs of 16 values, as the format's loops go: halves of 128, in each four shifts, in each two runs. */
function decodeRuns(value: (run: number, byte: number, shift: number) => number): number[] {
  return Array.from({ length: 256 }, (_, i) => {
    const [half, shift, l] = [Math.floor(i / 128), Math.floor((i % 128) / 32), i % 32];
    return value(Math.floor(i / 16), 32 * half + l, shift);
  });
}

/** Values and minima of 4 bits for each 16 values: scales[16], qs[64], d, dmin. */
function decodeQ2(view: DataView): number[] {
  return decodeRuns((run, byte, shift) => {
    const scales = view.getUint8(run);
    const q = (view.getUint8(16 + byte) >> (2 * shift)) & 3;
    return half(view, 80) * (scales & 15) * q - half(view, 82) * (scales >> 4);
  });
}

/** hmask[32], qs[64], scales[12], d; the six-bit scales as the original unpacks them, four at a time. */
function decodeQ3(view: DataView): number[] {
  const words = [0, 1, 2].map((i) => view.getUint32(96 + 4 * i, true));
  const [a, b, c] = words as [number, number, number];
  const packed = [
    (a & 0x0f0f0f0f) | (((c >>> 0) & 0x03030303) << 4),
    (b & 0x0f0f0f0f) | (((c >>> 2) & 0x03030303) << 4),
    ((a >>> 4) & 0x0f0f0f0f) | (((c >>> 4) & 0x03030303) << 4),
    ((b >>> 4) & 0x0f0f0f0f) | (((c >>> 6) & 0x03030303) << 4),
  ];
  return decodeRuns((run, byte, shift) => {
    const scale = ((packed[run >> 2]! >>> (8 * (run & 3))) & 63) - 32;
    const bit = 1 << (4 * Math.floor(byte / 32) + shift);
    const third = view.getUint8(byte % 32) & bit ? 0 : 4;
    return half(view, 108) * scale * (((view.getUint8(32 + byte) >> (2 * shift)) & 3) - third);
  });
}

const unevenSteps = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];

/** d, scales_h (16 bits), scales_l[4], qs[128] */
function decodeIq4Xs(view: DataView): number[] {
  return Array.from({ length: 8 }, (_, j) => {
    const low = (view.getUint8(4 + (j >> 1)) >> (j % 2 ? 4 : 0)) & 15;
    const high = (view.getUint16(2, true) >> (2 * j)) & 3;
    const scale = half(view, 0) * (low + 16 * high - 32);
    return nibbles(u8(view, 8 + 16 * j, 16)).map((q) => scale * unevenSteps[q]!);
  }).flat();
}

/** A float of one sign, two exponent and one mantissa bit. */
function tinyFloat(bits: number): number {
  const [sign, exponent, mantissa] = [bits & 8 ? -1 : 1, (bits >> 1) & 3, bits & 1];
  return sign * (exponent === 0 ? mantissa / 2 : (1 + mantissa / 2) * 2 ** (exponent - 1));
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
  Q2_K: { typeId: 10, values: 256, bytes: 84, halves: [80, 82], decode: decodeQ2 },
  Q3_K: { typeId: 11, values: 256, bytes: 110, halves: [108], decode: decodeQ3 },
  IQ4_NL: {
    typeId: 20,
    values: 32,
    bytes: 18,
    halves: [0],
    decode: (v) => nibbles(u8(v, 2, 16)).map((q) => half(v, 0) * unevenSteps[q]!),
  },
  IQ4_XS: { typeId: 23, values: 256, bytes: 136, halves: [0], decode: decodeIq4Xs },
  MXFP4: {
    typeId: 39,
    values: 32,
    bytes: 17,
    halves: [],
    exponents: [0],
    decode: (v) => nibbles(u8(v, 1, 16)).map((q) => 2 ** (v.getUint8(0) - 127) * tinyFloat(q)),
  },
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
    for (const at of format.exponents ?? []) row[block + at] = 120 + Math.floor(random() * 8);
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
