import { open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { diskFull, ensureFreeSpace } from './disk-space.ts';
import { request } from './http.ts';
import { errorCode, SourceFailedError } from './source-failed.ts';

export interface Transfer {
  url: string;
  headers: Readonly<Record<string, string>>;
  /** The growing file. What it already holds is asked for no second time; `${part}.json` says what it is. */
  part: string;
  /** Refuse at once, before the first byte, where the server says that it has something else. */
  expected: { bytes?: number | undefined; sha256?: string | undefined };
  /** A server that makes the file as it is asked may not know its size; such a file is fetched in one go. */
  unsized?: { firstByteMs: number } | undefined;
  signal: AbortSignal;
  /** The total is unknown where the server does not say it. */
  onProgress: (receivedBytes: number, totalBytes: number | undefined) => void;
}

const maxFailures = 4;
const idleMs = 30_000;
/** No model of the catalogue comes near; a server that claims more is not serving one. */
const maxBytes = 256 * 2 ** 30;

/** The connection ended before the file did; the next attempt goes on where this one stopped. */
class BrokenOffError extends SourceFailedError {}

/**
 * Fetches one file over HTTP into `part`, going on after breaks and after earlier processes by byte ranges.
 * Throws `SourceFailedError`. On abort the part stays for next time.
 */
export async function transferFile(transfer: Transfer): Promise<void> {
  for (let failures = 0; ; ) {
    const before = await partBytes(transfer.part);
    try {
      return await attempt(transfer, before);
    } catch (error) {
      if (!(error instanceof BrokenOffError)) throw error;
      failures = (await partBytes(transfer.part)) > before ? 1 : failures + 1;
      if (failures >= maxFailures) throw error;
      await sleep(250 * 2 ** failures, undefined, { signal: transfer.signal });
    }
  }
}

async function attempt(transfer: Transfer, heldBytes: number): Promise<void> {
  const known = heldBytes > 0 ? await readPartState(transfer.part) : undefined;
  if (known && heldBytes === known.bytes) return; // complete already: its hash decides
  const offset = known?.bytes === undefined ? 0 : heldBytes;
  const range: Record<string, string> = offset > 0 ? { range: `bytes=${offset}-` } : {};
  const headers = { ...transfer.headers, ...range };
  const { url, signal, unsized } = transfer;
  const reply = await request(url, headers, signal, idleMs, unsized?.firstByteMs);
  try {
    const { status } = reply.response;
    if (status === 416 || (status === 206 && !continues(reply, offset, known))) {
      await forgetPart(transfer.part);
      throw new BrokenOffError('what was fetched earlier is not part of the file it offers now');
    }
    const start = status === 206 ? offset : 0;
    const announced = announcedBytes(reply.response, unsized !== undefined);
    const total = announced === undefined ? undefined : start + announced;
    refuseUnexpected(transfer, total, reply.identity);
    await ensureFreeSpace(dirname(transfer.part), announced ?? 0);
    await writePartState(transfer.part, { identity: reply.identity, bytes: total });
    await append(transfer, reply, start, total);
  } finally {
    reply.close();
  }
}

type Reply = Awaited<ReturnType<typeof request>>;

/** A 206 goes on exactly where the part ends, in the same version of the file. */
function continues(reply: Reply, offset: number, known: PartState | undefined): boolean {
  const range = /^bytes (\d+)-\d+\/(\d+)$/.exec(reply.response.headers.get('content-range') ?? '');
  return (
    range !== null &&
    Number(range[1]) === offset &&
    Number(range[2]) === known?.bytes &&
    reply.identity === known.identity
  );
}

function announcedBytes(response: Response, mayBeUnknown: boolean): number | undefined {
  if (mayBeUnknown && !response.headers.has('content-length')) return undefined;
  const length = Number(response.headers.get('content-length') ?? Number.NaN);
  if (Number.isSafeInteger(length) && length >= 0 && length <= maxBytes) return length;
  throw new SourceFailedError('does not say how large the file is');
}

function refuseUnexpected(
  { expected }: Transfer,
  bytes: number | undefined,
  identity: string | undefined,
): void {
  if (expected.bytes !== undefined && bytes !== undefined && bytes !== expected.bytes) {
    throw new SourceFailedError(`offers ${bytes} bytes where ${expected.bytes} are expected`);
  }
  // The hub names large files by their SHA-256.
  const claimed = /^[0-9a-f]{64}$/.test(identity ?? '') ? identity : undefined;
  if (expected.sha256 && claimed && claimed !== expected.sha256) {
    throw new SourceFailedError('offers a file with another SHA-256 than the pinned one');
  }
}

async function append(
  transfer: Transfer,
  reply: Reply,
  start: number,
  total: number | undefined,
): Promise<void> {
  const file = await open(transfer.part, start > 0 ? 'a' : 'w');
  let received = start;
  try {
    for await (const chunk of reply.chunks()) {
      received += chunk.length;
      if (received > (total ?? maxBytes)) throw new SourceFailedError('sent more than it announced');
      await file.write(chunk);
      transfer.onProgress(received, total);
    }
  } catch (error) {
    throw explainBreak(error, transfer, total ?? received);
  } finally {
    await file.close();
  }
  if (total === undefined) await writePartState(transfer.part, { identity: reply.identity, bytes: received });
  else if (received < total) throw new BrokenOffError(`broke off at ${received} of ${total} bytes`);
}

function explainBreak(error: unknown, { signal, part }: Transfer, total: number): unknown {
  if (error instanceof SourceFailedError || signal.aborted) return error;
  const code = errorCode(error);
  if (code === 'ENOSPC' || code === 'EDQUOT') return diskFull(dirname(part), total, 0, error);
  return new BrokenOffError(`broke off (${code ?? 'connection lost'})`, { cause: error });
}

const partStateSchema = z.object({ identity: z.string().optional(), bytes: z.number().optional() });
type PartState = z.infer<typeof partStateSchema>;

async function readPartState(part: string): Promise<PartState | undefined> {
  try {
    return partStateSchema.parse(JSON.parse(await readFile(`${part}.json`, 'utf8')));
  } catch {
    return undefined;
  }
}

function writePartState(
  part: string,
  state: { identity: string | undefined; bytes: number | undefined },
): Promise<void> {
  return writeFile(`${part}.json`, JSON.stringify(state));
}

/** Removes what was fetched so far. */
export async function forgetPart(part: string): Promise<void> {
  await rm(part, { force: true });
  await rm(`${part}.json`, { force: true });
}

/** How much of the file is there. */
export async function partBytes(part: string): Promise<number> {
  return stat(part).then(
    ({ size }) => size,
    () => 0,
  );
}
