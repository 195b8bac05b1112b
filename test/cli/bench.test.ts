import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { constraintBenchSchema } from '../../evals/bench/constraint.bench.ts';
import { graphMeasurementSchema } from '../../evals/bench/graph-measurement.ts';
import { measurementSchema } from '../../evals/bench/measurement.ts';
import { qualitySchema } from '../../evals/bench/quality.bench.ts';
import { graphBenchSummarySchema } from '../../src/cli/bench-graph.ts';
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
  const flags = ['--model', model, '--threads', '1', '--depths', '0,128', '--runs', '1', '--json'];
  const { code, stdout, stderr } = await run('bench', 'engine', '--only', 'decode,prefill,served', ...flags);
  expect(code).toBe(4);
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const measured = lines.slice(0, -1).map((line) => measurementSchema.parse(line));
  expect(measured.map(({ what, kv }) => `${what}, ${kv}`)).toEqual([
    'decode, full',
    'decode, full',
    'decode, specache 2-bit',
    'prefill, full',
    'first token, prefix hit, full',
    'first token, after restart, full',
    'anonymous memory over idle, full',
    'first token, prefix hit, specache 2-bit, file',
    'first token, after restart, specache 2-bit, file',
    'anonymous memory over idle, specache 2-bit, file',
  ]);
  const served = measured.filter(({ what }) => what.startsWith('first token'));
  for (const { beside } of served) expect(beside.cachedTokens).toBeGreaterThan(1900);
  expect(lines.at(-1)).toMatchObject({ type: 'summary', peer: null, measurements: 10 });
  expect(stderr).toContain('node-llama-cpp 3.22.1 is not installed');
  expect(stderr).toContain('pathact bench setup engine');
});

test('bench graph without the peer prints our figures, names how to get the peer and exits 4', async () => {
  const { code, stdout, stderr } = await run(
    ...['bench', 'graph', '--graph', 'curated', '--no-synthetic', '--runs', '1', '--json'],
  );
  expect(code).toBe(4);
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const measured = lines.slice(0, -1).map((line) => graphMeasurementSchema.parse(line));
  expect(measured.map(({ what, peer, bar }) => [what, peer, bar?.limit])).toEqual([
    ['load with indexes', null, 1500],
    ['load from the saved index', null, 100],
    ['global search, better', null, 100],
    ['global search, compat', null, 100],
    ['global search beside the reference', null, 0.1],
    ['local search, better', null, undefined],
    ['local search, compat', null, undefined],
    ['one PCST solve', null, 1.5],
  ]);
  for (const { nodes, edges } of measured) expect([nodes, edges]).toEqual([3031, 5984]);
  expect(measured.filter(({ met, bar }) => bar?.of === 'ratio' && met !== null)).toEqual([]);
  expect(graphBenchSummarySchema.parse(lines.at(-1))).toMatchObject({ peer: null, measurements: 8 });
  expect(stderr).toContain('pathact bench setup graph');
});

test('bench quality tells how far the low-bit copy is from full keys and values', async () => {
  const text = join(home, 'text.txt');
  const sentence = (i: number) => `The receptor ${i} binds the kinase ${i * 7919} in the cell.`;
  writeFileSync(text, Array.from({ length: 3000 }, (_, i) => sentence(i)).join(' '));
  const flags = ['--model', model, '--windows', '2', '--positions', '330-340', '--trials', '0'];
  const { code, stdout } = await run('bench', 'quality', '--text', text, ...flags, '--variants', '--json');
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => qualitySchema.parse(JSON.parse(line)));
  expect(lines.map(({ bits, fetch, met }) => [bits, fetch, met === null])).toEqual([
    [2, 128, false],
    [2, 64, true],
    [2, 0, true],
    [1, 128, true],
  ]);
  for (const line of lines) expect(line).toMatchObject({ what: 'perplexity', positions: 18 });
  expect(code).toBe(lines[0]!.met ? 0 : 3);
  expect(
    (await run('bench', 'quality', '--text', text, ...flags.slice(0, 4), '--positions', '5-1')).code,
  ).toBe(2);
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
