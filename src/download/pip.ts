import { spawn } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SourceFailedError } from './source-failed.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface PipDownload {
  python: string;
  requirement: string;
  /** An empty folder; pip's temporary files go there too. */
  folder: string;
  env: Environment;
  signal: AbortSignal;
  /** Bytes that lie in the folder so far. */
  onProgress: (receivedBytes: number) => void;
}

/**
 * `pip download` of one wheel, through the user's own pip settings. Returns the wheel's file, or undefined where
 * there is no pip. `--only-binary` keeps it from running a source package's own code.
 * Throws `SourceFailedError` with pip's own reason.
 */
export async function pipDownload(options: PipDownload): Promise<string | undefined> {
  const watch = setInterval(() => void folderBytes(options.folder).then(options.onProgress), 500);
  try {
    const ended = await runPip(options);
    if (ended === 'no-pip') return undefined;
    if (ended !== 'done') throw new SourceFailedError(ended);
  } finally {
    clearInterval(watch);
  }
  const wheel = (await readdir(options.folder)).find((name) => name.endsWith('.whl'));
  if (!wheel) throw new SourceFailedError('pip downloaded no wheel');
  return join(options.folder, wheel);
}

/** `done`, `no-pip`, or pip's reason. */
function runPip({ python, requirement, folder, env, signal }: PipDownload): Promise<string> {
  const flags = ['--no-deps', '--only-binary=:all:', '--no-input', '--progress-bar=off', '--dest', folder];
  const child = spawn(python, ['-m', 'pip', 'download', ...flags, requirement], {
    env: { ...env, TMPDIR: folder },
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true, // leads a group, so an abort reaches what pip started too
  });
  let errors = '';
  child.stderr.setEncoding('utf8');
  child.stderr.on('data', (text: string) => {
    errors = (errors + text).slice(-8_192);
  });
  return new Promise((resolve, reject) => {
    const kill = () => {
      killGroup(child.pid);
      reject(signal.reason);
    };
    if (signal.aborted) return kill();
    signal.addEventListener('abort', kill, { once: true });
    child.on('error', (error) => {
      signal.removeEventListener('abort', kill);
      if ('code' in error && error.code === 'ENOENT') resolve('no-pip');
      else reject(new SourceFailedError(`pip cannot be started (${error.message})`, { cause: error }));
    });
    child.on('close', (code) => {
      signal.removeEventListener('abort', kill);
      resolve(code === 0 ? 'done' : /No module named pip/.test(errors) ? 'no-pip' : reasonIn(errors));
    });
  });
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has just ended by itself.
  }
}

/** pip's first error line without addresses, which may carry credentials. */
function reasonIn(errors: string): string {
  const line = errors.split('\n').find((text) => text.startsWith('ERROR:')) ?? 'ERROR: it gave no reason';
  return `pip failed: ${line
    .slice('ERROR:'.length)
    .replace(/\w+:\/\/\S+/g, '(address)')
    .trim()
    .slice(0, 200)}`;
}

async function folderBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile());
  const sizes = files.map((entry) =>
    stat(join(entry.parentPath, entry.name)).then(
      ({ size }) => size,
      () => 0,
    ),
  );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
