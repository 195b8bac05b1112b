import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { z } from 'zod';

/** The SHA-256 of a file's content, in hex. */
export async function sha256OfFile(file: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 2 ** 20, signal })) hash.update(chunk);
  return hash.digest('hex');
}

const stampSchema = z.object({ bytes: z.number(), mtimeMs: z.number(), sha256: z.string() });

/**
 * The same, remembered in `stampFile` for as long as the file's size and modification time stay, because
 * every start asks for it and a large model takes many seconds to read.
 */
export async function stampedSha256(file: string, stampFile: string, signal: AbortSignal): Promise<string> {
  const { size: bytes, mtimeMs } = await stat(file);
  const stamp = await readStamp(stampFile);
  if (stamp && stamp.bytes === bytes && stamp.mtimeMs === mtimeMs) return stamp.sha256;
  const sha256 = await sha256OfFile(file, signal);
  // A cache that cannot be written (a read-only home) only costs the next start its time.
  await writeFile(stampFile, JSON.stringify({ bytes, mtimeMs, sha256 })).catch(() => undefined);
  return sha256;
}

async function readStamp(stampFile: string) {
  try {
    return stampSchema.parse(JSON.parse(await readFile(stampFile, 'utf8')));
  } catch {
    return undefined;
  }
}
