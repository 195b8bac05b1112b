import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { openText } from '../../../graphs/import/text/open-text.ts';
import { MalformedFileError, MissingError } from '../../../src/errors.ts';
import { temporaryFile } from './collect.ts';

async function textOf(content: string | Uint8Array, signal?: AbortSignal): Promise<string> {
  const chunks: string[] = [];
  for await (const chunk of openText(temporaryFile(content), signal)) chunks.push(chunk);
  return chunks.join('');
}

const long = 'α-ketoglutarate '.repeat(20_000);

test('a gzip file reads as what was packed, whatever its name', async () => {
  expect(await textOf(gzipSync(long))).toBe(long);
  expect(await textOf(long)).toBe(long);
  expect(await textOf('')).toBe('');
});

test('a byte order mark is no text, and UTF-16 is understood by its mark', async () => {
  expect(await textOf(Buffer.from('\uFEFF<a/>', 'utf8'))).toBe('<a/>');
  expect(await textOf(Buffer.from('\uFEFF<a/>', 'utf16le'))).toBe('<a/>');
});

test('an XML declaration names the encoding', async () => {
  const declared = '<?xml version="1.0" encoding="ISO-8859-1"?><a>é</a>';
  expect(await textOf(Buffer.from(declared, 'latin1'))).toBe(declared);
});

test('bytes that are no text are refused', async () => {
  await expect(textOf(Uint8Array.of(0x61, 0xff, 0x62))).rejects.toThrow(MalformedFileError);
  await expect(textOf(Uint8Array.of(0x61, 0xc3))).rejects.toThrow(/not UTF-8 text/);
});

test('a broken or cut archive is refused', async () => {
  const packed = gzipSync(long);
  await expect(textOf(packed.subarray(0, packed.length - 20))).rejects.toThrow(/broken or cut off/);
  const damaged = Uint8Array.from(packed);
  damaged.fill(0, 20, 40);
  await expect(textOf(damaged)).rejects.toThrow(/broken or cut off/);
});

test('an archive that unpacks without end is refused', async () => {
  await expect(textOf(gzipSync(Buffer.alloc(40 * 2 ** 20)))).rejects.toThrow(/unpacks to more than/);
});

test('an absent file is missing, and so is a folder', async () => {
  await expect(openText('/nonexistent/file').next()).rejects.toThrow(MissingError);
  await expect(openText('/').next()).rejects.toThrow(MissingError);
});

test('an abort stops the reading with its reason', async () => {
  const stop = new AbortController();
  const chunks = openText(temporaryFile(long), stop.signal);
  expect((await chunks.next()).value?.length).toBeGreaterThan(0);
  stop.abort(new Error('enough'));
  await expect(chunks.next()).rejects.toThrow('enough');
});
