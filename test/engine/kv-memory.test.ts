import { tmpdir } from 'node:os';
import { expect, onTestFinished, test } from 'vitest';
import type { Engine, LowBitOptions } from '../../src/engine/engine.ts';
import { conversationMemory, fastTierBytes, quantisedTokens } from '../../src/engine/kv-memory.ts';
import { tinyEngine } from '../helpers/tiny-endpoint.ts';
import type { TinyOptions } from '../helpers/tiny-gguf.ts';

test('C10: the fast tier of 8,192 tokens of the default model, and of 32,768 of an 8B model', () => {
  const small = 30 * 3 * 64 * 2 * 2;
  expect(small * 8192).toBe(188_743_680);
  expect(fastTierBytes(small, 2, 8192, 128)).toBe(32_440_320);
  const large = 32 * 8 * 128 * 2 * 2;
  expect(fastTierBytes(large, 1, 32_768, 128)).toBe(400 * 2 ** 20);
});

test('all but the last 64 to 127 tokens are quantised', () => {
  expect([0, 63, 64, 127, 128, 191, 192, 8192].map(quantisedTokens)).toEqual([0, 0, 0, 0, 64, 64, 128, 8128]);
});

const inFiles = () => ({ bits: 2, fetch: 8, slow: { tier: 'file', folder: tmpdir() } }) as const;

async function open(lowBit: LowBitOptions | undefined, options: TinyOptions = {}): Promise<Engine> {
  const engine = await tinyEngine(options, { lowBit });
  onTestFinished(() => engine.close());
  return engine;
}

/** Bytes in memory of a sequence as long as the context, its last token decoded. */
async function heldBytes(engine: Engine): Promise<number> {
  const sequence = engine.createSequence();
  const tokens = Array.from({ length: engine.contextLength }, (_, i) => 3 + ((i * 31) % 240));
  const [prompt, last] = [tokens.slice(0, -1), tokens.slice(-1)];
  await engine.forward([{ sequence, tokens: prompt, logits: 'none' }]);
  const lowBit = engine.lowBit !== undefined;
  await engine.forward([{ sequence, tokens: last, logits: 'none', lowBit }]);
  const held = engine.kvBytes;
  sequence.free();
  return held;
}

test('a conversation in memory takes what we say, less the low-bit copy of the last two blocks', async () => {
  const full = await open(undefined);
  expect(await heldBytes(full)).toBe(conversationMemory(full, full.contextLength).memory);
  for (const bits of [1, 2] as const) {
    const engine = await open({ bits, fetch: 8 });
    const { memory, fast } = conversationMemory(engine, engine.contextLength);
    const lowBit = fast - engine.kvSequenceBytes;
    expect(await heldBytes(engine)).toBe(memory - (2 * lowBit) / (engine.contextLength / 64));
  }
});

test('with a slow tier in files a conversation takes at most what we say, and never the full size', async () => {
  const engine = await open(inFiles());
  const { memory, fast } = conversationMemory(engine, engine.contextLength);
  expect(fast).toBe(memory);
  const held = await heldBytes(engine);
  expect(held).toBeLessThanOrEqual(fast);
  expect(held).toBeLessThan(engine.contextLength * engine.kvTokenBytes);
});

test('heads of 64 channels lie in memory as the formula says', async () => {
  for (const bits of [1, 2] as const) {
    const engine = await open({ bits, fetch: 8 }, { headDim: 64 });
    const { memory, fast } = conversationMemory(engine, 512);
    expect(fast).toBe(fastTierBytes(engine.kvTokenBytes, bits, 512, 8));
    expect(memory).toBe(512 * engine.kvTokenBytes + fast);
  }
  const engine = await open(inFiles(), { headDim: 64 });
  const { fast, formula } = conversationMemory(engine, 512);
  const tokenBytes = engine.kvTokenBytes;
  expect(formula).toBe(fastTierBytes(tokenBytes, 2, 448, 64 + 8 + 2));
  // The low-bit copy of the last block, and room for a second block in full instead of two tokens.
  expect(fast - formula).toBe(fastTierBytes(tokenBytes, 2, 64, 62));
});
