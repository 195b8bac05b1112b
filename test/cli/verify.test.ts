import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { verifyReportSchema } from '../../src/cli/verify.ts';
import { certificateSchema } from '../../src/run.ts';
import { emptyHome, runPathact } from './run-pathact.ts';

const questions = fileURLToPath(new URL('../../data/biomaze-mini/truefalse.jsonl', import.meta.url));
const question = 'Does loss of PTEN lower the activity of FOXO3?';

test('ask --method perturbation answers without a model and writes a certificate that verify accepts', async () => {
  const home = emptyHome();
  const env = { PATHACT_HOME: home };
  const file = join(home, 'answer.json');
  const asked = await runPathact(['ask', question, '--method', 'perturbation', '--certificate', file], env);
  expect(asked.code).toBe(0);
  expect(asked.stdout).toMatch(/^Answer {4}Yes$/m);
  expect(asked.stdout).toMatch(/line 0: PTEN lowers PIP3 → PIP3 ↑/);
  const accepted = await runPathact(['verify', file], env);
  expect([accepted.code, accepted.stdout]).toEqual([
    0,
    expect.stringContaining('1 of 1 certificates accepted'),
  ]);

  const certificate = certificateSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  writeFileSync(file, JSON.stringify({ ...certificate, verdict: 'No' }));
  const rejected = await runPathact(['verify', file, '--json'], env);
  expect(rejected.code).toBe(1);
  const [result] = verifyReportSchema.parse(JSON.parse(rejected.stdout)).results;
  expect(result).toMatchObject({ ok: false, reason: 'verdict-flipped' });

  const other = { ...certificate, question: 'Does insulin raise glucose uptake?' };
  writeFileSync(file, `${JSON.stringify(other)}\n{"type":"certificate"}\nnonsense\n`);
  const { stdout } = await runPathact(['verify', file, '--json'], env);
  const reasons = verifyReportSchema.parse(JSON.parse(stdout)).results.map(({ reason }) => reason);
  expect(reasons).toEqual(['question-misread', 'malformed', 'malformed']);
});

test('an answer that cannot be certified writes none and fails', async () => {
  const home = emptyHome();
  const file = join(home, 'answer.json');
  const words = [
    'ask',
    'Does the frobnicator raise PTEN?',
    '--method',
    'perturbation',
    '--certificate',
    file,
  ];
  const { code, stderr } = await runPathact(words, { PATHACT_HOME: home });
  expect([code, stderr]).toEqual([1, expect.stringContaining('unsupported')]);
});

test('the certificates of a run on made questions verify, edges left out and all', async () => {
  const home = emptyHome();
  const env = { PATHACT_HOME: home };
  const [made, written] = [join(home, 'made.jsonl'), join(home, 'run.jsonl')];
  const making = ['data', 'make-questions', '--n', '60', '--seed', '1', '--out', made, '--json'];
  const facts = JSON.parse((await runPathact(making, env)).stdout) as { excluded: string[] };
  expect(facts.excluded.length).toBeGreaterThan(0);
  const run = await runPathact(
    ['eval', 'biomaze', '--data', made, '--method', 'perturbation', '--json'],
    env,
  );
  expect(run.code).toBe(0);
  const summary = JSON.parse(run.stdout.trimEnd().split('\n').at(-1) as string) as Record<string, unknown>;
  expect(summary).toMatchObject({ n: 60, balanced: 1, support: { supported: 60, coverage: 1 } });
  expect((await runPathact(['runs', 'certificates', 'latest', '--output', written], env)).code).toBe(0);
  const { stdout, code } = await runPathact(['verify', written], env);
  expect([code, stdout]).toEqual([0, expect.stringContaining('60 of 60 certificates accepted')]);
  expect(stdout).toContain('correct 60: supported 60, unsupported 0');
});

test('eval --probe tells how often the answer followed the graph', async () => {
  const words = ['eval', 'biomaze', '--data', questions, '--method', 'perturbation', '--limit', '6'];
  const { stdout, code } = await runPathact([...words, '--probe', 'anonymise'], {
    PATHACT_HOME: emptyHome(),
  });
  expect([code, stdout]).toEqual([0, expect.stringMatching(/Probe anonymise[\s\S]*followed \d+\.\d %/)]);
});

test('probing a method without a graph is refused', async () => {
  const words = ['eval', 'biomaze', '--data', questions, '--method', 'cot', '--probe', 'flip'];
  const { code, stderr } = await runPathact([...words, '--base-url', 'http://127.0.0.1:9/v1'], { PATHACT_HOME: emptyHome() }); // biome-ignore format: a row
  expect(code).not.toBe(0);
  expect(stderr).toMatch(/cannot reach|uses none/);
});
