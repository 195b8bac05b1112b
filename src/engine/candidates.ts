import { MinHeap } from './min-heap.ts';

/** Tokens that can still be drawn, and each one's weight: its probability times a common factor. */
export interface Candidates {
  ids: Uint32Array;
  weights: Float64Array;
}

// e^-40 of the likeliest: all tokens below it together would be drawn less than once in 10^12 draws.
const NEGLIGIBLE = -40;

/** Every token's weight at this temperature, by falling off from the highest logit. */
export function weigh(logits: Float32Array, highest: number, temperature: number): Candidates {
  const ids = new Uint32Array(logits.length);
  const weights = new Float64Array(logits.length);
  let count = 0;
  for (let id = 0; id < logits.length; id++) {
    const exponent = (logits[id]! - highest) / temperature;
    if (!(exponent > NEGLIGIBLE)) continue;
    ids[count] = id;
    weights[count++] = Math.exp(exponent);
  }
  return { ids: ids.subarray(0, count), weights: weights.subarray(0, count) };
}

/** Top-k: leaves the `count` likeliest, likeliest first, lower ids first among equals. */
export function keepLikeliest(candidates: Candidates, logits: Float32Array, count: number): void {
  const heap = new MinHeap();
  let worst = Number.NEGATIVE_INFINITY;
  candidates.ids.forEach((id, at) => {
    if (heap.size === count && logits[id]! <= worst) return;
    heap.push(-orderKey(logits[id]!, at));
    if (heap.size > count) heap.pop();
    if (heap.size === count) worst = logits[candidates.ids[placeOf(-heap.peek()!)]!]!;
  });
  const keys = new Float64Array(heap.size);
  for (let i = keys.length - 1; i >= 0; i--) keys[i] = -heap.pop()!;
  keep(candidates, keys);
}

/** Top-p: leaves the fewest likeliest tokens that together have probability `p` or more. */
export function keepNucleus(candidates: Candidates, logits: Float32Array, p: number): void {
  const { ids, weights } = candidates;
  const total = sumOf(weights);
  // Weights below the floor sum to less than 1 - p of the total, so the nucleus lies above it.
  const floor = ((1 - p) * total) / weights.length;
  const above: number[] = [];
  for (let at = 0; at < ids.length; at++) {
    if (weights[at]! >= floor) above.push(orderKey(logits[ids[at]!]!, at));
  }
  const keys = Float64Array.from(above).sort();
  let reached = 0;
  const last = keys.findIndex((key) => {
    reached += weights[placeOf(key)]!;
    return reached >= p * total;
  });
  keep(candidates, last < 0 ? keys : keys.subarray(0, last + 1));
}

function keep(candidates: Candidates, keys: Float64Array): void {
  const { ids, weights } = candidates;
  candidates.ids = Uint32Array.from(keys, (key) => ids[placeOf(key)]!);
  candidates.weights = Float64Array.from(keys, (key) => weights[placeOf(key)]!);
}

const PLACES = 2 ** 20;
const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** One number that sorts by falling logit, then by place among the candidates (which is by id). */
function orderKey(logit: number, place: number): number {
  float[0] = -logit;
  const pattern = bits[0]!;
  const ordered = pattern >>> 31 ? ~pattern >>> 0 : (pattern | 0x80000000) >>> 0;
  return ordered * PLACES + place;
}

const placeOf = (key: number) => key % PLACES;

function sumOf(weights: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) sum += weights[i]!;
  return sum;
}

/** Min-p and the draw: the candidate at which `share` (in [0, 1)) of the weight is reached, passing over weights below `floor`. */
export function pick({ ids, weights }: Candidates, floor: number, share: number): number {
  let total = 0;
  for (let i = 0; i < weights.length; i++) if (weights[i]! >= floor) total += weights[i]!;
  let left = share * total;
  let last = 0;
  for (let i = 0; i < weights.length; i++) {
    if (weights[i]! < floor) continue;
    last = i;
    left -= weights[i]!;
    if (left < 0) break;
  }
  return ids[last]!;
}
