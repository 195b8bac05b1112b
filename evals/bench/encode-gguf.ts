import { tensorType } from '../../src/engine/gguf-types.ts';

/** A metadata value with its GGUF type. */
export type Value =
  | { u32: number }
  | { u64: bigint }
  | { f32: number }
  | { bool: boolean }
  | { string: string }
  | { strings: readonly string[] }
  | { i32s: readonly number[] }
  | { f32s: readonly number[] };

export interface TensorData {
  name: string;
  shape: readonly number[];
  typeId: number;
  data: Uint8Array;
}

/** The bytes of a GGUF file with these keys and tensors, laid out as llama.cpp writes them. */
export function encodeGguf(
  metadata: Readonly<Record<string, Value>>,
  tensors: readonly TensorData[],
  { version = 3, alignment = 32 } = {},
): Buffer {
  const keys = Object.entries(metadata);
  const head: Buffer[] = [Buffer.from('GGUF'), u32(version), u64(tensors.length), u64(keys.length)];
  for (const [key, value] of keys) head.push(string(key), encodeValue(value));
  let offset = 0;
  for (const { name, shape, typeId, data } of tensors) {
    head.push(string(name), u32(shape.length), ...shape.map(u64), u32(typeId), u64(offset));
    offset += padded(data.length, alignment);
  }
  const header = Buffer.concat(head);
  const body = tensors.flatMap(({ data }) => [
    data,
    Buffer.alloc(padded(data.length, alignment) - data.length),
  ]);
  return Buffer.concat([header, Buffer.alloc(padded(header.length, alignment) - header.length), ...body]);
}

/** Bytes that a tensor of this shape and type takes. */
export function tensorBytes(shape: readonly number[], typeId: number): number {
  const { blockValues, blockBytes } = tensorType(typeId)!;
  return (shape.reduce((product, size) => product * size, 1) / blockValues) * blockBytes;
}

const padded = (length: number, alignment: number) => Math.ceil(length / alignment) * alignment;

function encodeValue(value: Value): Buffer {
  if ('u32' in value) return Buffer.concat([u32(4), u32(value.u32)]);
  if ('u64' in value) return Buffer.concat([u32(10), u64(value.u64)]);
  if ('f32' in value) return Buffer.concat([u32(6), f32(value.f32)]);
  if ('bool' in value) return Buffer.concat([u32(7), Buffer.from([value.bool ? 1 : 0])]);
  if ('string' in value) return Buffer.concat([u32(8), string(value.string)]);
  if ('strings' in value) return list(8, value.strings.map(string));
  if ('i32s' in value) return list(5, value.i32s.map(i32));
  return list(6, value.f32s.map(f32));
}

const list = (type: number, items: readonly Buffer[]) =>
  Buffer.concat([u32(9), u32(type), u64(items.length), ...items]);

function string(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([u64(bytes.length), bytes]);
}
function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
function i32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}
function f32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
}
function u64(value: number | bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}
