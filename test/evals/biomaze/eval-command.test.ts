import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { summarySchema } from '../../../evals/biomaze/summary.ts';
import { runLineSchema, sampleLineSchema, summaryLineSchema } from '../../../evals/harness/stream.ts';
import { openStore } from '../../../src/store/store.ts';
import { type FakeEndpoint, fakeEndpoint } from '../helpers/fake-endpoint.ts';
import { type Finished, pathact } from '../helpers/pathact.ts';
import { writeQuestions } from '../helpers/questions.ts';

let home: string;
let endpoint: FakeEndpoint;
let words: string[];
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'pathact-eval-'));
  // Right for odd questions only: it always says Yes.
  endpoint = await fakeEndpoint({ delayMs: 30 });
  const data = writeQuestions(join(home, 'questions.jsonl'), 30);
  words = ['eval', 'biomaze', '--data', data, '--method', 'cot', '--limit', '20'];
  words.push('--base-url', endpoint.baseUrl, '--model', 'scripted', '--json');
});
afterEach(async () => {
  await endpoint.close();
  rmSync(home, { recursive: true, force: true });
});

/** Ids of the samples that a stream tells of, and those it says were kept. */
const samplesOf = ({ lines }: Finished) =>
  lines.filter(({ type }) => type === 'sample').map(({ id }) => id as string);
const keptBy = ({ lines }: Finished) => runLineSchema.parse(lines[0]).kept.map(({ id }) => id);
const summaryOf = ({ lines }: Finished) => summaryLineSchema.extend(summarySchema.shape).parse(lines.at(-1));

/** Every question that the endpoint was asked to reason about, and was not interrupted in. */
const reasoned = () =>
  endpoint.asked.map((message) => /Does protein A\d+ raise B\?\nAnswer:$/.exec(message)?.[0]);

function stopAfter(samples: number, signal: 'SIGINT' | 'SIGKILL') {
  let seen = 0;
  return (line: string, child: ChildProcess) => {
    if (line.includes('"type":"sample"') && ++seen === samples) child.kill(signal);
  };
}

function expectWhole(first: Finished, second: Finished): void {
  expect(second.code).toBe(0);
  expect(samplesOf(first).filter((id) => samplesOf(second).includes(id))).toEqual([]);
  expect(new Set([...keptBy(second), ...samplesOf(second)]).size).toBe(20);
  expect(keptBy(second).length + samplesOf(second).length).toBe(20);
  expect(summaryOf(second)).toMatchObject({ status: 'done', n: 20, planned: 20, errors: 0 });
  const finishedFirst = new Set(samplesOf(first));
  const askedTwice = reasoned().filter((text, i, all) => text && all.indexOf(text) !== i);
  // Only what was in flight when it stopped may be asked again.
  for (const text of askedTwice) expect(finishedFirst).not.toContain(`q${/A(\d+)/.exec(text!)![1]}`);
}

describe('eval biomaze --json', () => {
  test('streams run, samples and summary', async () => {
    const done = await pathact(words, home);
    expect(done.code).toBe(0);
    expect(runLineSchema.parse(done.lines[0])).toMatchObject({
      method: 'cot',
      planned: 20,
      resumed: false,
      kept: [],
    });
    for (const line of done.lines.slice(1, -1)) sampleLineSchema.parse(line);
    expect(done.lines).toHaveLength(22);
    expect(summaryOf(done)).toMatchObject({
      n: 20,
      accuracy: 0.5,
      balanced: 0.5,
      unparsed: 0,
      tokens: { calls: 40 },
    });
  });

  test('stopped by Ctrl-C half-way exits 130 and goes on with --resume: 20 samples, none asked twice', async () => {
    const first = await pathact(words, home, stopAfter(9, 'SIGINT'));
    expect(first.code).toBe(130);
    expect(summaryOf(first)).toMatchObject({ status: 'cancelled', n: samplesOf(first).length });
    expect(first.stderr).toContain('--resume');
    const second = await pathact([...words, '--resume'], home);
    expect(keptBy(second).toSorted()).toEqual(samplesOf(first).toSorted());
    expectWhole(first, second);
  });

  test('killed half-way loses no finished sample', async () => {
    const first = await pathact(words, home, stopAfter(9, 'SIGKILL'));
    expect(first.signal).toBe('SIGKILL');
    const second = await pathact([...words, '--resume'], home);
    for (const id of samplesOf(first)) expect(keptBy(second)).toContain(id);
    expectWhole(first, second);
  });

  test('picks the same balanced questions for the same seed, others for another', async () => {
    const some = [...words.slice(0, 6), '--limit', '6', ...words.slice(8)];
    const [a, b, c] = [
      await pathact(some, home),
      await pathact([...some, '--concurrency', '1'], home),
      await pathact([...some, '--seed', '1'], home),
    ];
    expect(samplesOf(b).toSorted()).toEqual(samplesOf(a).toSorted());
    expect(samplesOf(c).toSorted()).not.toEqual(samplesOf(a).toSorted());
    expect(summaryOf(a).slices[0]).toMatchObject({ nYes: 3, nNo: 3 });
  });

  test('asks only the samples that are named', async () => {
    const done = await pathact([...words, '--sample-ids', 'q3,q8'], home);
    expect(samplesOf(done).toSorted()).toEqual(['q3', 'q8']);
    const wrong = await pathact([...words, '--sample-ids', 'q3,nope'], home);
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('no question "nope"') });
  });
});

