import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { constraintBenchSchema } from '../../evals/bench/constraint.bench.ts';
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

test('bench constraint holds replies to the schemas of a file of tools', async () => {
  const rows = join(home, 'rows.jsonl');
  const parameters = {
    type: 'dict',
    properties: { a: { type: 'float' }, b: { type: 'any' } },
    required: ['a'],
  };
  const row = { question: [[{ role: 'user', content: 'hello' }]], function: [{ name: 'f', parameters }] };
  writeFileSync(rows, `${JSON.stringify(row)}\n`);
  const flags = ['--model', model, '--max-tokens', '20', '--json'];
  const { code, stdout } = await run('bench', 'constraint', rows, ...flags);
  expect(code).toBe(0);
  expect(constraintBenchSchema.parse(JSON.parse(stdout))).toMatchObject({
    schemas: 1,
    valid: 1,
    failures: [],
  });
  expect((await run('bench', 'constraint', rows, '--model', model)).stdout).toContain(
    '1 of 1 replies are valid',
  );
});

test('bench constraint without its rows exits 4, with other files 1', async () => {
  expect((await run('bench', 'constraint', join(home, 'none'), '--model', model)).code).toBe(4);
  const other = join(home, 'other.jsonl');
  writeFileSync(other, '{"no": "row"}\n');
  const { code, stderr } = await run('bench', 'constraint', other, '--model', model);
  expect([code, stderr]).toEqual([1, expect.stringContaining('other.jsonl:1 is no row')]);
});

test('wrong numbers of threads and unknown peers are wrong usage', async () => {
  expect((await run('bench', 'engine', '--threads', '0')).code).toBe(2);
  expect((await run('bench', 'setup', 'everything')).code).toBe(2);
});
