import { createWriteStream, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { PathactError } from '../../src/errors.ts';

/**
 * Writes the pieces to a file that is there as a whole or not at all, in a folder that is made where it lacks.
 * Throws `PathactError` where the file system refuses; an abort leaves no file and throws the signal's reason.
 */
export async function writeFileWhole(
  file: string,
  pieces: Iterable<string>,
  signal?: AbortSignal,
): Promise<void> {
  try {
    mkdirSync(dirname(file), { recursive: true });
    await writeThenRename(file, pieces, signal);
  } catch (error) {
    throw writeError(error, file, signal);
  }
}

async function writeThenRename(
  file: string,
  pieces: Iterable<string>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const unfinished = `${file}.${process.pid}.tmp`;
  try {
    await pipeline(Readable.from(pieces), createWriteStream(unfinished), { signal });
    renameSync(unfinished, file);
  } finally {
    rmSync(unfinished, { force: true });
  }
}

/** What the file system says, in words; an abort and errors of the store pass unchanged. */
function writeError(error: unknown, file: string, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted) return signal.reason;
  if (!(error instanceof Error) || !('syscall' in error)) return error;
  return new PathactError(`cannot write ${file}: ${error.message}`, {
    hint: 'Name a file in a folder that can be written, on a disk with space left.',
    cause: error,
  });
}
