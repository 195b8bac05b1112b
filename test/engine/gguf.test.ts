import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { readGguf } from '../../src/engine/gguf.ts';
import { MalformedFileError, MissingError } from '../../src/errors.ts';
import { defaultModelFile, lacksDefaultModel } from '../helpers/default-model.ts';
import { encodeGguf, type TensorData, type Value } from '../helpers/encode-gguf.ts';
import { tinyGguf } from '../helpers/tiny-gguf.ts';

const folder = mkdtempSync(join(tmpdir(), 'gguf-'));
afterAll(() => rmSync(folder, { recursive: true }));

function read(bytes: Uint8Array) {
  const file = join(folder, 'model.gguf');
  writeFileSync(file, bytes);
  return readGguf(file);
}

const small: Record<string, Value> = {
  'general.architecture': { string: 'llama' },
  'a.u64': { u64: 5n },
  'a.huge': { u64: 2n ** 63n },
  'a.float': { f32: 0.5 },
  'a.flag': { bool: true },
  'a.words': { strings: ['', 'naïve', '日本'] },
  'a.ints': { i32s: [1, -2] },
};
const weights = (name: string): TensorData => ({ name, shape: [32, 2], typeId: 8, data: new Uint8Array(68) });

test('a header is read with its values and the place of each tensor', () => {
  const file = read(encodeGguf(small, [weights('first'), weights('second')]));
  expect(file.version).toBe(3);
  expect(file.metadata.text('general.architecture')).toBe('llama');
  expect(file.metadata.integer('a.u64')).toBe(5);
  expect(file.metadata.get('a.huge')).toBe(2n ** 63n);
  expect(file.metadata.number('a.float')).toBe(0.5);
  expect(file.metadata.flag('a.flag')).toBe(true);
  expect(file.metadata.texts('a.words')).toEqual(['', 'naïve', '日本']);
  expect(file.metadata.numbers('a.ints')).toEqual(Int32Array.of(1, -2));
  expect(file.metadata.text('absent')).toBeUndefined();
  const [first, second] = [...file.tensors.values()];
  expect(first).toMatchObject({ name: 'first', type: 'Q8_0', shape: [32, 2], byteLength: 68 });
  expect(second!.offset - first!.offset).toBe(96);
  expect(second!.offset + 96).toBe(file.fileBytes);
});

test('version 2 is read too, and a large alignment is kept', () => {
  expect(read(encodeGguf(small, [weights('w')], { version: 2 })).version).toBe(2);
  const aligned = { ...small, 'general.alignment': { u32: 4096 } };
  expect(read(encodeGguf(aligned, [weights('w')], { alignment: 4096 })).tensors.get('w')!.offset).toBe(4096);
});

const hostile: [string, () => Buffer, RegExp][] = [
  ['another format', () => Buffer.from('PK\x03\x04 a zip file, surely'), /not "GGUF"/],
  ['version 1', () => encodeGguf(small, [], { version: 1 }), /version is 1/],
  ['big endian', () => encodeGguf(small, [], { version: 0x03000000 }), /big endian/],
  ['an endless tensor count', () => patchU64(encodeGguf(small, []), 8, 2n ** 60n), /tensor count/],
  [
    'an endless key count',
    () => patchU64(encodeGguf(small, []), 16, 60_000n),
    /key count is 60000; the file ends/,
  ],
  ['an endless key name', () => patchU64(encodeGguf(small, []), 24, 2n ** 40n), /name of key 0/],
  ['a tensor named twice', () => encodeGguf(small, [weights('w'), weights('w')]), /"w" appears twice/],
  [
    'a tensor past the end',
    () => encodeGguf(small, [{ ...weights('w'), shape: [32, 9] }]),
    /past the file's end/,
  ],
  [
    'a shape whose product overflows',
    () => encodeGguf(small, [{ ...weights('w'), shape: [2 ** 32, 2 ** 32, 2 ** 32, 2] }]),
    /which the file cannot hold/,
  ],
  ['an empty dimension', () => encodeGguf(small, [{ ...weights('w'), shape: [0] }]), /cannot hold/],
  [
    'five dimensions',
    () => encodeGguf(small, [{ ...weights('w'), shape: [32, 1, 1, 1, 1] }]),
    /5 dimensions/,
  ],
  ['rows that are no whole blocks', () => encodeGguf(small, [{ ...weights('w'), shape: [33] }]), /packs 32/],
  ['an unknown tensor type', () => encodeGguf(small, [{ ...weights('w'), typeId: 999 }]), /unknown type 999/],
  ['an alignment of 48', () => encodeGguf({ 'general.alignment': { u32: 48 } }, []), /not a power of two/],
];
test.each(hostile)('%s is refused with the place in the file', (_, bytes, message) => {
  expect(() => read(bytes())).toThrow(MalformedFileError);
  expect(() => read(bytes())).toThrow(message);
});

