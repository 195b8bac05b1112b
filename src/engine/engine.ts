import type { Tokenizer } from './tokenizer.ts';

/** What a loaded model file says of itself. */
export interface ModelFacts {
  /** `general.name`, or the file's name. */
  name: string;
  architecture: string;
  parameters: number;
  /** The trained context length, in tokens. */
  contextLength: number;
  vocabularySize: number;
  layers: number;
  fileBytes: number;
  /** e.g. `Q4_1`: the type most weights have. */
  quantisation: string;
  chatTemplate: string | undefined;
}

export interface EngineOptions {
  /** Worker threads of the core. Default: the machine's cores. */
  threads?: number | undefined;
  /** Tokens each sequence can hold. Default: the trained context length. */
  contextLength?: number | undefined;
  /** `auto` takes the best the machine has; the others are for tests. */
  simd?: 'auto' | 'scalar' | 'avx2' | 'avx512' | undefined;
}

/** One conversation's KV cache. Memory grows with its length. */
export interface Sequence {
  /** Tokens whose keys and values are held. */
  readonly length: number;
  /** Forget all tokens from `length` on. */
  truncate(length: number): void;
  free(): void;
}

export interface BatchEntry {
  sequence: Sequence;
  /** Appended to the sequence by the call. */
  tokens: ArrayLike<number>;
  logits: 'none' | 'last' | 'all';
}

/**
 * A model in memory. One `forward` runs at a time; calls queue. It works on the core's own threads,
 * never on Node's event loop.
 */
export interface Engine {
  readonly facts: ModelFacts;
  readonly tokenizer: Tokenizer;
  /** The SIMD level in use: scalar, avx2 or avx512. */
  readonly simd: string;
  readonly contextLength: number;
  createSequence(): Sequence;
  /**
   * Runs all entries' tokens in one batch. Result i holds `rows × vocabularySize` logits of entry i
   * (rows: 0 for `none`, 1 for `last`, the tokens' count for `all`). A token's logits and its keys and
   * values are bit-identical whatever else is in the batch, however the prompt is cut and however many
   * threads work. Throws `RangeError` when an entry passes `contextLength`.
   */
  forward(batch: readonly BatchEntry[]): Promise<Float32Array[]>;
  close(): void;
}
