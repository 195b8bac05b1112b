import { execFile } from 'node:child_process';
import { appendFileSync, cpSync, existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
let copy: string;

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'pathact-build-'));
  cpSync(join(root, 'scripts/build-core.mjs'), join(copy, 'scripts/build-core.mjs'));
  const filter = (path: string) => !/core[\\/]build$/.test(path);
  cpSync(join(root, 'src/engine/core'), join(copy, 'src/engine/core'), { recursive: true, filter });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  const headers = 'build/node-headers';
  if (existsSync(join(root, headers))) cpSync(join(root, headers), join(copy, headers), { recursive: true });
});
afterAll(() => rmSync(copy, { recursive: true }));

interface Ran {
  failed: boolean;
  stdout: string;
  stderr: string;
}

/** Without a home folder and with no way to the network. */
function build(args: string[] = [], env: Record<string, string> = {}): Promise<Ran> {
  const closed = {
    HOME: '/nonexistent',
    HTTPS_PROXY: 'http://127.0.0.1:9',
    HTTP_PROXY: 'http://127.0.0.1:9',
  };
  return run([join(copy, 'scripts/build-core.mjs'), ...args], {
    PATH: process.env.PATH ?? '',
    ...closed,
    ...env,
  });
}

function run(args: string[], env: Record<string, string>): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, { env }, (error, stdout, stderr) => {
      resolve({ failed: error !== null, stdout, stderr });
    });
  });
}

async function cores(): Promise<string[]> {
  const script = `import { findCores } from ${JSON.stringify(join(copy, 'scripts/build-core.mjs'))}; console.log(JSON.stringify(findCores()))`;
  const { stdout } = await run(['--input-type=module', '-e', script], {});
  return JSON.parse(stdout) as string[];
}

test('the core builds without home folder or network, once, and again when a source has changed', async () => {
  const broken = await build([], { CXX: '/bin/false' });
  expect(broken.failed).toBe(true);
  expect(broken.stderr).toContain('the native core could not be built');
  expect(await cores()).toEqual([]);

  const both = await Promise.all([build(), build()]);
  expect(both.map(({ failed }) => failed)).toEqual([false, false]);
  expect(both[0]!.stderr).toMatch(/^building the native core for \S+ \(.*\) …\n$/);
  const [built] = await cores();
  const loaded = await run(['-p', `require(${JSON.stringify(built)}).bestSimd`], {});
  expect(loaded.stdout.trim()).toMatch(/^(scalar|avx2|avx512)$/);

  expect(await build(['--prebuild'])).toEqual({ failed: false, stdout: '', stderr: '' });
  const [packed, second] = await cores();
  expect(packed).toContain(join('prebuilds', `${process.platform}-${process.arch}`));
  expect(second).toBe(built);

  appendFileSync(join(copy, 'src/engine/core/forward.cpp'), '// changed\n');
  expect(await cores()).toEqual([]);
}, 240_000);
