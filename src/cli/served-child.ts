import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Served } from '../../evals/bench/served.bench.ts';
import { PathactError } from '../errors.ts';
import { packageRoot } from './package-root.ts';
import { readySchema } from './serve.ts';

/** `pathact serve` on a free port as a process of its own. Its log goes to stderr, or nowhere where it is `quiet`. */
export async function startServedChild(
  flags: readonly string[],
  env: Readonly<Record<string, string>>,
  signal: AbortSignal,
  quiet = true,
): Promise<Served> {
  signal.throwIfAborted();
  const command = [join(packageRoot(), 'bin/pathact.js'), 'serve', ...flags, '--port', '0', '--json'];
  const child = spawn(process.execPath, command, {
    stdio: ['ignore', 'pipe', quiet ? 'ignore' : 'inherit'],
    env: { ...process.env, ...env },
  });
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
  try {
    return { ...(await readyLine(child)), kill };
  } catch (error) {
    await kill();
    throw error;
  }
}

async function readyLine(child: ChildProcess): Promise<{ url: string; model: string; pid: number }> {
  const lines = createInterface(child.stdout!);
  const [first] = (await Promise.race([once(lines, 'line'), once(child, 'exit')])) as [unknown];
  if (typeof first === 'string') return readySchema.parse(JSON.parse(first));
  throw new PathactError(`serve ended with ${first} before it was ready`);
}
