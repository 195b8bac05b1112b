import type { Tokenizer } from '../../engine/tokenizer.ts';

export interface TokenLogProbability {
  id: number;
  /** Natural logarithm, at most 0. */
  logprob: number;
}

/** A chosen token, and the likeliest ones at its place, likeliest first, lower ids first among equals. */
export interface ChosenLogProbability extends TokenLogProbability {
  top: readonly TokenLogProbability[];
}

/**
 * What the model itself thought of a token: by the logits as they came, before bias, penalties, constraint and
 * temperature, so that the figures of two requests can be compared whatever their settings.
 */
export function logProbability(logits: Float32Array, id: number, topCount: number): ChosenLogProbability {
  const total = logSumExp(logits);
  const top = likeliest(logits, topCount).map((token) => ({ id: token, logprob: logits[token]! - total }));
  return { id, logprob: logits[id]! - total, top };
}

function logSumExp(logits: Float32Array): number {
  let highest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < logits.length; i++) if (logits[i]! > highest) highest = logits[i]!;
  let sum = 0;
  for (let i = 0; i < logits.length; i++) sum += Math.exp(logits[i]! - highest);
  return highest + Math.log(sum);
}

/** By insertion into a short list, as `count` is 20 at most and most tokens fail at its last place. */
function likeliest(logits: Float32Array, count: number): number[] {
  const best: number[] = [];
  if (count === 0) return best;
  for (let id = 0; id < logits.length; id++) {
    if (best.length === count && !(logits[id]! > logits[best.at(-1)!]!)) continue;
    const at = best.findIndex((other) => logits[id]! > logits[other]!);
    best.splice(at < 0 ? best.length : at, 0, id);
    if (best.length > count) best.pop();
  }
  return best;
}

/** A token's text as it is shown (half a character as U+FFFD, a control token by its name) and its bytes. */
export function tokenText(tokenizer: Tokenizer, id: number): { token: string; bytes: number[] } {
  const bytes = tokenizer.isControl(id)
    ? Buffer.from(tokenizer.decode([id], { special: true }))
    : Buffer.from(tokenizer.bytes(id));
  return { token: bytes.toString('utf8'), bytes: [...bytes] };
}
