import type { BlockName, Predictor } from './engine.ts';
import type { GgufTensor } from './gguf.ts';

/** Hyper-parameters in the core's words; it checks them and every tensor against the real file again. */
export interface ModelParameters {
  layers: number;
  embedding: number;
  feedForward: number;
  heads: number;
  kvHeads: number;
  headDim: number;
  ropeDims: number;
  vocabulary: number;
  normEpsilon: number;
  ropeBase: number;
  /** Positions are divided by it (linear scaling); 1 for none. */
  ropeScale: number;
  /** Rotates pairs (i, i + ropeDims / 2) where true, (2i, 2i + 1) where false. */
  ropeNeox: boolean;
  /** GeGLU in place of SwiGLU. */
  gelu: boolean;
  /** Queries and keys pass an RMS norm, head by head, before they are rotated. */
  qkNorm: boolean;
  /** Attention and feed-forward pass an RMS norm before they are added to the residual stream. */
  postNorms: boolean;
  embeddingScale: number;
  /** Of queries. */
  attentionScale: number;
  /** Positions that a local layer's query sees, its own included; 0 where no layer is local. */
  window: number;
  /** Of so many layers the last is global, the others are local. */
  globalEvery: number;
  /** Of local layers, which know no linear scaling. */
  localRopeBase: number;
}

export interface NativeCoreOptions extends ModelParameters {
  path: string;
  simd: string;
  threads: number;
  contextLength: number;
  /** Bits a value of the low-bit copy, 0 for none; positions fetched in full precision. */
  lowBits?: number;
  fetch?: number;
  predictor?: Predictor | undefined;
  /** Of the files that keep what is in full precision; none where it stays in memory. */
  slowFolder?: string | undefined;
  tensors: readonly Pick<GgufTensor, 'name' | 'typeId' | 'shape' | 'offset' | 'byteLength'>[];
}

export interface NativeBatchEntry {
  sequence: number;
  tokens: Int32Array;
  /** None, the last token's, all. */
  logits: 0 | 1 | 2 | 3;
  lowBit?: boolean;
  guess?: number | undefined;
}

/** The C++ class. Wrong arguments throw `TypeError` or `RangeError`; one `forward` may run at a time. */
export interface NativeCore {
  readonly simd: string;
  /** Bytes of all blocks of keys and values; 0 when closed. */
  readonly kvBytes: number;
  readonly kvBlockBytes: number;
  readonly kvTokenBytes: number;
  readonly kvSequenceBytes: number;
  /** Begins with what these sequences or parts hold; their blocks are shared. */
  createSequence(parts?: readonly number[]): number;
  length(sequence: number): number;
  truncate(sequence: number, length: number): void;
  /** A part: `length`, `truncate`, `share`, `free` and `createSequence` take it. */
  share(sequence: number, from: number, to: number): number;
  free(sequence: number): void;
  /** Leaves the sequence out of the rest of the running pass: its result is empty, its length stays. */
  drop(sequence: number): void;
  /** Rejects with the code `KV_LOST` where a block must be computed again. */
  forward(batch: readonly NativeBatchEntry[]): Promise<Float32Array[]>;
  isDamaged(sequence: number): boolean;
  /** Counts as a forward pass. */
  keep(sequence: number, first: number, names: readonly BlockName[]): Promise<void>;
  load(names: readonly BlockName[]): Promise<{ part: number; damaged: boolean }>;
  close(): void;
}

/** An activation row in 8-bit integers: a scale and scale * sum for 32 values, a sum for 16. */
export interface QuantisedRow {
  q: Int8Array;
  scale: Float32Array;
  scaledSum: Float32Array;
  sums: Int32Array;
}

/** One SIMD level's kernels over typed arrays, for tests. Weights are raw GGUF rows. Wrong arguments throw `TypeError`. */
export interface TestKernels {
  name: string;
  toFloat(typeId: number, row: Uint8Array, n: number): Float32Array;
  toHalf(x: Float32Array): Uint16Array;
  quantiseRow(x: Float32Array): QuantisedRow;
  /** Every row of `x` (rows × n) with every weight row, through panels where the type has them: rows × weightRows. */
  multiply(typeId: number, weights: Uint8Array, weightRows: number, x: Float32Array, n: number): Float32Array;
  /** `q`: queries × headDim; `k`, `v`: keys × headDim; each query sees the keys from its start to its length; neither ever falls. Takes `run` blocks of 64 keys at once. */
  attend(
    q: Float32Array,
    k: Float32Array,
    v: Float32Array,
    headDim: number,
    starts: Int32Array,
    lengths: Int32Array,
    run: number,
  ): Float32Array;
  /** 64 keys and values (64 × headDim each) as one low-bit block; `LowBitShape` in kernels.h says how the bytes lie. */
  quantiseBlock(k: Float32Array, v: Float32Array, headDim: number, bits: number): Uint8Array;
  /**
   * The last position's queries over all keys, those before the recent ones from the low-bit copy but for the `fetch`
   * chosen ones.
   */
  attendMixed(
    q: Float32Array,
    k: Float32Array,
    v: Float32Array,
    headDim: number,
    bits: number,
    fetch: number,
  ): { out: Float32Array; chosen: Int32Array };
  rmsNorm(x: Float32Array, weight: Float32Array, epsilon: number): Float32Array;
  /** `cosSin`: one pair for two rotated values. */
  rope(x: Float32Array, cosSin: Float32Array, neox: boolean): Float32Array;
  /** act(gate) * up, with GELU (tanh form) or SiLU. */
  gate(gate: Float32Array, up: Float32Array, gelu: boolean): Float32Array;
}
