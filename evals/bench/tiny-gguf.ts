import { writeFileSync } from 'node:fs';
import { encodeGguf, type TensorData, tensorBytes, type Value } from './encode-gguf.ts';
import { bytePairVocabulary, CHATML, sentencePieceVocabulary } from './tiny-vocabulary.ts';

const typeIds = {
  F32: 0,
  F16: 1,
  Q4_0: 2,
  Q4_1: 3,
  Q5_0: 6,
  Q5_1: 7,
  Q8_0: 8,
  Q2_K: 10,
  Q3_K: 11,
  Q4_K: 12,
  Q5_K: 13,
  Q6_K: 14,
  IQ4_NL: 20,
  IQ4_XS: 23,
  BF16: 30,
  MXFP4: 39,
} as const;
export type TinyType = keyof typeof typeIds;

export interface TinyOptions {
  architecture?: 'llama' | 'qwen2' | 'qwen3' | 'gemma3';
  /** Of the matrices in the layers. K-quants need `width` and `feedForward` to be multiples of 256. */
  weights?: TinyType;
  /** Of the embedding and the head. */
  embedding?: TinyType;
  /** True: the head is the embedding, and the file has no `output.weight`. */
  tied?: boolean;
  vocabulary?: 'bpe' | 'spm';
  pre?: 'smollm' | 'qwen2' | 'llama-bpe';
  layers?: number;
  width?: number;
  heads?: number;
  kvHeads?: number;
  /** Values of a head, where that is not `width / heads`. */
  headDim?: number;
  /** Llama 3's divisors of the rotary frequencies. */
  ropeFactors?: boolean;
  /** Positions that a local layer of gemma3 sees. */
  window?: number;
  feedForward?: number;
  contextLength?: number;
  /** llama.cpp's number of a pooling, for a model that gives embeddings. */
  pooling?: number;
  /** Empty: the file has none. */
  chatTemplate?: string;
  /** How much wider than its inputs a layer matrix spreads its outputs. */
  gain?: number;
  seed?: number;
  name?: string;
  /** Keys beside the usual ones, or in place of them. */
  metadata?: Readonly<Record<string, Value>>;
}

/**
 * The bytes of a valid GGUF model with random weights: babble, but the same babble for the same options.
 * Quantised tensors hold random codes under scales that keep activations near one.
 */
export function tinyGguf(options: TinyOptions = {}): Buffer {
  const { architecture = 'llama', layers = 2, width = 64, heads = 4, kvHeads = 2 } = options;
  const { feedForward = 2 * width, contextLength = 512, chatTemplate = CHATML } = options;
  const { headDim = width / heads, window = 16 } = options;
  const kind = options.vocabulary ?? (architecture === 'gemma3' ? 'spm' : 'bpe');
  const vocabulary = kind === 'spm' ? sentencePieceVocabulary() : bytePairVocabulary(options.pre ?? 'smollm');
  const tokens = vocabulary['tokenizer.ggml.tokens'] as { strings: readonly string[] };
  const metadata: Record<string, Value> = {
    'general.architecture': { string: architecture },
    'general.name': { string: options.name ?? 'Tiny random' },
    [`${architecture}.block_count`]: { u32: layers },
    [`${architecture}.context_length`]: { u32: contextLength },
    [`${architecture}.embedding_length`]: { u32: width },
    [`${architecture}.feed_forward_length`]: { u32: feedForward },
    [`${architecture}.attention.head_count`]: { u32: heads },
    [`${architecture}.attention.head_count_kv`]: { u32: kvHeads },
    [`${architecture}.attention.layer_norm_rms_epsilon`]: { f32: 1e-5 },
    ...(options.headDim && {
      [`${architecture}.attention.key_length`]: { u32: headDim },
      [`${architecture}.attention.value_length`]: { u32: headDim },
    }),
    // Gemma 3's files leave out what its engines know: the local layers' pattern and rope, the rotated dimensions.
    ...(architecture === 'gemma3'
      ? { 'gemma3.rope.freq_base': { f32: 1e6 }, 'gemma3.attention.sliding_window': { u32: window } }
      : {
          [`${architecture}.rope.freq_base`]: { f32: 10_000 },
          [`${architecture}.rope.dimension_count`]: { u32: headDim },
        }),
    ...vocabulary,
    ...(options.pooling !== undefined && { [`${architecture}.pooling_type`]: { u32: options.pooling } }),
    ...(chatTemplate !== '' && { 'tokenizer.chat_template': { string: chatTemplate } }),
    ...options.metadata,
  };
  const sizes = { layers, width, heads, kvHeads, headDim, feedForward, vocabulary: tokens.strings.length };
  return encodeGguf(metadata, tinyTensors(options, architecture, sizes));
}

