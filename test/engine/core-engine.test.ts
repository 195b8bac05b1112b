import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BatchEntry, Engine, EngineOptions, Sequence } from '../../src/engine/engine.ts';
import { readGguf } from '../../src/engine/gguf.ts';
import { loadEngine } from '../../src/engine/load-engine.ts';
import { randomSource, type TinyOptions, writeTinyGguf } from '../helpers/tiny-gguf.ts';
import { relativeError } from './core-reference.ts';
import { referenceLogits } from './core-transformer.ts';

let folder: string;
const opened: Engine[] = [];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pathact-core-'));
});
afterAll(() => {
  for (const engine of opened) engine.close();
  rmSync(folder, { recursive: true });
});

let files = 0;
const tiny = (options: TinyOptions) => writeTinyGguf(join(folder, `${files++}.gguf`), options);
async function open(options: TinyOptions | string, engineOptions: EngineOptions = {}): Promise<Engine> {
  const engine = await loadEngine(typeof options === 'string' ? options : tiny(options), engineOptions);
  opened.push(engine);
  return engine;
}

function prompt(length: number, seed = 1): number[] {
  const random = randomSource(seed);
  return Array.from({ length }, () => Math.floor(random() * 250));
}

/** All logits of these tokens, handed over in pieces of the given sizes (the last size repeats). */
async function logitsOf(
  engine: Engine,
  tokens: readonly number[],
  pieces: readonly number[],
): Promise<Float32Array> {
  const sequence = engine.createSequence();
  const parts: Float32Array[] = [];
  for (let at = 0, i = 0; at < tokens.length; i++) {
    const size = pieces[Math.min(i, pieces.length - 1)]!;
    const [logits] = await engine.forward([{ sequence, tokens: tokens.slice(at, at + size), logits: 'all' }]);
    parts.push(logits!);
    at += size;
  }
  sequence.free();
  return Float32Array.from(parts.flatMap((part) => [...part]));
}

const types = [
  ...(['F32', 'F16', 'BF16', 'Q4_0', 'Q4_1', 'Q5_0', 'Q5_1', 'Q8_0', 'Q4_K', 'Q5_K', 'Q6_K'] as const),
  ...(['Q2_K', 'Q3_K', 'IQ4_NL', 'IQ4_XS', 'MXFP4'] as const),
];
const wide = (type: string): TinyOptions =>
  /K$|XS$/.test(type) ? { width: 256, feedForward: 256 } : { width: 96, heads: 6 };

const qwen3: TinyOptions = { architecture: 'qwen3', pre: 'qwen2', headDim: 32 };
const gemma3: TinyOptions = {
  architecture: 'gemma3',
  layers: 7,
  kvHeads: 1,
  headDim: 24,
  tied: true,
  window: 5,
};

describe('against a forward pass written from the formulas', () => {
  const cases: [string, TinyOptions, number][] = [
    ['llama in F32', { width: 64 }, 1e-3],
    ['qwen2 in F32, with biases and NEOX rotation', { architecture: 'qwen2', pre: 'qwen2' }, 1e-3],
    ['llama with frequency factors', { ropeFactors: true }, 1e-3],
    ['qwen3, whose heads are normed and wider than its embedding', qwen3, 1e-3],
    ['gemma3 with windows, local rope and post-norms', gemma3, 2e-3],
    ['gemma3 with a window over block borders', { ...gemma3, window: 70 }, 2e-3],
    ['a tied head', { tied: true, heads: 2, kvHeads: 1 }, 1e-3],
    ['one KV head a query head', { heads: 4, kvHeads: 4 }, 1e-3],
    // Activations are rounded to 8 bits before they meet quantised weights.
    ...types
      .slice(1)
      .map((type): [string, TinyOptions, number] => [
        `weights in ${type}`,
        { weights: type, embedding: type, ...wide(type), kvHeads: 2 },
        /^B?F/.test(type) ? 3e-3 : 0.05,
      ]),
  ];
  test.each(cases)('%s gives the same logits', async (_, options, tolerance) => {
    const file = tiny(options);
    const tokens = prompt(options.window === undefined ? 40 : 150);
    const expected = referenceLogits(readGguf(file), tokens).flat();
    for (const simd of ['scalar', 'auto'] as const) {
      const engine = await open(file, { simd, threads: 1 });
      expect(relativeError(await logitsOf(engine, tokens, [tokens.length]), expected)).toBeLessThan(
        tolerance,
      );
    }
  });
});

