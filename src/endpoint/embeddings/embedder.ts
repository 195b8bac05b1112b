import type { Engine } from '../../engine/engine.ts';
import { QueueFullError } from '../scheduling/refusals.ts';

/** Tokens in one forward call, so that streams beside it go on. */
const CHUNK = 64;
const MOST_WAITING = 64;

/** Makes embeddings, one text after the other, between the steps of running replies. */
export class Embedder {
  readonly #engine: Engine;
  #queue: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** A vector of length 1 for each text, by the model's pooling. Throws `QueueFullError`. */
  async embed(texts: readonly (readonly number[])[], signal: AbortSignal): Promise<Float32Array[]> {
    if (this.#waiting >= MOST_WAITING) throw new QueueFullError(`${this.#waiting} requests are waiting`, 1);
    this.#waiting++;
    const result = this.#queue.then(() => this.#embedAll(texts, signal));
    this.#queue = result.catch(() => {});
    try {
      return await result;
    } finally {
      this.#waiting--;
    }
  }

  /** Resolves when all that was asked for has been made. */
  async drain(): Promise<void> {
    await this.#queue;
  }

  async #embedAll(texts: readonly (readonly number[])[], signal: AbortSignal): Promise<Float32Array[]> {
    const vectors: Float32Array[] = [];
    for (const tokens of texts) vectors.push(await this.#embedOne(tokens, signal));
    return vectors;
  }

  async #embedOne(tokens: readonly number[], signal: AbortSignal): Promise<Float32Array> {
    const sequence = this.#engine.createSequence();
    const rows: Float32Array[] = [];
    try {
      for (let at = 0; at < tokens.length; at += CHUNK) {
        signal.throwIfAborted();
        const chunk = tokens.slice(at, at + CHUNK);
        const [states] = await this.#engine.forward([{ sequence, tokens: chunk, logits: 'states' }]);
        const width = states!.length / chunk.length;
        for (let i = 0; i < chunk.length; i++) rows.push(states!.subarray(i * width, (i + 1) * width));
      }
    } finally {
      sequence.free();
    }
    return normalised(this.#pool(rows));
  }

  #pool(rows: readonly Float32Array[]): Float32Array {
    switch (this.#engine.facts.embedding?.pooling) {
      case 'first':
        return rows[0]!;
      case 'mean':
        return meanOf(rows);
      default:
        return rows.at(-1)!;
    }
  }
}

function meanOf(rows: readonly Float32Array[]): Float32Array {
  const sum = new Float64Array(rows[0]!.length);
  for (const row of rows) for (let i = 0; i < sum.length; i++) sum[i]! += row[i]!;
  return Float32Array.from(sum, (value) => value / rows.length);
}

export function normalised(vector: Float32Array): Float32Array {
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  return length === 0 ? vector : vector.map((value) => value / length);
}
