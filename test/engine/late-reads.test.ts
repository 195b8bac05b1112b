import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeTinyGguf } from '../helpers/tiny-gguf.ts';

const helper = (name: string) => fileURLToPath(new URL(`../helpers/${name}`, import.meta.url));
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'late-reads-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The hash of all logits of a decoding whose files answer late and in pieces where a `seed` is given. */
function decoded(model: string, threads: number, late?: { library: string; seed: number }): string {
  const files = mkdtempSync(join(folder, 'files-'));
  const env = late ? { LD_PRELOAD: late.library, LATE_READS_SEED: String(late.seed) } : {};
  const args = [helper('decode-in-files.ts'), model, files, String(threads)];
  const child = spawnSync(process.execPath, args, { env: { ...process.env, ...env }, encoding: 'utf8' });
  expect(child.stderr.replaceAll(/^.*ExperimentalWarning.*\n.*\n/gm, '')).toBe('');
  return child.stdout;
}

// The shim is for the dynamic linker of Linux; reads and writes are the same calls elsewhere.
test.skipIf(process.platform !== 'linux')(
  'reads that come late, in pieces and out of order give the same bits',
  { timeout: 120_000 },
  () => {
    const library = join(folder, 'late-reads.so');
    execFileSync('gcc', ['-shared', '-fPIC', '-O1', '-o', library, helper('late-reads.c'), '-ldl']);
    const model = writeTinyGguf(join(folder, 'model.gguf'), { heads: 4, kvHeads: 2 });
    const expected = decoded(model, 1);
    expect(expected).toMatch(/^[0-9a-f]{64}$/);
    for (const seed of [1, 2, 3]) expect(decoded(model, 3, { library, seed })).toBe(expected);
  },
);
