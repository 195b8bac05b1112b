import type { Engine } from '../../src/engine/engine.ts';

const teacherPieces = 256;

/** Our logits after each of these tokens, read in pieces. A row is valid until the next is asked for. */
export async function* logitRows(
  engine: Engine,
  tokens: readonly number[],
  signal: AbortSignal,
): AsyncGenerator<Float32Array> {
  const { vocabularySize } = engine.facts;
  const sequence = engine.createSequence();
  try {
    for (let at = 0; at < tokens.length; at += teacherPieces) {
      signal.throwIfAborted();
      const piece = tokens.slice(at, at + teacherPieces);
      const [logits] = await engine.forward([{ sequence, tokens: piece, logits: 'all' }]);
      for (let i = 0; i < piece.length; i++) {
        yield logits!.subarray(i * vocabularySize, (i + 1) * vocabularySize);
      }
    }
  } finally {
    sequence.free();
  }
}

export function indexOfBest(logits: Float32Array): number {
  let best = 0;
  for (let i = 1; i < logits.length; i++) if (logits[i]! > logits[best]!) best = i;
  return best;
}

/** Natural logarithm of `token`'s probability; `best` is the largest logit's. */
export function logProbability(logits: Float32Array, best: number, token: number): number {
  let total = 0;
  for (let i = 0; i < logits.length; i++) total += Math.exp(logits[i]! - logits[best]!);
  return logits[token]! - logits[best]! - Math.log(total);
}
