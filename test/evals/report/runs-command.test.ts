import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runReportSchema, runShowSchema, runsListSchema, sampleShowSchema } from '../../../src/cli/runs.ts';
import { runsDiffSchema } from '../../../src/cli/runs-diff.ts';
import { fakeEndpoint } from '../helpers/fake-endpoint.ts';
import { pathact } from '../helpers/pathact.ts';
import { writeQuestions } from '../helpers/questions.ts';

let home: string;
const runs = (...words: string[]) => pathact(['runs', ...words], home);
const json = async (...words: string[]) => JSON.parse((await runs(...words, '--json')).stdout) as unknown;
/** Oldest first. */
let ids: string[];

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'pathact-runs-'));
  const data = writeQuestions(join(home, 'questions.jsonl'), 8);
  const endpoint = await fakeEndpoint({
    reply: (_message, count) => (count === 3 ? 400 : 'Yes, \u001b[31mit does'),
  });
  for (const method of ['cot', 'vanilla']) {
    const where = ['--data', data, '--base-url', endpoint.baseUrl, '--model', 'scripted'];
    await pathact(['eval', 'biomaze', '--method', method, ...where], home);
  }
  await endpoint.close();
  ids = runsListSchema
    .parse(await json('list'))
    .runs.map(({ id }) => id)
    .toReversed();
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

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

  test('diff compares two runs on the same samples', async () => {
    const { difference } = runsDiffSchema.parse(await json('diff', ids[0]!, ids[1]!));
    expect(difference).toMatchObject({ n: 8, unpaired: 0 });
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
});
