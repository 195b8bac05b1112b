import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { matrixCellLineSchema, matrixSummarySchema } from '../../../../src/cli/end-matrix.ts';
import { type FakeEndpoint, fakeEndpoint } from '../../helpers/fake-endpoint.ts';
import { type Finished, pathact } from '../../helpers/pathact.ts';
import { writeQuestions } from '../../helpers/questions.ts';

let home: string;
let endpoint: FakeEndpoint;
let words: string[];

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'pathact-matrix-'));
  endpoint = await fakeEndpoint({ delayMs: 10 });
  const matrix = {
    data: writeQuestions(join(home, 'questions.jsonl'), 12),
    methods: ['cot', 'vanilla'],
    models: [{ model: 'scripted', baseUrl: endpoint.baseUrl }],
    seeds: [0, 1],
  };
  writeFileSync(join(home, 'matrix.json'), JSON.stringify(matrix));
  words = ['eval', 'biomaze', '--matrix', join(home, 'matrix.json'), '--report', join(home, 'matrix.html')];
});
afterAll(async () => {
  await endpoint.close();
  rmSync(home, { recursive: true, force: true });
});

const cellsOf = ({ lines }: Finished) =>
  lines.filter(({ type }) => type === 'cell').map((line) => matrixCellLineSchema.parse(line));

test('eval biomaze --matrix is stopped by Ctrl-C and resumed as one: finished cells are kept, samples asked once', async () => {
  let cells = 0;
  let samples = 0;
  const first = await pathact([...words, '--json'], home, (line, child) => {
    if (line.includes('"type":"cell"')) cells++;
    if (cells === 1 && line.includes('"type":"sample"') && ++samples === 3) child.kill('SIGINT');
  });
  expect(first.code).toBe(130);
  expect(first.stderr).toContain('stopped after 1 of 4 cells');
  const stopped = matrixSummarySchema.parse(first.lines.at(-1));
  expect(stopped).toMatchObject({ status: 'cancelled', planned: 4 });
  expect(stopped.cells.map(({ status }) => status)).toEqual(['done', 'cancelled']);

  const second = await pathact([...words, '--json', '--resume', '--min-score', '0.6'], home);
  expect(second.code).toBe(3);
  expect(second.stderr).toContain('below 60.0 %: cot 0-shot on scripted, vanilla 0-shot on scripted');
  expect(
    cellsOf(second)
      .map(({ run, kept }) => [run, kept])
      .slice(0, 2),
  ).toEqual([
    [stopped.cells[0]!.run, true],
    [stopped.cells[1]!.run, false],
  ]);
  const asked = [...first.lines, ...second.lines].filter(({ type }) => type === 'sample');
  expect(asked).toHaveLength(48);
  const whole = matrixSummarySchema.parse(second.lines.at(-1));
  expect(whole).toMatchObject({ status: 'done', rows: [{ seeds: [0, 1] }, { seeds: [0, 1] }] });
  expect(whole.comparisons).toMatchObject([{ n: 24, questions: 12, first: 'cot 0-shot', p: 1, pHolm: 1 }]);
  expect(readFileSync(whole.report, 'utf8')).toContain('Paired tests between methods');

  const again = await pathact([...words, '--resume'], home);
  expect(again.code).toBe(0);
  expect(again.stdout).toMatch(/^cot 0-shot \(2 seeds, ±0\.0\) +50\.0 \(/m);
  expect(again.stdout).toMatch(/^ {2}n \(Yes\+No\) +/m);
  expect(again.stdout).toMatch(/^cot 0-shot +59\.92/m);
  expect(endpoint.asked.length).toBeLessThanOrEqual(24 * 2 + 24 + 2 * 4);
});

test('--matrix refuses what it says itself, and says what it lacks', async () => {
  const bare = join(home, 'bare.yaml');
  writeFileSync(bare, 'methods: [cot]\n');
  const run = (...flags: string[]) => pathact(['eval', 'biomaze', ...flags], home);
  expect(await run('--matrix', bare, '--method', 'cot')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--matrix and --method exclude each other'),
  });
  expect(await run('--matrix', bare)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('names no questions'),
  });
  expect(await run('--method', 'cot')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--data or --matrix'),
  });
});

test('a matrix of methods that ask no model needs none', async () => {
  const alone = join(home, 'alone.yaml');
  writeFileSync(alone, 'methods: [perturbation]\nmodels: [{model: gone, baseUrl: http://127.0.0.1:9/v1}]\n');
  const words = ['eval', 'biomaze', '--matrix', alone, '--data', 'data/biomaze-mini', '--limit', '4'];
  const ending = await pathact([...words, '--report', join(home, 'alone.html'), '--json'], home);
  expect(ending.stderr).not.toContain('error');
  const { rows, smokeScale } = matrixSummarySchema.parse(ending.lines.at(-1));
  expect([rows.map(({ method }) => method), smokeScale]).toEqual([['perturbation'], false]);
});