describe('a token gives the same bits', () => {
  const models: [string, TinyOptions][] = [
    ...types.map((type): [string, TinyOptions] => [type, { weights: type, embedding: type, ...wide(type) }]),
    ['qwen2', { architecture: 'qwen2', pre: 'qwen2', weights: 'Q4_1', embedding: 'Q8_0' }],
    ['qwen3', { ...qwen3, weights: 'Q4_1', embedding: 'Q8_0' }],
    ['gemma3', { ...gemma3, headDim: 32, window: 70, weights: 'Q5_0', embedding: 'Q8_0' }],
  ];
  test.each(models)('%s: however its prompt is cut', async (_, options) => {
    const engine = await open(options, { threads: 2 });
    const tokens = prompt(300);
    const whole = await logitsOf(engine, tokens, [300]);
    for (const pieces of [[1], [7], [64], [3, 100, 1, 1, 2, 50], [299, 1]]) {
      expect(equalBits(await logitsOf(engine, tokens, pieces), whole)).toBe(true);
    }
  });

  test.each(['scalar', 'avx2', 'avx512'] as const)('%s: whatever the number of threads', async (simd) => {
    const file = tiny({ weights: 'Q4_1', embedding: 'Q8_0', width: 128, heads: 2, kvHeads: 1 });
    const results: Float32Array[] = [];
    for (const threads of [1, 2, 3, 5]) {
      const engine = await open(file, { simd, threads }).catch(unavailable);
      if (!engine) return;
      results.push(await logitsOf(engine, prompt(270), [200, 1]));
    }
    for (const result of results) expect(equalBits(result, results[0]!)).toBe(true);
  });

  test('after thousands of tokens, whose keys the threads share out: alone, in pairs, and in one prompt', async () => {
    const file = tiny({ width: 64, heads: 4, kvHeads: 2, contextLength: 4096 });
    const results: Float32Array[] = [];
    for (const [threads, ...pieces] of [
      [1, 2300],
      [2, 2290, 1],
      [3, 1020, 8, 1000, 250, 2],
    ] as const) {
      const engine = await open(file, { threads });
      results.push((await logitsOf(engine, prompt(2300), pieces)).slice(-engine.facts.vocabularySize * 300));
    }
    for (const result of results) expect(equalBits(result, results[0]!)).toBe(true);
  });

  test.each(['Q4_1', 'Q6_K', 'F16'] as const)('%s: whatever else is in the batch', async (weights) => {
    const engine = await open({ weights, ...wide(weights) }, { threads: 2 });
    const prompts = [1, 3, 17, 90, 33, 120].map((length, i) => prompt(length, i + 1));
    const alone = await Promise.all(prompts.map((tokens) => logitsOf(engine, tokens, [tokens.length])));
    const random = randomSource(9);
    for (let round = 0; round < 4; round++) {
      const together = await interleaved(engine, prompts, random);
      for (const [i, logits] of together.entries()) expect(equalBits(logits, alone[i]!)).toBe(true);
    }
  });
});

