import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { type ConversionType, convertModel, planConversion } from '../../src/engine/convert-model.ts';
import { readGguf } from '../../src/engine/gguf.ts';
import { ensureCore } from '../../src/engine/load-core.ts';
import { loadEngine } from '../../src/engine/load-engine.ts';
import { PathactError } from '../../src/errors.ts';
import { type TinyOptions, writeTinyGguf } from '../helpers/tiny-gguf.ts';
import { blockFormats, decodeRow, relativeError } from './core-reference.ts';

const { module } = await ensureCore();
const ids = { F32: 0, F16: 1, Q4_0: 2, Q8_0: 8 } as const;
const signal = new AbortController().signal;
const folder = mkdtempSync(join(tmpdir(), 'convert-'));
afterAll(() => rmSync(folder, { recursive: true }));

const encode = (type: keyof typeof ids, x: ArrayLike<number>) =>
  module.convertRows(0, ids[type], new Uint8Array(Float32Array.from(x).buffer), x.length);
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('rows', () => {
  test('conformance case C8: quantised bytes', () => {
    const x = Float32Array.from({ length: 32 }, (_, i) => (i - 16) / 8);
    expect(hex(encode('Q8_0', x))).toBe(
      '082481899199a1a9b1b9c0c8d0d8e0e8f0f8000810182028303840474f575f676f77',
    );
    expect(hex(encode('Q4_0', x))).toBe('0034809191a2a2b3b3c4c4d5d5e6e6f7f7f8');
  });

  test('the bytes are those of the PyPI package gguf 0.19', () => {
    const x = Float32Array.from({ length: 64 }, (_, i) => (((i * 7919 + 13) % 1009) - 504) / (37 + (i % 11)));
    expect(hex(encode('Q8_0', x))).toBe(
      'b02e815c340eeac8a763401fffd8b28f5e3814f2d1b165442e07e1bd9b603c19f8d9be2e' +
        'bb815a330de9c7a7623f1effd7b28f5d3713f1d0b163422d05e0bd9b5f3b18f8',
    );
    expect(hex(encode('Q4_0', x))).toBe(
      'a33e907e5b39e7c4b28e6c4a28e5c3a18e6cb03eb4907e5b39e7c4b28e6c4a28e5c3a17e',
    );
    expect(hex(encode('F16', x)).slice(0, 40)).toBe('a3cacd487045e63d96c0e2c5a7c82f49bc468642');
  });

  test('what is read back is within half a step', () => {
    const values = fc.array(fc.float({ noNaN: true, min: -1000, max: 1000 }), {
      minLength: 96,
      maxLength: 96,
    });
    fc.assert(
      fc.property(values, (x) => {
        for (const [type, steps] of [
          ['Q8_0', 127],
          ['Q4_0', 8],
        ] as const) {
          const back = decodeRow(blockFormats[type]!, encode(type, x), x.length);
          for (let block = 0; block < x.length; block += 32) {
            const most = Math.max(...x.slice(block, block + 32).map(Math.abs));
            // Q4_0 has no code for the far end of the other sign; the scale itself is an f16.
            const allowed = (most / steps) * (type === 'Q4_0' ? 1.001 : 0.55) + most * 2e-3 + 1e-4;
            for (let i = block; i < block + 32; i++) {
              expect(Math.abs(back[i]! - x[i]!)).toBeLessThanOrEqual(allowed);
            }
          }
        }
      }),
    );
  });

  test('zeros, infinities and what is no number give codes, not chaos', () => {
    for (const x of [0, Number.NaN, Number.POSITIVE_INFINITY, 3e38, 1e-45]) {
      const row = new Array(32).fill(x);
      row[3] = -x;
      for (const type of ['Q8_0', 'Q4_0', 'F16'] as const)
        expect(encode(type, row).length).toBeGreaterThan(0);
    }
    expect(decodeRow(blockFormats.Q8_0!, encode('Q8_0', new Array(32).fill(0)), 32)).toEqual(
      new Array(32).fill(0),
    );
  });

  test('arguments that do not fit together are refused', () => {
    const row = new Uint8Array(128);
    expect(() => module.convertRows(0, 12, row, 32)).toThrow(TypeError);
    expect(() => module.convertRows(77, 8, row, 32)).toThrow(TypeError);
    expect(() => module.convertRows(0, 8, row, 31)).toThrow(TypeError);
    expect(() => module.convertRows(0, 8, row, 0)).toThrow(TypeError);
    expect(() => module.convertRows(0, 8, row.subarray(1), 32)).toThrow(TypeError);
    expect(() => module.convertRows(0, 8, 'rows' as never, 32)).toThrow(TypeError);
    expect(() => module.convertRows(0, 8, row, 1e12)).toThrow(TypeError);
    expect(module.convertRows(0, 8, new Uint8Array(), 32)).toHaveLength(0);
  });
});

