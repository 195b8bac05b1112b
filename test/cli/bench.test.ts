import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeTinyGguf } from '../helpers/tiny-gguf.ts';
import { runPathact } from './run-pathact.ts';

let home: string;
let model: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'pathact-bench-cli-'));
  model = writeTinyGguf(join(home, 'tiny.gguf'), { contextLength: 2400 });
});
afterAll(() => rmSync(home, { recursive: true }));

const run = (...args: string[]) => runPathact(args, { PATHACT_HOME: home });

test('bench engine without the peer prints our figures, names the peer and exits 4', async () => {
  const { code, stdout, stderr } = await run('bench', 'engine', '--model', model, '--threads', '1', '--json');
  expect(code).toBe(4);
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines.map(({ type, what }) => [type, what])).toEqual([
    ['measurement', 'decode'],
    ['measurement', 'prefill'],
    ['summary', undefined],
  ]);
  expect(lines[2]).toMatchObject({ peer: null, decodeRatio: null, prefillRatio: null });
  expect(stderr).toContain('node-llama-cpp 3.22.1 is not installed');
  expect(stderr).toContain('pathact bench setup engine');
});

test('bench parity without the peer exits 4', async () => {
  const { code, stdout, stderr } = await run('bench', 'parity', '--model', model);
  expect([code, stdout]).toEqual([4, '']);
  expect(stderr).toContain('pathact bench setup engine');
});

test('wrong numbers of threads and unknown peers are wrong usage', async () => {
  expect((await run('bench', 'engine', '--threads', '0')).code).toBe(2);
  expect((await run('bench', 'setup', 'everything')).code).toBe(2);
});