export function writeTinyGguf(path: string, options: TinyOptions = {}): string {
  writeFileSync(path, tinyGguf(options));
  return path;
}

interface Sizes {
  layers: number;
  width: number;
  heads: number;
  kvHeads: number;
  headDim: number;
  feedForward: number;
  vocabulary: number;
}

function tinyTensors(options: TinyOptions, architecture: string, sizes: Sizes): TensorData[] {
  const random = randomSource(options.seed ?? 1);
  const { weights = 'F32', embedding = 'F32', tied = false, gain = 1.5 } = options;
  const tensors: TensorData[] = [];
  const add = (name: string, shape: number[], type: TinyType, spread: number, mean = 0) =>
    tensors.push(randomTensor(name, shape, type, { random, spread, mean }));
  const matrix = (name: string, columns: number, rows: number) =>
    add(name, [columns, rows], weights, gain / Math.sqrt(columns));
  const norm = (name: string, length: number) => add(name, [length], 'F32', 0.1, 1);

  const { width, heads, kvHeads, headDim, feedForward, vocabulary } = sizes;
  const [qWidth, kvWidth] = [heads * headDim, kvHeads * headDim];
  add('token_embd.weight', [width, vocabulary], embedding, 0.5);
  if (options.ropeFactors) add('rope_freqs.weight', [headDim / 2], 'F32', 3, 8);
  for (let layer = 0; layer < sizes.layers; layer++) {
    const at = `blk.${layer}`;
    norm(`${at}.attn_norm.weight`, width);
    matrix(`${at}.attn_q.weight`, width, qWidth);
    matrix(`${at}.attn_k.weight`, width, kvWidth);
    matrix(`${at}.attn_v.weight`, width, kvWidth);
    if (architecture === 'qwen2') {
      add(`${at}.attn_q.bias`, [qWidth], 'F32', 0.3);
      add(`${at}.attn_k.bias`, [kvWidth], 'F32', 0.3);
      add(`${at}.attn_v.bias`, [kvWidth], 'F32', 0.3);
    }
    if (architecture === 'qwen3' || architecture === 'gemma3') {
      norm(`${at}.attn_q_norm.weight`, headDim);
      norm(`${at}.attn_k_norm.weight`, headDim);
    }
    matrix(`${at}.attn_output.weight`, qWidth, width);
    norm(`${at}.ffn_norm.weight`, width);
    matrix(`${at}.ffn_gate.weight`, width, feedForward);
    matrix(`${at}.ffn_up.weight`, width, feedForward);
    matrix(`${at}.ffn_down.weight`, feedForward, width);
    if (architecture === 'gemma3') {
      norm(`${at}.post_attention_norm.weight`, width);
      norm(`${at}.post_ffw_norm.weight`, width);
    }
  }
  norm('output_norm.weight', width);
  if (!tied) add('output.weight', [width, vocabulary], embedding, 0.4);
  return tensors;
}

interface Spread {
  /** Uniform in [0, 1). */
  random: () => number;
  /** The values' standard deviation. */
  spread: number;
  mean: number;
}

function randomTensor(name: string, shape: number[], type: TinyType, how: Spread): TensorData {
  const typeId = typeIds[type];
  const data = new Uint8Array(tensorBytes(shape, typeId));
  if (type === 'F32') fillF32(data, how);
  else if (type === 'F16' || type === 'BF16') fillHalves(data, type, how);
  else fillBlocks(data, type, how);
  return { name, shape, typeId, data };
}