function patchU64(bytes: Buffer, at: number, value: bigint): Buffer {
  bytes.writeBigUInt64LE(value, at);
  return bytes;
}

test('a key that appears twice is refused', () => {
  const bytes = encodeGguf({ 'a.one': { u32: 1 }, 'a.two': { u32: 2 } }, []);
  bytes.write('a.one', bytes.indexOf('a.two'));
  expect(() => read(bytes)).toThrow(/key "a.one" appears twice/);
});

test('a value of another type than asked for is an error that names the key', () => {
  const { metadata } = read(encodeGguf(small, []));
  expect(() => metadata.integer('a.words')).toThrow(/"a.words" is not a whole number/);
  expect(() => metadata.integer('a.huge')).toThrow(MalformedFileError);
});

test('a missing file says how to get one, a folder is no model', () => {
  expect(() => readGguf(join(folder, 'absent.gguf'))).toThrow(MissingError);
  expect(() => readGguf(folder)).toThrow(/not a file/);
});

test('a header cut anywhere is an error, never a crash', () => {
  const bytes = encodeGguf(small, [weights('first'), weights('second')]);
  for (let length = 0; length < bytes.length - 28; length++) {
    expect(() => read(bytes.subarray(0, length)), `cut at ${length}`).toThrow(MalformedFileError);
  }
});

test('flipped bytes are read or refused, but never crash, hang or fill the memory', () => {
  const valid = tinyGguf({ layers: 1 });
  const header = 8000;
  const flips = fc.array(fc.tuple(fc.nat(header - 1), fc.nat(255)), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(flips, (changes) => {
      const bytes = Buffer.from(valid);
      for (const [at, byte] of changes) bytes[at] = byte;
      try {
        expect(read(bytes).tensors.size).toBeLessThan(100);
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedFileError);
      }
    }),
    { numRuns: 400 },
  );
  expect(process.memoryUsage().arrayBuffers).toBeLessThan(500e6);
});

test.each(['llama', 'qwen2'] as const)('the tiny %s model of the tests is a valid file', (architecture) => {
  for (const weights of ['F32', 'F16', 'BF16', 'Q4_0', 'Q4_1', 'Q5_0', 'Q5_1', 'Q8_0'] as const) {
    const file = read(tinyGguf({ architecture, weights }));
    expect(file.tensors.get('blk.1.ffn_down.weight')?.type).toBe(weights);
    expect(file.tensors.has('blk.0.attn_q.bias')).toBe(architecture === 'qwen2');
  }
  for (const weights of ['Q4_K', 'Q5_K', 'Q6_K'] as const) {
    expect(read(tinyGguf({ architecture, weights, width: 256 })).tensors.size).toBeGreaterThan(20);
  }
});

test('a file of one gigabyte costs its header only', () => {
  const path = join(folder, 'large.gguf');
  writeFileSync(path, encodeGguf(small, [weights('w')]));
  truncateSync(path, 2 ** 30);
  const start = performance.now();
  expect(readGguf(path).fileBytes).toBe(2 ** 30);
  expect(performance.now() - start).toBeLessThan(200);
});

test.skipIf(lacksDefaultModel)('the default model has the tensors that its publisher lists', () => {
  const { metadata, tensors } = readGguf(defaultModelFile);
  const types = Object.groupBy(tensors.values(), (tensor) => tensor.type);
  expect(Object.fromEntries(Object.entries(types).map(([type, of]) => [type, of!.length]))).toEqual({
    Q4_1: 210,
    F32: 61,
    Q8_0: 1,
  });
  expect(metadata.texts('tokenizer.ggml.tokens')).toHaveLength(49_152);
});
