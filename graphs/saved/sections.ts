import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { MalformedFileError } from '../../src/errors.ts';

/** Goes up with every change of what is saved: older files are then made anew. */
export const savedVersion = 1;

const magic = 'pathact1';
const headerStart = 16;
const mostHeaderBytes = 2 ** 20;

const headerSchema = z.object({
  version: z.literal(savedVersion),
  kind: z.string(),
  meta: z.unknown(),
  sections: z.record(
    z.string(),
    z.object({ start: z.number().int().nonnegative(), bytes: z.number().int().nonnegative() }),
  ),
});

/** A saved file that is damaged, old or hostile. Whoever opens it makes it anew. */
export class BrokenIndexError extends MalformedFileError {
  constructor(what: string) {
    super(`saved index: ${what}`, { hint: "Delete the files that end in .index in the graph's folder." });
  }
}

export type Section = Uint8Array | Uint16Array | Int32Array | Float64Array;

/** One file: magic, CRC-32 of all that follows, a JSON header, then the sections, each on a multiple of 8 bytes. */
export function encodeSections(kind: string, meta: unknown, sections: Record<string, Section>): Uint8Array {
  const places: Record<string, { start: number; bytes: number }> = {};
  let end = 0;
  for (const [name, { byteLength }] of Object.entries(sections)) {
    places[name] = { start: end, bytes: byteLength };
    end = aligned(end + byteLength);
  }
  const header = Buffer.from(JSON.stringify({ version: savedVersion, kind, meta, sections: places }));
  const bodyStart = aligned(headerStart + header.length);
  const file = Buffer.alloc(bodyStart + end);
  file.write(magic, 0, 'latin1');
  file.writeUInt32LE(header.length, 12);
  header.copy(file, headerStart);
  for (const [name, { buffer, byteOffset, byteLength }] of Object.entries(sections)) {
    file.set(new Uint8Array(buffer, byteOffset, byteLength), bodyStart + (places[name]?.start as number));
  }
  file.writeUInt32LE(crc32(file.subarray(12)), 8);
  return file;
}

/** The sections of a file; views on it, not copies. Every method throws `BrokenIndexError`. */
export class Sections {
  readonly meta: unknown;
  readonly #places: z.infer<typeof headerSchema>['sections'];
  readonly #body: Uint8Array;

  constructor(file: Uint8Array, kind: string) {
    const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
    if (bytes.length < headerStart || bytes.toString('latin1', 0, 8) !== magic) throw broken('no index file');
    if (bytes.readUInt32LE(8) !== crc32(bytes.subarray(12))) throw broken('damaged');
    const headerBytes = bytes.readUInt32LE(12);
    if (headerBytes > mostHeaderBytes || headerStart + headerBytes > bytes.length) throw broken('header');
    const header = headerSchema.safeParse(
      parsed(bytes.toString('utf8', headerStart, headerStart + headerBytes)),
    );
    if (!header.success || header.data.kind !== kind) throw broken('another version or kind');
    this.meta = header.data.meta;
    this.#places = header.data.sections;
    this.#body = bytes.subarray(aligned(headerStart + headerBytes));
  }

  bytes(name: string): Uint8Array {
    const place = Object.hasOwn(this.#places, name) ? this.#places[name] : undefined;
    if (!place || place.start + place.bytes > this.#body.length) throw broken(`no section ${name}`);
    return this.#body.subarray(place.start, place.start + place.bytes);
  }

  units(name: string): Uint16Array {
    return this.#typed(name, Uint16Array);
  }

  /** How many rows a section of offsets tells of: one less than it has. */
  rowCount(name: string): number {
    const { length } = this.#typed(name, Int32Array);
    if (length === 0) throw broken(name);
    return length - 1;
  }

  /** Whole numbers from `least` up to but not including `limit`. */
  numbers(name: string, least: number, limit: number): Int32Array {
    const numbers = this.#typed(name, Int32Array);
    let [lowest, highest] = [least, least];
    for (let i = 0; i < numbers.length; i++) {
      const number = numbers[i] as number;
      if (number > highest) highest = number;
      else if (number < lowest) lowest = number;
    }
    const isEmpty = numbers.length === 0;
    if (!isEmpty && (lowest < least || highest >= limit)) throw broken(`${name} beyond its limits`);
    return numbers;
  }

  /** Where each of `count` rows starts in something of `total` entries, and the end. */
  offsets(name: string, count: number, total: number): Int32Array {
    const offsets = this.#typed(name, Int32Array);
    if (offsets.length !== count + 1 || offsets[0] !== 0 || offsets[count] !== total) throw broken(name);
    for (let i = 0; i < count; i++) {
      if ((offsets[i] as number) > (offsets[i + 1] as number)) throw broken(`${name} goes back`);
    }
    return offsets;
  }

  /** `count` finite numbers that are not negative. */
  weights(name: string, count: number): Float64Array {
    const weights = this.#typed(name, Float64Array);
    if (weights.length !== count) throw broken(name);
    for (let i = 0; i < count; i++) {
      if (!((weights[i] as number) >= 0 && (weights[i] as number) < Number.POSITIVE_INFINITY))
        throw broken(name);
    }
    return weights;
  }

  #typed<T>(
    name: string,
    kind: { new (buffer: ArrayBufferLike, start: number, length: number): T; BYTES_PER_ELEMENT: number },
  ): T {
    const bytes = this.bytes(name);
    const size = kind.BYTES_PER_ELEMENT;
    if (bytes.length % size !== 0) throw broken(`${name} ends within a number`);
    // A hostile header may place a section anywhere.
    const { buffer, byteOffset } = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes);
    return new kind(buffer, byteOffset, bytes.length / size);
  }
}

export function broken(what: string): BrokenIndexError {
  return new BrokenIndexError(what);
}

const aligned = (place: number) => Math.ceil(place / 8) * 8;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw broken('not JSON');
  }
}