let files = 0;
const tiny = (options: TinyOptions) => writeTinyGguf(join(folder, `${files++}.gguf`), options);
async function converted(source: string, type: ConversionType): Promise<string> {
  const out = join(folder, `${files++}.${type}.gguf`);
  await convertModel(await planConversion(source, type), out, { signal });
  return out;
}

async function logitsOf(file: string): Promise<Float32Array> {
  const engine = await loadEngine(file);
  const tokens = Array.from({ length: 30 }, (_, i) => (i * 37) % 250);
  const [logits] = await engine.forward([{ sequence: engine.createSequence(), tokens, logits: 'all' }]);
  engine.close();
  return logits!;
}

const typesOf = (file: string) =>
  Object.fromEntries([...readGguf(file).tensors.values()].map(({ name, type }) => [name, type]));

describe('models', () => {
  const wide: TinyOptions = { width: 256, feedForward: 256 };
  test.each([
    ['F32', {}],
    ['BF16', { weights: 'BF16', embedding: 'BF16', architecture: 'qwen3', pre: 'qwen2', headDim: 32 }],
    ['Q2_K', { weights: 'Q2_K', embedding: 'Q3_K', ...wide }],
    ['Q5_1', { weights: 'Q5_1', embedding: 'Q8_0', architecture: 'gemma3', tied: true, headDim: 32 }],
  ] as [string, TinyOptions][])('%s weights as f16 and q8_0 say nearly the same', async (_, options) => {
    const source = tiny(options);
    const expected = await logitsOf(source);
    // A file of quantised weights rounds its activations too, the one in half precision does not.
    const rounded = options.weights !== undefined && options.weights !== 'BF16';
    const f16 = await converted(source, 'f16');
    expect(relativeError(await logitsOf(f16), expected)).toBeLessThan(rounded ? 0.08 : 0.01);
    expect(relativeError(await logitsOf(await converted(source, 'q8_0')), expected)).toBeLessThan(0.1);
  });

  test('matrices get the type, vectors are F32, with q4_0 the vocabulary stays at Q8_0', async () => {
    const source = tiny({ architecture: 'qwen2', pre: 'qwen2' });
    for (const [type, matrix, vocabulary] of [
      ['f16', 'F16', 'F16'],
      ['q8_0', 'Q8_0', 'Q8_0'],
      ['q4_0', 'Q4_0', 'Q8_0'],
    ] as const) {
      expect(typesOf(await converted(source, type))).toMatchObject({
        'token_embd.weight': vocabulary,
        'output.weight': vocabulary,
        'blk.0.attn_q.weight': matrix,
        'blk.1.ffn_down.weight': matrix,
        'blk.0.attn_q.bias': 'F32',
        'output_norm.weight': 'F32',
      });
    }
  });

  test('rows of no whole number of blocks become half precision', async () => {
    const source = tiny({ width: 48, heads: 3, kvHeads: 1, feedForward: 64 });
    // The core itself asks for widths of whole blocks, so only the plan is looked at.
    const { tensors } = await planConversion(source, 'q8_0');
    const types = new Map(tensors.map(({ to }) => [to.name, to.typeId]));
    expect(types.get('blk.0.attn_q.weight')).toBe(ids.F16);
    expect(types.get('blk.0.ffn_down.weight')).toBe(ids.Q8_0);
  });

  test('keys and their types are kept; the file type is the new one', async () => {
    const source = tiny({ weights: 'Q4_1' });
    const before = readGguf(source).metadata;
    const after = readGguf(await converted(source, 'q8_0')).metadata;
    for (const key of before.keys()) expect(after.get(key)).toEqual(before.get(key));
    expect(after.integer('general.file_type')).toBe(7);
    expect(after.integer('general.quantization_version')).toBe(2);
    expect([...after.keys()]).toHaveLength([...before.keys()].length + 2);
  });

  test('a tensor that has the type already is copied', async () => {
    const once = await converted(tiny({}), 'q8_0');
    const twice = await converted(once, 'q8_0');
    expect(await logitsOf(twice)).toEqual(await logitsOf(once));
    const half = readGguf(await converted(tiny({ weights: 'F16' }), 'f16'));
    expect(half.tensors.get('blk.0.attn_q.weight')!.type).toBe('F16');
  });

  test('an interrupted or failed conversion leaves no file behind', async () => {
    const before = readdirSync(folder);
    const source = tiny({});
    const plan = await planConversion(source, 'q8_0');
    const stopped = convertModel(plan, join(folder, 'stopped.gguf'), {
      signal: AbortSignal.abort(new Error('stop')),
    });
    await expect(stopped).rejects.toThrow('stop');
    const nowhere = convertModel(plan, join(folder, 'no/such/folder.gguf'), { signal });
    await expect(nowhere).rejects.toThrow(PathactError);
    expect(readdirSync(folder).filter((name) => !before.includes(name))).toEqual([source.split('/').pop()]);
  });
});