describe('eval biomaze', () => {
  test('prints the table for people, and exits 3 below --min-score', async () => {
    const plain = words.filter((word) => word !== '--json');
    const done = await pathact([...plain, '--min-score', '0.6'], home);
    expect(done.code).toBe(3);
    expect(done.stdout).toMatch(/^all +20 +10 +10 +50\.0 %/m);
    expect(done.stdout).toMatch(/^chance/m);
    expect(done.stderr).toContain('below 60.0 %');
  });

  test('asks each question in every epoch and scores questions: the mean, and right at least once', async () => {
    // Right about every question in one epoch of three, and then about odd ones only.
    let asked = 0;
    const fickle = await fakeEndpoint({ reply: () => (++asked % 3 === 0 ? 'No' : 'Yes') });
    const some = [
      'eval',
      'biomaze',
      '--data',
      join(home, 'questions.jsonl'),
      '--method',
      'vanilla',
      '--limit',
      '4',
    ];
    const where = [
      '--base-url',
      fickle.baseUrl,
      '--model',
      'scripted',
      '--epochs',
      '3',
      '--concurrency',
      '1',
    ];
    const done = await pathact([...some, ...where, '--json'], home);
    const text = await pathact(['runs', 'show', 'latest'], home);
    await fickle.close();
    const { n, epochs } = summaryOf(done);
    expect([n, samplesOf(done).length]).toEqual([12, 12]);
    expect(epochs).toMatchObject({ epochs: 3, questions: 4 });
    expect(epochs!.atLeastOnce.accuracy).toBeGreaterThan(epochs!.mean.accuracy);
    expect(text.stdout).toMatch(/^right at least once +\d+\.\d % +\d+\.\d–\d+\.\d/m);
    expect(text.stdout).toMatch(/^4 questions, each in 3 epochs; accuracy deviates by \d+\.\d points/m);
  });

  test('an endpoint that goes away ends the run, keeps what is finished and can be resumed', async () => {
    let seen = 0;
    const first = await pathact(words, home, (line) => {
      if (line.includes('"type":"sample"') && ++seen === 5) void endpoint.close();
    });
    expect(first.code).toBe(1);
    expect(first.stderr).toMatch(/error: cannot reach the endpoint/);
    expect(summaryOf(first)).toMatchObject({ status: 'failed', n: samplesOf(first).length });
    endpoint = await fakeEndpoint();
    const elsewhere = words.map((word) => (word.startsWith('http://') ? endpoint.baseUrl : word));
    const second = await pathact([...elsewhere, '--resume'], home);
    expect(second.code).toBe(0);
    expect(summaryOf(second)).toMatchObject({ n: 20 });
  });

  test('an endpoint that is not there at all is one error, and no run', async () => {
    await endpoint.close();
    const done = await pathact(words, home);
    expect(done).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^error: cannot reach .*\n {2}\S/),
    });
    endpoint = await fakeEndpoint();
  });

  test('open questions are answered, kept without a score, and said to be so', async () => {
    const done = await pathact([...words, '--split', 'openended'], home);
    expect(done.code).toBe(0);
    expect(summaryOf(done)).toMatchObject({
      accuracy: null,
      slices: [],
      note: expect.stringContaining('runs score'),
    });
    const store = openStore(join(home, 'data/pathact.db'));
    const [run] = store.runs.list(1);
    expect([...store.samples.list(run!.id)][0]).toMatchObject({ score: null, outcome: { answer: 'Yes' } });
    store.close();
  });

  test.each([
    [['--data', 'nowhere'], 4, 'nowhere is not there'],
    [['--limit', '0'], 2, 'whole number'],
    [['--min-score', '60'], 2, 'from 0 to 1'],
    [['--method', 'guess'], 2, 'Allowed choices'],
    [['--resume', 'nope'], 2, 'there is no biomaze run "nope"'],
  ])('%j is refused', async (more, code, message) => {
    const done = await pathact([...words, ...more], home);
    expect(done.code).toBe(code);
    expect(done.stderr).toContain(message);
    expect(done.stdout).toBe('');
  });
});
