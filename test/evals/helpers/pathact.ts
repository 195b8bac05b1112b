import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const bin = fileURLToPath(new URL('../../../bin/pathact.js', import.meta.url));

export interface Finished {
  code: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
  /** stdout as NDJSON. */
  lines: Record<string, unknown>[];
}

/** Runs the command line in a process of its own; `onLine` sees each line of stdout as it comes. */
export function pathact(
  words: readonly string[],
  home: string,
  onLine: (line: string, child: ChildProcess) => void = () => {},
): Promise<Finished> {
  const env = { ...process.env, PATHACT_HOME: home, OPENAI_BASE_URL: '', NO_COLOR: '1' };
  const child = spawn(process.execPath, [bin, ...words], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    const before = stdout.split('\n').length;
    stdout += chunk;
    for (const line of stdout.split('\n').slice(before - 1, -1)) onLine(line, child);
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk;
  });
  return new Promise((resolve) => {
    child.on('close', (code, signal) => {
      const lines = stdout
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map(parsed);
      resolve({ code, signal, stdout, stderr, lines });
    });
  });
}

/** A killed process may leave half a line. */
function parsed(line: string): Record<string, unknown> {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return { broken: line };
  }
}
