import { basename } from 'node:path';
import { MalformedFileError } from '../errors.ts';
import { type HeaderReader, printable } from './gguf-reader.ts';

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

/** Limits that no real model comes near; past them the file is taken as broken rather than read. */
export const MOST_KEYS = 65_536;
const LIMITS = {
  keyBytes: 65_535,
  stringBytes: 16 * 1024 * 1024,
  arrayLength: 4 * 1024 * 1024,
} as const;

/** Where in the file a key's value lies, its type included. */
export interface ValuePlace {
  start: number;
  end: number;
}

/** The key-value part. Getters give undefined where a key is absent and throw where it has another type. */
export class GgufMetadata {
  readonly #values: ReadonlyMap<string, GgufValue>;
  readonly #file: string;
  /** Of each key's value, in the file's order. */
  readonly places: ReadonlyMap<string, ValuePlace>;

  constructor(values: ReadonlyMap<string, GgufValue>, places: ReadonlyMap<string, ValuePlace>, file: string) {
    this.#values = values;
    this.places = places;
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

/** Reads the keys and values that follow the counts. */
export function readMetadata(reader: HeaderReader, count: number): GgufMetadata {
  const values = new Map<string, GgufValue>();
  const places = new Map<string, ValuePlace>();
  for (let i = 0; i < count; i++) {
    const key = reader.string(`the name of key ${i}`, LIMITS.keyBytes);
    if (values.has(key)) throw reader.malformed(`key "${printable(key)}"`, 'appears twice');
    const start = reader.position;
    values.set(key, readValue(reader, `the value of "${printable(key)}"`));
    places.set(key, { start, end: reader.position });
  }
  return new GgufMetadata(values, places, reader.path);
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
