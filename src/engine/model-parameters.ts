import { basename } from 'node:path';
import type { ModelFacts } from './engine.ts';
import type { GgufFile, GgufTensor } from './gguf.ts';
import type { ModelParameters } from './native-core.ts';
import { unsupported } from './unsupported.ts';

/** What the architectures differ in; the rest is one pre-norm transformer with gated feed-forward. */
interface Architecture {
  /** Which pairs of a head are rotated together. */
  ropeNeox: boolean;
  qkNorm: boolean;
  postNorms: boolean;
  gelu: boolean;
  /** Tensors of a layer beyond those that all have. */
  extraTensors: readonly string[];
}

const plain: Architecture = {
  ropeNeox: true,
  qkNorm: false,
  postNorms: false,
  gelu: false,
  extraTensors: [],
};
const biases = ['attn_q.bias', 'attn_k.bias', 'attn_v.bias'];
const headNorms = ['attn_q_norm.weight', 'attn_k_norm.weight'];
const postNorms = ['post_attention_norm.weight', 'post_ffw_norm.weight'];

const architectures: Readonly<Record<string, Architecture>> = {
  llama: { ...plain, ropeNeox: false, extraTensors: biases },
  qwen2: { ...plain, extraTensors: biases },
  qwen3: { ...plain, qkNorm: true, extraTensors: headNorms },
  gemma3: { ...plain, qkNorm: true, postNorms: true, gelu: true, extraTensors: [...headNorms, ...postNorms] },
};

export const supportedArchitectures: readonly string[] = Object.keys(architectures);

const tensorTypes = [
  ...['F32', 'F16', 'BF16', 'Q4_0', 'Q4_1', 'Q5_0', 'Q5_1', 'Q8_0', 'Q2_K', 'Q3_K', 'Q4_K', 'Q5_K', 'Q6_K'],
  ...['IQ4_NL', 'IQ4_XS', 'MXFP4'],
];

const modelTensors = ['token_embd', 'output', 'output_norm', 'rope_freqs'].map((name) => `${name}.weight`);
const layerTensors = [
  ...['attn_norm', 'attn_q', 'attn_k', 'attn_v', 'attn_output', 'ffn_norm', 'ffn_gate', 'ffn_up', 'ffn_down'],
].map((name) => `${name}.weight`);

/**
 * What the core needs to know of a model file. Throws `PathactError` naming an architecture, tensor, tensor
 * type or rope scaling that this engine does not have, `MalformedFileError` where the file lacks a value.
 */
export function readParameters(file: GgufFile): ModelParameters {
  const { metadata } = file;
  const name = readArchitecture(file);
  const architecture = architectures[name]!;
  checkTensors(file, name);
  const integer = (key: string) => metadata.integer(`${name}.${key}`);
  const required = (key: string) => integer(key) ?? fail(file, `${name}.${key}`);
  const heads = required('attention.head_count');
  const layers = required('block_count');
  const embedding = required('embedding_length');
  const headDim = integer('attention.key_length') ?? embedding / heads;
  const valueDim = integer('attention.value_length') ?? headDim;
  if (valueDim !== headDim) throw unsupported(`attention.value_length ${valueDim}`, [`${headDim}`]);
  return {
    layers,
    embedding,
    feedForward: required('feed_forward_length'),
    heads,
    kvHeads: integer('attention.head_count_kv') ?? heads,
    headDim,
    ropeDims: integer('rope.dimension_count') ?? headDim,
    vocabulary: readVocabularySize(file),
    normEpsilon: metadata.number(`${name}.attention.layer_norm_rms_epsilon`) ?? 1e-5,
    ropeBase: metadata.number(`${name}.rope.freq_base`) ?? 10_000,
    ropeScale: readRopeScale(file, name),
    ropeNeox: architecture.ropeNeox,
    gelu: architecture.gelu,
    qkNorm: architecture.qkNorm,
    postNorms: architecture.postNorms,
    ...(name === 'gemma3' ? readGemma(file, { layers, embedding, heads, headDim }) : noWindows(headDim)),
  };
}

type Windowed = Pick<
  ModelParameters,
  'embeddingScale' | 'attentionScale' | 'window' | 'globalEvery' | 'localRopeBase'
>;

const noWindows = (headDim: number): Windowed => ({
  embeddingScale: 1,
  attentionScale: 1 / Math.sqrt(headDim),
  window: 0,
  globalEvery: 1,
  localRopeBase: 10_000,
});

/**
 * Gemma 3's own. Its files need not say the pattern of local layers nor their rope base. The original rounds the
 * embedding's scale to bf16; llama.cpp, which we are held against, does not.
 */
