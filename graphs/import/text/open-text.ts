import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { TextDecoder } from 'node:util';
import { createGunzip } from 'node:zlib';
import { MalformedFileError, MissingError } from '../../../src/errors.ts';

/** What a file may unpack to: enough for the largest public files, and an end to archives without one. */
const maxBytes = 4 * 2 ** 30;
/** Pathway files pack to between a tenth and a thirtieth; only endless repetition packs to a thousandth. */
const maxRatio = 400;
const ratioFreeBytes = 16 * 2 ** 20;

/**
 * The text of a file, chunk by chunk. A file that begins as gzip does is unpacked on the way, whatever its name. UTF-8
 * is the rule; UTF-16 with its mark, and the encoding that an XML declaration names, are understood. Throws
 * `MissingError` where there is no file, `MalformedFileError` for broken archives and bytes that are no text.
 */
export async function* openText(path: string, signal?: AbortSignal): AsyncGenerator<string> {
  signal?.throwIfAborted();
  let decoder: TextDecoder | undefined;
  for await (const bytes of unpackedBytes(path, signal)) {
    decoder ??= new TextDecoder(encodingOf(bytes), { fatal: true });
    const text = decode(path, decoder, bytes);
    if (text !== '') yield text;
  }
  if (decoder) decode(path, decoder);
}

async function* unpackedBytes(path: string, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  const packedBytes = await fileBytes(path);
  const file = createReadStream(path);
  const stream = (await isGzip(path)) ? pipeline(file, createGunzip(), () => {}) : file;
  let bytes = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      signal?.throwIfAborted();
      bytes += chunk.length;
      refuseBomb(path, bytes, packedBytes);
      yield chunk;
    }
  } catch (error) {
    throw isZlibError(error) ? brokenArchive(path, error) : error;
  } finally {
    file.destroy();
  }
}

async function fileBytes(path: string): Promise<number> {
  const found = await stat(path).catch((cause) => {
    throw new MissingError(`cannot read ${path}`, { hint: 'Check the path and its permissions.', cause });
  });
  if (found.isFile()) return found.size;
  throw new MissingError(`${path} is not a file`, { hint: 'Name a file.' });
}

async function isGzip(path: string): Promise<boolean> {
  const handle = await open(path);
  try {
    const { buffer, bytesRead } = await handle.read(new Uint8Array(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await handle.close();
  }
}

function refuseBomb(path: string, bytes: number, packedBytes: number): void {
  const suspicious = bytes > ratioFreeBytes && bytes > packedBytes * maxRatio;
  if (bytes <= maxBytes && !suspicious) return;
  throw new MalformedFileError(`${path}: unpacks to more than ${Math.floor(bytes / 2 ** 20)} MB`, {
    hint: 'Unpack it and keep the part that is needed.',
  });
}

function isZlibError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');
}

function brokenArchive(path: string, cause: unknown): MalformedFileError {
  return new MalformedFileError(`${path}: the gzip archive is broken or cut off`, {
    hint: 'Fetch it again.',
    cause,
  });
}

/** What a file's first bytes say of its encoding. */
function encodingOf(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, 200));
  const declared = /^(?:ï»¿)?<\?xml[^>]*\sencoding\s*=\s*["']([\w.:-]+)["']/.exec(start)?.[1];
  // What an unknown name stands for is for the bytes to show: most such files are UTF-8 after all.
  return declared !== undefined && /^(iso-8859-\d+|latin1|windows-125\d|us-ascii|ascii)$/i.test(declared)
    ? declared
    : 'utf-8';
}

function decode(path: string, decoder: TextDecoder, bytes?: Uint8Array): string {
  try {
    return bytes ? decoder.decode(bytes, { stream: true }) : decoder.decode();
  } catch (cause) {
    throw new MalformedFileError(`${path}: not ${decoder.encoding.toUpperCase()} text`, {
      hint: 'Save it as UTF-8.',
      cause,
    });
  }
}
