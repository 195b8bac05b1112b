import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { basename } from 'node:path';
import { MalformedFileError, MissingError } from '../errors.ts';

const WINDOW_BYTES = 1024 * 1024;

/** Reads a GGUF header front to back through a window of about 1 MiB; no length is trusted before the file's end is known to be behind it. */
export class HeaderReader {
  readonly path: string;
  readonly fileBytes: number;
  readonly #file: number;
  #window: Buffer = Buffer.alloc(0);
  /** Where in the file the window starts, and the next byte to read in it. */
  #windowStart = 0;
  #next = 0;

  private constructor(path: string, file: number, fileBytes: number) {
    this.path = path;
    this.#file = file;
    this.fileBytes = fileBytes;
  }

  static open(path: string): HeaderReader {
    let file: number;
    try {
      file = openSync(path, 'r');
    } catch (cause) {
      throw new MissingError(`cannot open the model file ${path}`, {
        hint: '`pathact models list` shows what is there; `pathact models pull` fetches the default model.',
        cause,
      });
    }
    const stat = fstatSync(file);
    if (stat.isFile()) return new HeaderReader(path, file, stat.size);
    closeSync(file);
    throw new MalformedFileError(`${path} is not a file`, { hint: 'Name the .gguf file itself.' });
  }

  close(): void {
    closeSync(this.#file);
  }

  /** Bytes from the start of the file that were read so far. */
  get position(): number {
    return this.#windowStart + this.#next;
  }

  /** The next `length` bytes, valid until the next call. */
  bytes(length: number, place: string): Buffer {
    if (length > this.fileBytes - this.position) throw this.malformed(place, 'runs past the end of the file');
    if (this.#next + length > this.#window.length) this.#refill(length);
    this.#next += length;
    return this.#window.subarray(this.#next - length, this.#next);
  }

  u32(place: string): number {
    return this.bytes(4, place).readUInt32LE();
  }

  /** An unsigned 64-bit number that a double holds exactly. */
  safeU64(place: string): number {
    const value = Number(this.bytes(8, place).readBigUInt64LE());
    if (!Number.isSafeInteger(value)) throw this.malformed(place, 'holds a number past 2^53');
    return value;
  }

  /** A count of things that each take at least `itemBytes` in the rest of the file. */
  count(place: string, limit: number, itemBytes: number): number {
    const count = this.safeU64(place);
    const room = Math.floor((this.fileBytes - this.position) / itemBytes);
    if (count > limit) throw this.malformed(place, `is ${count}; the limit is ${limit}`);
    if (count > room) throw this.malformed(place, `is ${count}; the file ends before that`);
    return count;
  }

  string(place: string, limitBytes: number): string {
    const length = this.count(`the length of ${place}`, limitBytes, 1);
    return this.bytes(length, place).toString('utf8');
  }

  malformed(place: string, what: string): MalformedFileError {
    const at = `${basename(this.path)}, near byte ${this.position}`;
    return new MalformedFileError(`${at}: ${place} ${what}`, {
      hint: `The file is damaged or no GGUF model: ${this.path}. Fetch it again, e.g. with \`pathact models pull\`.`,
    });
  }

  #refill(length: number): void {
    const start = this.position;
    const wanted = Math.min(Math.max(length, WINDOW_BYTES), this.fileBytes - start);
    const window = Buffer.allocUnsafe(wanted);
    let filled = 0;
    while (filled < wanted) {
      const got = readSync(this.#file, window, filled, wanted - filled, start + filled);
      if (got === 0) throw this.malformed('the header', 'ends while it is being read');
      filled += got;
    }
    [this.#window, this.#windowStart, this.#next] = [window, start, 0];
  }
}

/** Names go into error messages, so they must not carry control characters or fill the screen. */
export function printable(name: string): string {
  const plain = name.replace(/\p{C}/gu, '\u{fffd}');
  return plain.length > 80 ? `${plain.slice(0, 80)}…` : plain;
}
