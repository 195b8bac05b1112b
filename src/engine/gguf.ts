import { basename } from 'node:path';
import { MalformedFileError } from '../errors.ts';
import { HeaderReader } from './gguf-reader.ts';
import { tensorType } from './gguf-types.ts';

/** Numbers of a list value; 64-bit ones are rounded to doubles, true and false are 1 and 0. */
export type NumberArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array;

/** A 64-bit integer past 2^53 stays a bigint. */
export type GgufValue = number | bigint | boolean | string | string[] | NumberArray;

export interface GgufTensor {
  name: string;
  /** ggml's type, e.g. `Q4_1`, and its number in the file. */
  type: string;
  typeId: number;
  /** ggml order: `shape[0]` is the contiguous row length. One to four entries. */
  shape: number[];
  /** From the start of the file, in bytes. */
  offset: number;
  byteLength: number;
}

/** A GGUF file's header: everything but the weights. */
export interface GgufFile {
  path: string;
  version: number;
  fileBytes: number;
  alignment: number;
  metadata: GgufMetadata;
  /** In the file's order. */
  tensors: Map<string, GgufTensor>;
}

/** Limits that no real model comes near; past them the file is taken as broken rather than read. */
const LIMITS = {
  keys: 65_536,
  tensors: 65_536,
  keyBytes: 65_535,
  tensorNameBytes: 255,
  stringBytes: 16 * 1024 * 1024,
  arrayLength: 4 * 1024 * 1024,
  alignment: 1024 * 1024,
} as const;

/** The key-value part. Getters give undefined where a key is absent and throw where it has another type. */
export class GgufMetadata {
  readonly #values: ReadonlyMap<string, GgufValue>;
  readonly #file: string;

  constructor(values: ReadonlyMap<string, GgufValue>, file: string) {
    this.#values = values;
    this.#file = file;
  }

  get(key: string): GgufValue | undefined {
    return this.#values.get(key);
  }

  keys(): IterableIterator<string> {
    return this.#values.keys();
  }

  text(key: string): string | undefined {
    return this.#typed(key, 'a string', (value) => typeof value === 'string');
  }

  /** A whole number that a double holds exactly. */
  integer(key: string): number | undefined {
    return this.#typed(key, 'a whole number', (value): value is number => Number.isSafeInteger(value));
  }

  number(key: string): number | undefined {
    return this.#typed(key, 'a number', (value): value is number => Number.isFinite(value));
  }

  flag(key: string): boolean | undefined {
    return this.#typed(key, 'true or false', (value) => typeof value === 'boolean');
  }

  texts(key: string): string[] | undefined {
    return this.#typed(key, 'a list of strings', (value): value is string[] => Array.isArray(value));
  }

  numbers(key: string): NumberArray | undefined {
    return this.#typed(key, 'a list of numbers', (value): value is NumberArray => ArrayBuffer.isView(value));
  }

  #typed<T extends GgufValue>(key: string, wanted: string, is: (v: GgufValue) => v is T): T | undefined {
    const value = this.#values.get(key);
    if (value === undefined || is(value)) return value;
    throw this.malformed(`the value of "${key}"`, `is not ${wanted}`);
  }

  /** An error about this file, for readers that find its values at odds with each other. */
  malformed(place: string, what: string): MalformedFileError {
    return new MalformedFileError(`${basename(this.#file)}: ${place} ${what}`, {
      hint: `The file is damaged or no GGUF model: ${this.#file}. Fetch it again, e.g. with \`pathact models pull\`.`,
    });
  }
}

/**
 * Reads the header of a GGUF file (version 2 or 3, little endian); the weights stay on disk, so a
 * file of any size costs its header only. Every count, length and offset is checked before use.
 * Throws `MissingError` when there is no such file and `MalformedFileError` naming file and place.
 */
