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
}

export interface NativeCoreOptions extends ModelParameters {
  path: string;
  simd: string;
  threads: number;
  contextLength: number;
  tensors: readonly Pick<GgufTensor, 'name' | 'typeId' | 'shape' | 'offset' | 'byteLength'>[];
}

export interface NativeBatchEntry {
  sequence: number;
  tokens: Int32Array;
  /** None, the last token's, all. */
  logits: 0 | 1 | 2;
}

/** The C++ class. Wrong arguments throw `TypeError` or `RangeError`; one `forward` may run at a time. */
export interface NativeCore {
  readonly simd: string;
  createSequence(): number;
  length(sequence: number): number;
  truncate(sequence: number, length: number): void;
  free(sequence: number): void;
  forward(batch: readonly NativeBatchEntry[]): Promise<Float32Array[]>;
  close(): void;
}

/** A row of 8-bit integers with one scale for 4 values and one extra (minimum, or scaled sum) for 32. */
export interface BlockRow {
  q: Int8Array;
  scale: Float32Array;
  extra: Float32Array;
}

/** One SIMD level's kernels over typed arrays. Weights are raw GGUF rows. */
export interface TestKernels {
  name: string;
  unpack(typeId: number, row: Uint8Array, n: number): BlockRow;
  toFloat(typeId: number, row: Uint8Array, n: number): Float32Array;
  toHalf(x: Float32Array): Uint16Array;
  quantiseRow(x: Float32Array): BlockRow;
  /** One weight row with every row of `x` (rows × n). */
  dot(typeId: number, row: Uint8Array, x: Float32Array, n: number): Float32Array;
  /** `q`: queries × headDim (unscaled use: scores are q·k); `k`, `v`: keys × headDim; `lengths`: keys seen by each query. */
  attend(
    q: Float32Array,
    k: Float32Array,
    v: Float32Array,
    headDim: number,
    lengths: Int32Array,
  ): Float32Array;
  rmsNorm(x: Float32Array, weight: Float32Array, epsilon: number): Float32Array;
  rope(x: Float32Array, angles: Float32Array, neox: boolean): Float32Array;
  siluGate(gate: Float32Array, up: Float32Array): Float32Array;
  geluGate(gate: Float32Array, up: Float32Array): Float32Array;
}
