import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runReportSchema, runShowSchema, runsListSchema, sampleShowSchema } from '../../../src/cli/runs.ts';
import { runsDiffSchema } from '../../../src/cli/runs-diff.ts';
import { runExportSchema } from '../../../src/cli/runs-export.ts';
import { type FakeEndpoint, fakeEndpoint } from '../helpers/fake-endpoint.ts';
import { pathact } from '../helpers/pathact.ts';
import { writeQuestions } from '../helpers/questions.ts';

let home: string;
const runs = (...words: string[]) => pathact(['runs', ...words], home);
const json = async (...words: string[]) => JSON.parse((await runs(...words, '--json')).stdout) as unknown;
/** Oldest first. */
let ids: string[];
let evalWords: string[];
let endpoint: FakeEndpoint;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'pathact-runs-'));
  const data = writeQuestions(join(home, 'questions.jsonl'), 8);
  // The last question of cot, which asks for the bare verdict, is answered with No from the second run on.
  let told = 0;
  endpoint = await fakeEndpoint({
    reply: (message, count) => {
      if (count === 3) return 400;
      const isLater = ++told > 24;
      return isLater && message.includes('Reply with one word') ? 'No' : 'Yes, \u001b[31mit does';
    },
  });
  const where = ['--data', data, '--base-url', endpoint.baseUrl, '--model', 'scripted'];
  evalWords = ['eval', 'biomaze', ...where, '--json'];
  for (const method of ['cot', 'vanilla']) await pathact([...evalWords, '--method', method], home);
  ids = runsListSchema
    .parse(await json('list'))
    .runs.map(({ id }) => id)
    .toReversed();
});
afterAll(async () => {
  await endpoint.close();
  rmSync(home, { recursive: true, force: true });
});

describe('runs', () => {
  test('list shows the newest first, with how much is done and failed', async () => {
    const { runs: listed } = runsListSchema.parse(await json('list'));
    expect(listed).toMatchObject([
      { method: 'vanilla', status: 'done', finished: 8, planned: 8, errors: 0 },
      { method: 'cot', status: 'done', finished: 8, planned: 8, errors: 1 },
    ]);
    expect((await runs('list', '--limit', '1')).stdout.trim().split('\n')).toHaveLength(2);
  });

  test('show tells settings, where they ran and the scores', async () => {
    const shown = runShowSchema.parse(await json('show', ids[0]!));
    expect(shown.run.settings).toMatchObject({ method: 'cot', model: 'scripted', seed: 0, shots: 0 });
    expect(shown.attempts).toMatchObject([{ environment: { version: expect.any(String), concurrency: 4 } }]);
    expect(shown.summary).toMatchObject({ n: 8, errors: 1 });
    expect((await runs('show', 'latest')).stdout).toMatch(/^all +8/m);
  });

  test('show --sample tells everything that was said, without terminal escapes', async () => {
    const shown = sampleShowSchema.parse(await json('show', ids[1]!, '--sample', 'q1'));
    expect(shown.sample).toMatchObject({ id: 'q1', score: 1, outcome: { verdict: 'Yes' } });
    expect(shown.events.map(({ event }) => event.type)).toEqual(['opening', 'reply', 'finished']);
    const { stdout } = await runs('show', ids[1]!, '--sample', 'q1');
    expect(stdout).toContain('Does protein A1 raise B?');
    expect(stdout).not.toContain('\u001b');
  });

  test('diff compares two runs on the same samples and shows both traces where they flipped', async () => {
    const { difference, flips } = runsDiffSchema.parse(await json('diff', ids[0]!, ids[1]!));
    expect(difference).toMatchObject({ n: 8, unpaired: 0, questions: 8, onlyFirst: 0 });
    // The one failed answer of the first run, where it would have been right.
    expect(flips).toHaveLength(difference.onlySecond);
    for (const { better, first, second } of flips) {
      expect([better, first.sample.status, second.sample.score]).toEqual(['second', 'error', 1]);
      expect(second.events.map(({ event }) => event.type)).toContain('reply');
    }
  });

  test('export writes every format, to stdout, to a file or into a folder', async () => {
    for (const [format, start] of [
      ['jsonl', '{"run":"'],
      ['csv', 'run,method,model,'],
      ['junit', '<?xml version'],
      ['inspect', '{"version":2,"status":"success"'],
    ] as const) {
      const words = ['export', ids[1]!, '--format', format, '--out', `${join(home, 'exported')}/`] as const;
      const made = runExportSchema.parse(await json(...words));
      expect(made).toMatchObject({ run: ids[1], format, samples: 8 });
      expect(readFileSync(made.file, 'utf8').slice(0, start.length)).toBe(start);
    }
    const { stdout } = await runs('export', ids[1]!, '--format', 'csv');
    expect(stdout).toBe(readFileSync(join(home, 'exported', `${ids[1]}.csv`), 'utf8'));
    expect(await runs('export', ids[1]!, '--json')).toMatchObject({ code: 2, stdout: '' });
  });

  test('report writes a file where it is told to, else in the data directory, and prints its path', async () => {
    const file = join(home, 'out.html');
    expect((await runs('report', ids[0]!, ids[1]!, '-o', file)).stdout).toBe(`${file}\n`);
    expect(readFileSync(file, 'utf8')).toContain('BioMaze: cot and vanilla');
    const made = runReportSchema.parse(await json('report', 'latest'));
    expect(made).toEqual({ runs: [ids[1]], file: join(home, 'data/reports', `${ids[1]}.html`) });
  });

  test.each([
    [['show', 'nope'], 2, 'there is no run "nope"'],
    [['show', '2'], 2, 'several runs start with "2"'],
    [['show', 'latest', '--sample', 'zzz'], 2, 'Ids look like q0'],
    [['report', 'latest', '-o', '/dev/null/x.html'], 1, 'cannot write'],
  ])('%j says what is wrong', async (words, code, message) => {
    expect(await runs(...words)).toMatchObject({
      code,
      stdout: '',
      stderr: expect.stringContaining(message),
    });
  });

  test('diff prints the traces side by side, without terminal escapes, as many as are asked for', async () => {
    const right = await pathact([...evalWords, '--method', 'vanilla', '--seed', '1'], home);
    const wrong = await pathact([...evalWords, '--method', 'cot', '--seed', '1'], home);
    const run = (lines: typeof right) => String(lines.lines[0]!.run);
    const { stdout } = await runs('diff', run(right), run(wrong));
    expect(stdout).toMatch(/McNemar, exact +p = 1\.000 +on 8 questions/);
    expect(stdout).toMatch(/to see 3 points +n = \d+/);
    expect(stdout.match(/in the data: (Yes|No)/g)).toHaveLength(8);
    expect(stdout).toMatch(/^verdict: Yes, score: [01] +│ verdict: No, score: [01]$/m);
    expect(stdout).not.toContain('\u001b');
    expect((await runs('diff', run(right), run(wrong), '--flips', '0')).stdout).toMatch(
      /8 more samples flipped/,
    );
  });
});
