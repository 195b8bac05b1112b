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
  /** How the file says that a text's embedding is made; undefined for models that are not for embeddings. */
  embedding?: { pooling: 'mean' | 'first' | 'last'; addEos: boolean } | undefined;
}

export interface EngineOptions {
  /** Worker threads of the core. Default: the machine's cores. */
  threads?: number | undefined;
  /** Tokens each sequence can hold. Default: the trained context length. */
  contextLength?: number | undefined;
  /** Keeps a low-bit copy of keys and values, for entries that ask for it. Default: none. */
  lowBit?: LowBitOptions | undefined;
  /** `auto` takes the best the machine has; the others are for tests. */
  simd?: 'auto' | 'scalar' | 'avx2' | 'avx512' | undefined;
}

/** Keys and values lie in blocks of this many tokens, which are what sequences share. */
export const KV_BLOCK_TOKENS = 64;

/** A piece of a sequence's keys and values, kept so that other sequences can begin with it. */
export interface KvPart {
  /** Tokens whose keys and values are held. */
  readonly length: number;
  /** A piece of it was not in its file as it was written; a forward call that reads it throws `KvLostError`. */
  readonly isDamaged: boolean;
  /** The tokens [from, to) of it, as another part. */
  share(from: number, to: number): KvPart;
  /** Gives the memory back, unless others share it. */
  free(): void;
}

/**
 * Twice the paper's: with 64, the default model's predictions at 8,192 tokens differ from those of full attention by
 * more than we allow (decision 22).
 */
export const FETCHED_POSITIONS = 128;

/** SpeCache's copy of keys and values (arXiv 2503.16163). */
export interface LowBitOptions {
  /** Bits a value. */
  bits: 1 | 2;
  /** Positions of each KV head that a decoded token sees in full precision beside the recent 64 to 127. */
  fetch: number;
  /** Who says which positions those are. Default: `exact`. */
  predictor?: Predictor | undefined;
  /** Where what is in full precision is kept. Default: in memory. */
  slow?: SlowTier | undefined;
}

/**
 * `exact`: the token's own queries, before it attends. `speculative`: a guess of the token, one step earlier, as a second
 * row that is never kept (the paper's way). `previous`: the queries of the token before. `none`: nothing is fetched.
 */
export type Predictor = 'exact' | 'speculative' | 'previous' | 'none';

/**
 * `file`: blocks of 64 tokens in files of this folder, which is there. `fastBytes`: the memory for keys and values; what
 * one sequence of the context's length takes where it is not given.
 */
export type SlowTier = { tier: 'ram' } | { tier: 'file'; folder: string; fastBytes?: number | undefined };

/** Where a block's keys and values are found again. */
export interface BlockName {
  path: string;
  /** 32 bytes that name what it was computed from: a file with another key is not read. */
  key: Uint8Array;
}

/** Keys and values were not in their file as they were written, so they must be computed again. */
export class KvLostError extends Error {}

/** One conversation's KV cache. Memory grows with its length. */
export interface Sequence extends KvPart {
  /** Forget all tokens from `length` on. */
  truncate(length: number): void;
  /**
   * The tokens [from, to) as a part that stays what it is, whatever becomes of the sequence; nothing is copied until
   * one of them writes. Throws `RangeError` when `from` is not a multiple of `KV_BLOCK_TOKENS`, or in a forward call.
   */
  share(from: number, to: number): KvPart;
}

export interface BatchEntry {
  sequence: Sequence;
  /** Appended to the sequence by the call. */
  tokens: ArrayLike<number>;
  /** `states`: in place of logits, every token's final normalised state. */
  logits: 'none' | 'last' | 'all' | 'states';
  /** Attend to the low-bit copy, of which `fetch` positions are replaced; for one token only. */
  lowBit?: boolean | undefined;
  /** With the predictor `speculative`, a guess of the next token in place of its own: for tests. */
  guess?: number | undefined;
  /** On abort the entry is left out from the next layer on: no logits, and the sequence keeps its length. */
  signal?: AbortSignal | undefined;
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
  /** The low-bit copy that entries may ask for; undefined where there is none. */
  readonly lowBit: LowBitOptions | undefined;
  /** Bytes of all keys and values in memory. */
  readonly kvBytes: number;
  /** Bytes in memory that `KV_BLOCK_TOKENS` tokens take. */
  readonly kvBlockBytes: number;
  /** Bytes of a token's keys and values in full precision. */
  readonly kvTokenBytes: number;
  /** Bytes that a sequence in use takes beside: with a low-bit copy fetched tokens, and recent ones where the others lie in files. */
  readonly kvSequenceBytes: number;
  /** Begins with these parts, one after the other; all but the last must be whole blocks. */
  createSequence(parts?: readonly KvPart[]): Sequence;
  /**
   * Runs all entries' tokens in one batch. Result i holds `rows × vocabularySize` logits of entry i
   * (rows: 0 for `none`, 1 for `last`, the tokens' count for `all`; `states` gives as many rows of `embedding` floats). A token's logits and its keys and
   * values are bit-identical whatever else is in the batch, however the prompt is cut and however many
   * threads work. Throws `RangeError` when an entry passes `contextLength`, `KvLostError` when a block's file is damaged.
   */
  forward(batch: readonly BatchEntry[]): Promise<Float32Array[]>;
  /**
   * Gives the whole blocks from the `first` on lasting files, one for each name. With a slow tier in files they leave
   * memory. Rejects where they cannot be written.
   */
  keepBlocks(part: KvPart, first: number, names: readonly BlockName[]): Promise<void>;
  /** What `keepBlocks` left, up to the first block that is missing or, then `damaged`, not as it was written. */
  loadBlocks(names: readonly BlockName[]): Promise<{ part: KvPart; damaged: boolean }>;
  close(): void;
}