export function readGguf(path: string): GgufFile {
  const reader = HeaderReader.open(path);
  try {
    const version = readVersion(reader);
    const tensorCount = reader.count('the tensor count', LIMITS.tensors, 24);
    const keyCount = reader.count('the key count', LIMITS.keys, 13);
    const metadata = new GgufMetadata(readMetadata(reader, keyCount), path);
    const alignment = readAlignment(metadata);
    const infos = readTensorInfos(reader, tensorCount);
    const dataStart = Math.ceil(reader.position / alignment) * alignment;
    const tensors = placeTensors(infos, dataStart, alignment, reader);
    return { path, version, fileBytes: reader.fileBytes, alignment, metadata, tensors };
  } finally {
    reader.close();
  }
}

function readVersion(reader: HeaderReader): number {
  if (reader.fileBytes < 24 || reader.bytes(4, 'the magic').toString('latin1') !== 'GGUF') {
    throw reader.malformed('the first four bytes', 'are not "GGUF"');
  }
  const version = reader.u32('the version');
  if (version === 2 || version === 3) return version;
  const bigEndian = version === 0x02000000 || version === 0x03000000;
  throw reader.malformed(
    'the version',
    bigEndian ? 'is stored big endian; convert the file to little endian' : `is ${version}; 2 and 3 are read`,
  );
}

function readMetadata(reader: HeaderReader, count: number): Map<string, GgufValue> {
  const values = new Map<string, GgufValue>();
  for (let i = 0; i < count; i++) {
    const key = reader.string(`the name of key ${i}`, LIMITS.keyBytes);
    if (values.has(key)) throw reader.malformed(`key "${printable(key)}"`, 'appears twice');
    values.set(key, readValue(reader, `the value of "${printable(key)}"`));
  }
  return values;
}

function readValue(reader: HeaderReader, place: string): GgufValue {
  const type = reader.u32(place);
  if (type === STRING) return reader.string(place, LIMITS.stringBytes);
  if (type === ARRAY) return readArray(reader, place);
  return readScalar(reader, type, place);
}

const BOOL = 7;
const STRING = 8;
const ARRAY = 9;

function readScalar(reader: HeaderReader, type: number, place: string): number | bigint | boolean {
  switch (type) {
    case 0:
      return reader.bytes(1, place).readUInt8();
    case 1:
      return reader.bytes(1, place).readInt8();
    case 2:
      return reader.bytes(2, place).readUInt16LE();
    case 3:
      return reader.bytes(2, place).readInt16LE();
    case 4:
      return reader.u32(place);
    case 5:
      return reader.bytes(4, place).readInt32LE();
    case 6:
      return reader.bytes(4, place).readFloatLE();
    case BOOL:
      return reader.bytes(1, place).readUInt8() !== 0;
    case 10:
      return exact(reader.bytes(8, place).readBigUInt64LE());
    case 11:
      return exact(reader.bytes(8, place).readBigInt64LE());
    case 12:
      return reader.bytes(8, place).readDoubleLE();
    default:
      throw reader.malformed(place, `has the unknown type ${type}`);
  }
}

