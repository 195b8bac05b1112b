import { halfToNumber } from './core-reference.ts';

/** SpeCache in doubles, written from the specification (§1.4 to §1.6); slow and plain. */

export interface Quantised {
  codes: number[];
  scale: number;
  zero: number;
}

/** One group: two bits by KIVI, one bit with the paper's correction. */
export function quantise(values: readonly number[], bits: number): Quantised {
  const least = Math.min(...values);
  const most = Math.max(...values);
  const scale = bits === 1 ? (most - least) / 2 : (most - least) / (2 ** bits - 1);
  const zero = bits === 1 ? (3 * least + most) / 4 : least;
  const codes = values.map((x) => {
    if (scale === 0) return 0;
    return Math.min(
      2 ** bits - 1,
      Math.max(0, roundHalfEven(Math.fround(Math.fround(x - zero) / Math.fround(scale)))),
    );
  });
  return { codes, scale, zero };
}

function roundHalfEven(x: number): number {
  const down = Math.floor(x);
  if (x - down !== 0.5) return Math.round(x);
  return down % 2 === 0 ? down : down + 1;
}

export const dequantise = ({ codes, scale, zero }: Quantised) => codes.map((code) => code * scale + zero);

/** Keys by channel over `group` positions, values by position over `group` channels. */
export function lowBitCopy(
  rows: readonly (readonly number[])[],
  along: 'positions' | 'channels',
  group: number,
  bits: number,
): number[][] {
  const out = rows.map((row) => [...row]);
  const across = along === 'positions' ? rows[0]!.length : rows.length;
  const length = along === 'positions' ? rows.length : rows[0]!.length;
  const at = (i: number, j: number): [number, number] => (along === 'positions' ? [j, i] : [i, j]);
  for (let i = 0; i < across; i++) {
    for (let first = 0; first < length; first += group) {
      const places = Array.from({ length: Math.min(group, length - first) }, (_, j) => at(i, first + j));
      const values = dequantise(
        quantise(
          places.map(([row, column]) => rows[row]![column]!),
          bits,
        ),
      );
      places.forEach(([row, column], j) => {
        out[row]![column] = values[j]!;
      });
    }
  }
  return out;
}

/** One low-bit block back as (64, headDim) keys and values; the layout is `LowBitShape`'s. */
export function readBlock(
  block: Uint8Array,
  headDim: number,
  bits: number,
): { keys: number[][]; values: number[][] } {
  const fields = 8 / bits;
  const channels = Math.ceil(headDim / 16) * 16;
  const vectors = Math.ceil(headDim / (4 * fields));
  const groups = Math.ceil(headDim / 64);
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const half = (at: number) => halfToNumber(view.getUint16(at, true));
  const field = (byte: number, i: number) => (block[byte]! >> (i * bits)) & (2 ** bits - 1);
  const scalesAt = vectors * 256;
  const key = (position: number, channel: number) => {
    const quad = Math.floor(channel / 4);
    const vector = (position >> 4) * vectors + Math.floor(quad / fields);
    const code = field(vector * 64 + (position % 16) * 4 + (channel % 4), quad % fields);
    return code * half(scalesAt + channel * 2) + half(scalesAt + (channels + channel) * 2);
  };
  const codesAt = scalesAt + channels * 4;
  const valueScalesAt = codesAt + 64 * groups * 8 * bits;
  const value = (position: number, channel: number) => {
    const at = position * groups + Math.floor(channel / 64);
    const within = channel % 64;
    const code = field(codesAt + at * 8 * bits + (within % (8 * bits)), Math.floor(within / (8 * bits)));
    return code * half(valueScalesAt + at * 4) + half(valueScalesAt + at * 4 + 2);
  };
  const table = (of: (position: number, channel: number) => number) =>
    Array.from({ length: 64 }, (_, j) => Array.from({ length: headDim }, (_, d) => of(j, d)));
  return { keys: table(key), values: table(value) };
}

const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);

export function softmax(scores: readonly number[]): number[] {
  const most = Math.max(...scores);
  const weights = scores.map((score) => Math.exp(score - most));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/** The `k` largest by mean over the heads, lower positions first among equals, in ascending order. */
export function chosenOf(shares: readonly (readonly number[])[], k: number): number[] {
  const mean = shares[0]!.map((_, j) => shares.reduce((sum, row) => sum + row[j]!, 0) / shares.length);
  const order = mean.map((_, j) => j).sort((a, b) => mean[b]! - mean[a]! || a - b);
  return order.slice(0, k).sort((a, b) => a - b);
}

export interface Mixed {
  queries: readonly (readonly number[])[];
  keys: readonly (readonly number[])[];
  values: readonly (readonly number[])[];
  lowKeys: readonly (readonly number[])[];
  lowValues: readonly (readonly number[])[];
  /** Positions below it are read from the low-bit copy. */
  quantised: number;
  fetch: number;
  scale: number;
  /** Where given, these positions are read exactly, whatever the shares say. */
  chosen?: readonly number[];
}

/** Attention over all positions, low-bit ones but for those chosen by the queries' own shares. */
export function mixedAttention({
  queries,
  keys,
  values,
  lowKeys,
  lowValues,
  quantised,
  fetch,
  scale,
  chosen: given,
}: Mixed) {
  const seen = (
    k: readonly (readonly number[])[],
    low: readonly (readonly number[])[],
    exact: ReadonlySet<number>,
  ) => k.map((row, j) => (j >= quantised || exact.has(j) ? row : low[j]!));
  const sharesOver = (k: readonly (readonly number[])[]) =>
    queries.map((q) => softmax(k.map((row) => scale * dot(q, row))));
  const first = sharesOver(seen(keys, lowKeys, new Set()));
  const chosen =
    given ??
    chosenOf(
      first.map((row) => row.slice(0, quantised)),
      Math.min(fetch, quantised),
    );
  const exact = new Set(chosen);
  const shares = sharesOver(seen(keys, lowKeys, exact));
  const mixed = seen(values, lowValues, exact);
  const out = shares.map((row) =>
    mixed[0]!.map((_, d) => row.reduce((sum, share, j) => sum + share * mixed[j]![d]!, 0)),
  );
  return { chosen, shares, out };
}
