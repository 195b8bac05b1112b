import { access, constants, mkdir, statfs } from 'node:fs/promises';
import { PathactError } from '../errors.ts';

/** Left free beside a download, so that a full disk never meets a running machine. */
const reserveBytes = 64 * 2 ** 20;

/** Makes sure that a folder is there and can be written to. */
export async function ensureFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
  } catch (cause) {
    throw new PathactError(`cannot write to ${folder}`, {
      hint: 'Give yourself access to it, or set PATHACT_HOME to a folder of yours.',
      cause,
    });
  }
}

/** Throws when the disk under `folder` (which exists) cannot take `bytes` more. */
export async function ensureFreeSpace(folder: string, bytes: number): Promise<void> {
  const disk = await statfs(folder);
  const free = disk.bavail * disk.bsize;
  if (free < bytes + reserveBytes) throw diskFull(folder, bytes, free);
}

export function diskFull(folder: string, bytes: number, free: number, cause?: unknown): PathactError {
  const needed = `${megabytes(bytes + reserveBytes)} MB are needed`;
  return new PathactError(`not enough disk space in ${folder}: ${needed}, ${megabytes(free)} MB are free`, {
    hint: 'Free some space, or set PATHACT_HOME (or XDG_CACHE_HOME) to a folder on a larger disk.',
    cause,
  });
}

const megabytes = (bytes: number) => Math.ceil(bytes / 1e6).toLocaleString('en-US');
