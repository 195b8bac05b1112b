/** A metadata value with its GGUF type. */
export type GgufWritable =
  | { u32: number }
  | { u64: bigint }
  | { f32: number }
  | { bool: boolean }
  | { string: string }
  | { strings: readonly string[] }
  | { i32s: readonly number[] }
  | { f32s: readonly number[] };

export interface PlannedTensor {
  name: string;
  shape: readonly number[];
  typeId: number;
  byteLength: number;
}

/** The start of a file: everything before the weights, and where each tensor goes from there on. */
export interface GgufLayout {
  header: Buffer;
  /** Of each tensor, from the start of the file. */
  offsets: number[];
  fileBytes: number;
}

/**
 * Lays out a file with these keys (their values as `encodeValue` makes them, or copied from another file) and
 * tensors. Each tensor, and the file's end, are padded to the alignment, as llama.cpp writes them.
 */
export function layOutGguf(
  keys: ReadonlyMap<string, Buffer>,
  tensors: readonly PlannedTensor[],
  { version = 3, alignment = 32 } = {},
): GgufLayout {
  const head: Buffer[] = [Buffer.from('GGUF'), u32(version), u64(tensors.length), u64(keys.size)];
  for (const [key, value] of keys) head.push(string(key), value);
  const places: number[] = [];
  let end = 0;
  for (const { name, shape, typeId, byteLength } of tensors) {
    head.push(string(name), u32(shape.length), ...shape.map(u64), u32(typeId), u64(end));
    places.push(end);
    end += padded(byteLength, alignment);
  }
  const bytes = Buffer.concat(head);
  const header = Buffer.concat([bytes, Buffer.alloc(padded(bytes.length, alignment) - bytes.length)]);
  const offsets = places.map((place) => header.length + place);
  return { header, offsets, fileBytes: header.length + end };
}

const padded = (length: number, alignment: number) => Math.ceil(length / alignment) * alignment;

/** The value's type and bytes. */
export function encodeValue(value: GgufWritable): Buffer {
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