/** Feeds all prompts side by side, a random piece of each a call, in random order. */
async function interleaved(
  engine: Engine,
  prompts: readonly number[][],
  random: () => number,
): Promise<Float32Array[]> {
  const lanes = prompts.map((tokens) => ({
    tokens,
    sequence: engine.createSequence(),
    logits: [] as number[],
  }));
  while (lanes.some(({ tokens, sequence }) => sequence.length < tokens.length)) {
    const chosen = lanes.filter(({ tokens, sequence }) => sequence.length < tokens.length && random() < 0.7);
    const batch = chosen.map(({ tokens, sequence }): BatchEntry => {
      const size = 1 + Math.floor(random() * (random() < 0.5 ? 1 : 80));
      return { sequence, tokens: tokens.slice(sequence.length, sequence.length + size), logits: 'all' };
    });
    const results = await engine.forward(batch);
    results.forEach((logits, i) => {
      for (const value of logits) chosen[i]!.logits.push(value);
    });
  }
  for (const { sequence } of lanes) sequence.free();
  return lanes.map(({ logits }) => Float32Array.from(logits));
}

describe('sequences', () => {
  test('"last" and "none" give the last token\'s logits and none', async () => {
    const engine = await open({});
    const all = await logitsOf(engine, prompt(9), [9]);
    const [a, b, c] = [0, 1, 2].map(() => engine.createSequence()) as [Sequence, Sequence, Sequence];
    const [last, none, empty] = await engine.forward([
      { sequence: a, tokens: prompt(9), logits: 'last' },
      { sequence: b, tokens: prompt(9), logits: 'none' },
      { sequence: c, tokens: [], logits: 'last' },
    ]);
    const vocabulary = engine.facts.vocabularySize;
    expect(equalBits(last!, all.slice(-vocabulary))).toBe(true);
    expect(none).toHaveLength(0);
    expect(empty).toHaveLength(0);
    expect([a.length, b.length, c.length]).toEqual([9, 9, 0]);
  });

  test('a sequence cut back and continued equals one that never went there', async () => {
    const engine = await open({ weights: 'Q5_0' });
    const sequence = engine.createSequence();
    const tokens = prompt(200);
    await engine.forward([{ sequence, tokens: [...tokens.slice(0, 130), ...prompt(70, 5)], logits: 'none' }]);
    for (const length of [130, 64, 63, 0]) {
      sequence.truncate(length);
      expect(sequence.length).toBe(length);
      const rest = tokens.slice(length);
      const [logits] = await engine.forward([{ sequence, tokens: rest, logits: 'last' }]);
      const fresh = await logitsOf(engine, tokens, [200]);
      expect(equalBits(logits!, fresh.slice(-engine.facts.vocabularySize))).toBe(true);
    }
  });

  test('calls made at once run one after the other, in order', async () => {
    const engine = await open({}, { threads: 2 });
    const sequence = engine.createSequence();
    const tokens = prompt(60);
    const parts = await Promise.all(
      [0, 20, 40].map((at) =>
        engine.forward([{ sequence, tokens: tokens.slice(at, at + 20), logits: 'last' }]),
      ),
    );
    const whole = await logitsOf(engine, tokens, [60]);
    expect(equalBits(parts[2]![0]!, whole.slice(-engine.facts.vocabularySize))).toBe(true);
  });

  test('the event loop goes on while a pass runs', async () => {
    const engine = await open(
      { width: 512, feedForward: 2048, layers: 6, weights: 'Q8_0' },
      { simd: 'scalar' },
    );
    let turns = 0;
    let running = true;
    const turn = () => {
      turns++;
      if (running) setImmediate(turn);
    };
    turn();
    await engine.forward([{ sequence: engine.createSequence(), tokens: prompt(60), logits: 'none' }]);
    running = false;
    expect(turns).toBeGreaterThan(20);
  });
});