const uniform = ({ random, spread, mean }: Spread) => mean + (random() - 0.5) * spread * Math.sqrt(12);

function fillF32(data: Uint8Array, how: Spread): void {
  const floats = new Float32Array(data.buffer);
  for (let i = 0; i < floats.length; i++) floats[i] = uniform(how);
}

function fillHalves(data: Uint8Array, type: 'F16' | 'BF16', how: Spread): void {
  const halves = new Uint16Array(data.buffer);
  for (let i = 0; i < halves.length; i++) halves[i] = half(uniform(how), type);
}

/**
 * Random codes; then each block's scale (and offset) over them: fp16, or a power of two in the first byte. `rms` is about what a code counts
 * for one unit of scale, so that scale × rms is the wanted standard deviation.
 */
const blocks = {
  Q8_0: { bytes: 34, scaleAt: 0, offsetAt: -1, rms: 74, offsetPerScale: 0 },
  Q4_0: { bytes: 18, scaleAt: 0, offsetAt: -1, rms: 4.6, offsetPerScale: 0 },
  Q4_1: { bytes: 20, scaleAt: 0, offsetAt: 2, rms: 4.6, offsetPerScale: -7.5 },
  Q5_0: { bytes: 22, scaleAt: 0, offsetAt: -1, rms: 9.2, offsetPerScale: 0 },
  Q5_1: { bytes: 24, scaleAt: 0, offsetAt: 2, rms: 9.2, offsetPerScale: -15.5 },
  Q4_K: { bytes: 144, scaleAt: 0, offsetAt: 2, rms: 300, offsetPerScale: 7.5 },
  Q5_K: { bytes: 176, scaleAt: 0, offsetAt: 2, rms: 600, offsetPerScale: 15.5 },
  Q6_K: { bytes: 210, scaleAt: 208, offsetAt: -1, rms: 1370, offsetPerScale: 0 },
  Q2_K: { bytes: 84, scaleAt: 80, offsetAt: 82, rms: 16, offsetPerScale: 1.5 },
  Q3_K: { bytes: 110, scaleAt: 108, offsetAt: -1, rms: 42, offsetPerScale: 0 },
  IQ4_NL: { bytes: 18, scaleAt: 0, offsetAt: -1, rms: 68, offsetPerScale: 0 },
  IQ4_XS: { bytes: 136, scaleAt: 0, offsetAt: -1, rms: 1250, offsetPerScale: 0 },
  MXFP4: { bytes: 17, scaleAt: -1, offsetAt: -1, rms: 2.9, offsetPerScale: 0 },
} as const;

function fillBlocks(data: Uint8Array, type: keyof typeof blocks, { random, spread }: Spread): void {
  const { bytes, scaleAt, offsetAt, rms, offsetPerScale } = blocks[type];
  for (let i = 0; i < data.length; i++) data[i] = Math.floor(random() * 256);
  const view = new DataView(data.buffer);
  const scale = spread / rms;
  for (let block = 0; block < data.length; block += bytes) {
    if (scaleAt < 0) data[block] = 127 + Math.round(Math.log2(scale));
    else view.setUint16(block + scaleAt, half(scale, 'F16'), true);
    if (offsetAt >= 0) view.setUint16(block + offsetAt, half(scale * offsetPerScale, 'F16'), true);
  }
}

/** The 16-bit pattern of a small finite number: truncated, which is close enough for random weights. */
function half(value: number, type: 'F16' | 'BF16'): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, value);
  const bits = view.getUint32(0);
  if (type === 'BF16') return bits >>> 16;
  const sign = (bits >>> 16) & 0x8000;
  const exponent = ((bits >>> 23) & 0xff) - 112;
  const fraction = bits & 0x7fffff;
  if (exponent <= 0) return exponent < -10 ? sign : sign | ((fraction | 0x800000) >> (14 - exponent));
  return sign | (exponent << 10) | (fraction >> 13);
}

/** Mulberry32: small, seeded, and good enough for weights. */
export function randomSource(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