function readGemma(
  { metadata }: GgufFile,
  { layers, embedding, heads, headDim }: Pick<ModelParameters, 'layers' | 'embedding' | 'heads' | 'headDim'>,
): Windowed {
  const key = (name: string) => `gemma3.${name}`;
  const softcap = metadata.number(key('final_logit_softcapping')) ?? 0;
  if (softcap !== 0) throw unsupported(`gemma3.final_logit_softcapping ${softcap}`, ['0']);
  // The largest, of 62 layers, scales by the width that its heads would have if they shared the embedding.
  const scaledWidth = layers === 62 ? Math.floor(embedding / heads) : headDim;
  return {
    embeddingScale: Math.sqrt(embedding),
    attentionScale: 1 / Math.sqrt(scaledWidth),
    window: metadata.integer(key('attention.sliding_window')) ?? 0,
    globalEvery: metadata.integer(key('attention.sliding_window_pattern')) ?? 6,
    localRopeBase:
      metadata.number(key('rope.freq_base_swa')) ?? metadata.number(key('rope.local.freq_base')) ?? 10_000,
  };
}

function readArchitecture({ metadata }: GgufFile): string {
  const name = metadata.text('general.architecture');
  if (name === undefined) throw metadata.malformed('the key "general.architecture"', 'is missing');
  if (!Object.hasOwn(architectures, name)) {
    throw unsupported(`the architecture "${printable(name)}"`, supportedArchitectures);
  }
  return name;
}

function checkTensors({ tensors }: GgufFile, architecture: string): void {
  const ofLayer = new Set([...layerTensors, ...architectures[architecture]!.extraTensors]);
  const isKnown = (name: string) =>
    modelTensors.includes(name) || (/^blk\.\d+\./.test(name) && ofLayer.has(name.replace(/^blk\.\d+\./, '')));
  for (const { name, type } of tensors.values()) {
    if (!isKnown(name))
      throw unsupported(`the tensor "${printable(name)}"`, [`dense ${architecture} models`]);
    if (!tensorTypes.includes(type)) throw unsupported(`the type ${type} of tensor "${name}"`, tensorTypes);
  }
}

// Yarn and its kin change the attention too; a file that asks for them would run, and be subtly wrong.
function readRopeScale({ metadata }: GgufFile, name: string): number {
  const type = metadata.text(`${name}.rope.scaling.type`) ?? 'none';
  if (type !== 'none' && type !== 'linear')
    throw unsupported(`the rope scaling "${printable(type)}"`, ['none', 'linear']);
  const factor =
    metadata.number(`${name}.rope.scaling.factor`) ?? metadata.number(`${name}.rope.scale_linear`);
  return type === 'linear' || metadata.text(`${name}.rope.scaling.type`) === undefined ? (factor ?? 1) : 1;
}

function readVocabularySize(file: GgufFile): number {
  const rows = file.tensors.get('token_embd.weight')?.shape[1];
  const tokens = file.metadata.texts('tokenizer.ggml.tokens')?.length;
  if (rows === undefined) throw file.metadata.malformed('the tensor "token_embd.weight"', 'is missing');
  if (tokens !== undefined && tokens !== rows) {
    throw file.metadata.malformed(
      'the vocabulary',
      `has ${tokens} tokens, but there are embeddings for ${rows}`,
    );
  }
  return rows;
}

function fail({ metadata }: GgufFile, key: string): never {
  throw metadata.malformed(`the key "${key}"`, 'is missing');
}

/** What the file says of itself, for `models inspect`, `/v1/models` and the run's record. */
export function readFacts(file: GgufFile, parameters: ModelParameters): ModelFacts {
  const { metadata } = file;
  const architecture = metadata.text('general.architecture')!;
  const tensors = [...file.tensors.values()];
  return {
    name: metadata.text('general.name') ?? basename(file.path),
    architecture,
    parameters: tensors.reduce((sum, tensor) => sum + values(tensor), 0),
    contextLength:
      metadata.integer(`${architecture}.context_length`) ?? fail(file, `${architecture}.context_length`),
    vocabularySize: parameters.vocabulary,
    layers: parameters.layers,
    fileBytes: file.fileBytes,
    quantisation: mostlyOf(tensors),
    chatTemplate: metadata.text('tokenizer.chat_template'),
    embedding: readEmbedding(file, architecture),
  };
}

/** llama.cpp's numbers; 0 is none, and ranking (4) gives a score, not an embedding. */
const poolings = { 1: 'mean', 2: 'first', 3: 'last' } as const;

function readEmbedding({ metadata }: GgufFile, architecture: string): ModelFacts['embedding'] {
  const pooling = poolings[metadata.integer(`${architecture}.pooling_type`) as keyof typeof poolings];
  return pooling && { pooling, addEos: metadata.flag('tokenizer.ggml.add_eos_token') ?? false };
}

const values = ({ shape }: GgufTensor) => shape.reduce((product, size) => product * size, 1);

function mostlyOf(tensors: readonly GgufTensor[]): string {
  const counts = new Map<string, number>();
  for (const tensor of tensors) counts.set(tensor.type, (counts.get(tensor.type) ?? 0) + values(tensor));
  return [...counts].reduce((most, next) => (next[1] > most[1] ? next : most), ['none', 0])[0];
}

function printable(name: string): string {
  return name.replace(/\p{C}/gu, '\u{fffd}').slice(0, 80);
}
