import type { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { MalformedFileError, MissingError } from '../src/errors.ts';

/** What a graph file may cost at most. KEGG's whole human graph takes about a twentieth of each. */
export const limits = {
  fileBytes: 512 * 2 ** 20,
  textLength: 2 ** 20,
  nodes: 1_000_000,
  edges: 4_000_000,
  depth: 16,
} as const;

/** The text of a file, chunk by chunk, while `hash` collects its SHA-256. Refuses bytes that are not UTF-8. */
export async function* readChunks(
  file: string,
  hash: ReturnType<typeof createHash>,
  signal?: AbortSignal,
): AsyncGenerator<string> {
  await checkSize(file);
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decode = (bytes: Uint8Array, stream: boolean): string => {
    try {
      return decoder.decode(bytes, { stream });
    } catch (cause) {
      throw new MalformedFileError(`${file}: not UTF-8 text`, { hint: 'Save it as UTF-8.', cause });
    }
  };
  for await (const bytes of createReadStream(file)) {
    signal?.throwIfAborted();
    hash.update(bytes as Buffer);
    yield decode(bytes as Buffer, true);
  }
  yield decode(new Uint8Array(), false);
}

/** A whole file as text, under the same limits. */
export async function readText(
  file: string,
  hash: ReturnType<typeof createHash>,
  signal?: AbortSignal,
): Promise<string> {
  const chunks: string[] = [];
  for await (const chunk of readChunks(file, hash, signal)) chunks.push(chunk);
  return chunks.join('');
}

async function checkSize(file: string): Promise<void> {
  const found = await stat(file).catch((cause) => {
    throw new MissingError(`cannot read ${file}`, { hint: 'Check the path and its permissions.', cause });
  });
  if (!found.isFile()) throw new MissingError(`${file} is not a file`, { hint: 'Name a graph file.' });
  if (found.size > limits.fileBytes) {
    const megabytes = Math.round(limits.fileBytes / 2 ** 20);
    throw new MalformedFileError(`${file}: larger than ${megabytes} MB`, {
      hint: 'Export the part that is needed.',
    });
  }
}
