import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readGguf } from '../../src/engine/gguf.ts';
import { loadEngine } from '../../src/engine/load-engine.ts';
import { readParameters } from '../../src/engine/model-parameters.ts';
import { PathactError } from '../../src/errors.ts';
import { type TinyOptions, writeTinyGguf } from '../helpers/tiny-gguf.ts';

const folder = mkdtempSync(join(tmpdir(), 'parameters-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
const write = (options: TinyOptions) => writeTinyGguf(join(folder, `${files++}.gguf`), options);
const parametersOf = (options: TinyOptions) => readParameters(readGguf(write(options)));
const gemma: TinyOptions = { architecture: 'gemma3', headDim: 32, kvHeads: 1 };

describe('gemma3', () => {
  test('what its files leave out is built in', () => {
    expect(parametersOf({ ...gemma, window: 40 })).toMatchObject({
      headDim: 32,
      ropeDims: 32,
      ropeBase: 1e6,
      ropeNeox: true,
      gelu: true,
      qkNorm: true,
      postNorms: true,
      embeddingScale: 8,
      attentionScale: 1 / Math.sqrt(32),
      window: 40,
      globalEvery: 6,
      localRopeBase: 10_000,
    });
  });

  test('what a file does say counts', () => {
    const metadata = {
      'gemma3.attention.sliding_window_pattern': { u32: 4 },
      'gemma3.rope.freq_base_swa': { f32: 5000 },
      'gemma3.rope.scaling.type': { string: 'linear' },
      'gemma3.rope.scaling.factor': { f32: 8 },
    };
    expect(parametersOf({ ...gemma, metadata })).toMatchObject({
      globalEvery: 4,
      localRopeBase: 5000,
      ropeScale: 8,
    });
  });

  test('62 layers, the largest, scale queries by their share of the embedding', () => {
    expect(parametersOf({ ...gemma, layers: 62 }).attentionScale).toBe(1 / Math.sqrt(16));
  });

  test.each([
    ['gemma3.final_logit_softcapping', { f32: 30 }],
    ['gemma3.attention.sliding_window', { f32: -1 }],
    ['gemma3.attention.sliding_window', { u32: 4_000_000_000 }],
    ['gemma3.attention.sliding_window_pattern', { u32: 0 }],
    ['gemma3.rope.freq_base_swa', { f32: 0 }],
  ] as const)('%s = %o is refused by name', async (key, value) => {
    const file = write({ ...gemma, metadata: { [key]: value } });
    await expect(loadEngine(file)).rejects.toThrow(PathactError);
    await expect(loadEngine(file)).rejects.toThrow(/softcapping|sliding_window|freq_base_swa|window/);
  });
});

test('other architectures know no windows and no scales of their own', () => {
  expect(parametersOf({ architecture: 'qwen3', pre: 'qwen2', headDim: 32 })).toMatchObject({
    headDim: 32,
    ropeNeox: true,
    gelu: false,
    qkNorm: true,
    postNorms: false,
    embeddingScale: 1,
    attentionScale: 1 / Math.sqrt(32),
    window: 0,
  });
  expect(parametersOf({})).toMatchObject({ ropeNeox: false, qkNorm: false, headDim: 16 });
});

test('a tensor that the architecture does not have is refused, one that it needs is missed', async () => {
  const asLlama = { 'general.architecture': { string: 'llama' } };
  const renamed = Object.fromEntries(
    Object.entries({
      block_count: 2,
      context_length: 512,
      embedding_length: 64,
      feed_forward_length: 128,
      'attention.head_count': 4,
      'attention.head_count_kv': 2,
    }).map(([key, value]) => [`qwen3.${key}`, { u32: value }]),
  );
  const odd = write({ architecture: 'qwen3', pre: 'qwen2', metadata: asLlama });
  await expect(loadEngine(odd)).rejects.toThrow('blk.0.attn_q_norm.weight');
  const lacking = write({ metadata: { 'general.architecture': { string: 'qwen3' }, ...renamed } });
  await expect(loadEngine(lacking)).rejects.toThrow('lacks the tensor "blk.0.attn_q_norm.weight"');
});
