import { readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

const heartbeatMs = 5_000;
/** A lock whose holder has not touched it for this long is left over from a machine that went away. */
const staleMs = 60_000;
const pollMs = 250;

const holderSchema = z.object({ pid: z.number().int(), host: z.string() });

/**
 * Takes the lock file, waiting for as long as another live process holds it, and returns its release.
 * `onWaiting` is told once who holds it. A lock left by a dead process is taken over; two processes that take
 * over in the same instant may both go on, which costs a second download and never a wrong file, because
 * files are checked by hash and put in place by rename.
 */
export async function holdLock(
  file: string,
  signal: AbortSignal,
  onWaiting: (pid: number | undefined) => void,
): Promise<() => Promise<void>> {
  for (let told = false; !(await tryCreate(file)); ) {
    if (await isStale(file)) {
      await rm(file, { force: true });
      continue;
    }
    if (!told) onWaiting((await readHolder(file))?.pid);
    told = true;
    await sleep(pollMs, undefined, { signal });
  }
  const heartbeat = setInterval(() => void utimes(file, new Date(), new Date()).catch(() => {}), heartbeatMs);
  heartbeat.unref();
  return async () => {
    clearInterval(heartbeat);
    await rm(file, { force: true });
  };
}

async function tryCreate(file: string): Promise<boolean> {
  try {
    await writeFile(file, JSON.stringify({ pid: process.pid, host: hostname() }), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

async function isStale(file: string): Promise<boolean> {
  const age = await stat(file).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => 0, // released in this moment: the next attempt to create it decides
  );
  if (age > staleMs) return true;
  const holder = await readHolder(file);
  return holder !== undefined && holder.host === hostname() && !isAlive(holder.pid);
}

async function readHolder(file: string) {
  try {
    return holderSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