function exact(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

interface ArrayKind {
  bytes: number;
  create(length: number): NumberArray;
}
const arrayKinds: Record<number, ArrayKind> = {
  0: { bytes: 1, create: (n) => new Uint8Array(n) },
  1: { bytes: 1, create: (n) => new Int8Array(n) },
  2: { bytes: 2, create: (n) => new Uint16Array(n) },
  3: { bytes: 2, create: (n) => new Int16Array(n) },
  4: { bytes: 4, create: (n) => new Uint32Array(n) },
  5: { bytes: 4, create: (n) => new Int32Array(n) },
  6: { bytes: 4, create: (n) => new Float32Array(n) },
  7: { bytes: 1, create: (n) => new Uint8Array(n) },
  10: { bytes: 8, create: (n) => new Float64Array(n) },
  11: { bytes: 8, create: (n) => new Float64Array(n) },
  12: { bytes: 8, create: (n) => new Float64Array(n) },
};

function readArray(reader: HeaderReader, place: string): GgufValue {
  const type = reader.u32(place);
  if (type === ARRAY) throw reader.malformed(place, 'is a list of lists, which no model uses');
  if (type === STRING) {
    const length = reader.count(`the length of ${place}`, LIMITS.arrayLength, 8);
    return Array.from({ length }, () => reader.string(place, LIMITS.stringBytes));
  }
  const kind = arrayKinds[type];
  if (!kind) throw reader.malformed(place, `is a list of the unknown type ${type}`);
  const length = reader.count(`the length of ${place}`, LIMITS.arrayLength, kind.bytes);
  const array = kind.create(length);
  for (let i = 0; i < length; i++) array[i] = Number(readScalar(reader, type, place));
  return array;
}

function readAlignment(metadata: GgufMetadata): number {
  const alignment = metadata.integer('general.alignment') ?? 32;
  const usable = alignment >= 1 && alignment <= LIMITS.alignment && Number.isInteger(Math.log2(alignment));
  if (usable) return alignment;
  throw metadata.malformed(
    'the value of "general.alignment"',
    `is ${alignment}, not a power of two up to 1 MiB`,
  );
}

type TensorInfo = Omit<GgufTensor, 'byteLength'>;

function readTensorInfos(reader: HeaderReader, count: number): Map<string, TensorInfo> {
  const infos = new Map<string, TensorInfo>();
  for (let i = 0; i < count; i++) {
    const name = reader.string(`the name of tensor ${i}`, LIMITS.tensorNameBytes);
    const place = `tensor "${printable(name)}"`;
    if (infos.has(name)) throw reader.malformed(place, 'appears twice');
    const dimensions = reader.u32(place);
    if (dimensions < 1 || dimensions > 4) throw reader.malformed(place, `has ${dimensions} dimensions`);
    const shape = Array.from({ length: dimensions }, () => reader.safeU64(place));
    const typeId = reader.u32(place);
    const type = tensorType(typeId);
    if (!type) throw reader.malformed(place, `has the unknown type ${typeId}`);
    infos.set(name, { name, type: type.name, typeId, shape, offset: reader.safeU64(place) });
  }
  return infos;
}

function placeTensors(
  infos: Map<string, TensorInfo>,
  dataStart: number,
  alignment: number,
  reader: HeaderReader,
): Map<string, GgufTensor> {
  const tensors = new Map<string, GgufTensor>();
  for (const info of infos.values()) {
    const place = `tensor "${printable(info.name)}"`;
    const byteLength = tensorBytes(info, reader, place);
    const offset = dataStart + info.offset;
    if (info.offset % alignment !== 0) throw reader.malformed(place, `starts off the alignment ${alignment}`);
    if (offset + byteLength > reader.fileBytes) {
      throw reader.malformed(place, `needs ${byteLength} bytes at ${offset}, past the file's end`);
    }
    tensors.set(info.name, { ...info, offset, byteLength });
  }
  return tensors;
}

// Stops before a product can leave the exact range of a double: no tensor has more values than the file has bits.
function tensorBytes(info: TensorInfo, reader: HeaderReader, place: string): number {
  const { blockValues, blockBytes } = tensorType(info.typeId)!;
  const most = reader.fileBytes * 8;
  let values = 1;
  for (const size of info.shape) {
    if (size < 1 || size > most / values) {
      throw reader.malformed(place, `has the shape ${info.shape.join(' x ')}, which the file cannot hold`);
    }
    values *= size;
  }
  if (info.shape[0]! % blockValues !== 0) {
    throw reader.malformed(
      place,
      `has rows of ${info.shape[0]} values; ${info.type} packs ${blockValues} at a time`,
    );
  }
  return (values / blockValues) * blockBytes;
}

/** Names go into error messages, so they must not carry control characters or fill the screen. */
function printable(name: string): string {
  const plain = name.replace(/\p{C}/gu, '\u{fffd}');
  return plain.length > 80 ? `${plain.slice(0, 80)}…` : plain;
}