describe('misuse', () => {
  test('is answered with an error that says what is wrong', async () => {
    const engine = await open({ contextLength: 64 });
    const other = await open({});
    const sequence = engine.createSequence();
    const run = (entry: Partial<BatchEntry>) =>
      engine.forward([{ sequence, tokens: [1], logits: 'none', ...entry } as BatchEntry]);
    await expect(run({ tokens: [-1] })).rejects.toThrow(RangeError);
    await expect(run({ tokens: [1e9] })).rejects.toThrow(RangeError);
    await expect(run({ tokens: [2 ** 32] })).rejects.toThrow(RangeError);
    await expect(run({ tokens: [engine.facts.vocabularySize] })).rejects.toThrow('not in the vocabulary');
    await expect(run({ tokens: [1.5] })).rejects.toThrow(RangeError);
    await expect(run({ tokens: [Number.NaN] })).rejects.toThrow(RangeError);
    await expect(run({ tokens: prompt(65) })).rejects.toThrow('context length of 64');
    await expect(run({ sequence: other.createSequence() })).rejects.toThrow('another engine');
    await expect(run({ sequence: {} as Sequence })).rejects.toThrow(TypeError);
    const twice = { sequence, tokens: [1], logits: 'none' } as const;
    await expect(engine.forward([twice, twice])).rejects.toThrow('twice');
    expect(() => sequence.truncate(1)).toThrow(RangeError);
    expect(() => sequence.truncate(-1)).toThrow(RangeError);
    expect(() => sequence.truncate(0.5)).toThrow(RangeError);
    sequence.free();
    expect(() => sequence.length).toThrow(RangeError);
    expect(() => sequence.free()).toThrow(RangeError);
    await expect(run({})).rejects.toThrow('no such sequence');
    expect(await engine.forward([])).toEqual([]);
  });

  test('a failed call leaves its sequences as they were', async () => {
    const engine = await open({ contextLength: 64 });
    const sequence = engine.createSequence();
    await engine.forward([{ sequence, tokens: prompt(60), logits: 'none' }]);
    await expect(engine.forward([{ sequence, tokens: prompt(5), logits: 'none' }])).rejects.toThrow(
      RangeError,
    );
    expect(sequence.length).toBe(60);
    await engine.forward([{ sequence, tokens: prompt(4), logits: 'none' }]);
    expect(sequence.length).toBe(64);
  });

  test('a sequence in use cannot be cut, and may be freed', async () => {
    const engine = await open({});
    const sequence = engine.createSequence();
    const running = engine.forward([{ sequence, tokens: prompt(100), logits: 'last' }]);
    expect(() => sequence.truncate(0)).toThrow(RangeError);
    await Promise.resolve();
    sequence.free();
    const [logits] = await running;
    expect(logits).toHaveLength(engine.facts.vocabularySize);
  });

  test('closing ends the running call well and the queued ones with an error', async () => {
    const engine = await open({ width: 256, feedForward: 1024, layers: 4 });
    const first = engine.createSequence();
    const second = engine.createSequence();
    const running = engine.forward([{ sequence: first, tokens: prompt(300), logits: 'last' }]);
    const queued = engine.forward([{ sequence: second, tokens: prompt(3), logits: 'last' }]);
    await Promise.resolve();
    engine.close();
    engine.close();
    expect((await running)[0]).toHaveLength(engine.facts.vocabularySize);
    await expect(queued).rejects.toThrow('closed');
    expect(() => engine.createSequence()).toThrow('closed');
    await expect(engine.forward([])).rejects.toThrow('closed');
  });

  test('a thousand engines and sequences come and go', async () => {
    const file = tiny({ layers: 1, width: 32, heads: 2, kvHeads: 1 });
    for (let i = 0; i < 100; i++) {
      const engine = await loadEngine(file, { threads: 1 + (i % 3) });
      for (let j = 0; j < 10; j++) {
        const sequence = engine.createSequence();
        await engine.forward([{ sequence, tokens: prompt(3, j), logits: 'last' }]);
        if (j % 2) sequence.free();
      }
      if (i % 10) engine.close();
    }
  });
});

function equalBits(a: Float32Array, b: Float32Array): boolean {
  return Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(
    Buffer.from(b.buffer, b.byteOffset, b.byteLength),
  );
}

function unavailable(error: unknown): undefined {
  if (!/has no SIMD level/.test(String(error))) throw error;
}
