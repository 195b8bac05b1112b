import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { loadDataset } from '../../../evals/biomaze/dataset.ts';
import { judgeCheckSchema, readLabelledAnswers } from '../../../evals/biomaze/judge/check-judge.ts';
import { judge, LONGEST_PROMPT, scoreOf } from '../../../evals/biomaze/judge/judge.ts';
import { exampleQuestions, judgePrompt } from '../../../evals/biomaze/judge/prompt.ts';
import { readJudgement } from '../../../evals/biomaze/judge/read-judgement.ts';
import { runScoreSchema } from '../../../src/cli/runs-score.ts';
import { EndpointError, EndpointUnreachableError } from '../../../src/errors.ts';
import { openStore } from '../../../src/store/store.ts';
import { evidenceOracle, oracleRows } from '../../helpers/evidence-oracle.ts';
import { type ScriptedEndpoint, scriptedEndpoint } from '../../helpers/scripted-endpoint.ts';
import { scriptedModel } from '../../helpers/scripted-model.ts';
import { pathact } from '../helpers/pathact.ts';

const mini = fileURLToPath(new URL('../../../data/biomaze-mini/', import.meta.url));
const labelled = fileURLToPath(new URL('../../../data/judge-labels/answers.jsonl', import.meta.url));
const signal = new AbortController().signal;
const item = { question: 'What does A do to B?', reference: 'It raises B.', answer: 'A raises B.' };

describe('a reply of the judge', () => {
  test.each([
    ['It fits. Judge: Correct', 1, 'correct'],
    ['Judge: correct ', 1, 'correct'],
    ['Judge: Incorrect', 0, 'incorrect'],
    ['It is correct', 1, 'correct'],
    ['It is incorrect', 0, 'incorrect'],
    ['Correct', 0, 'unparsed'],
    ['Judge: Correct.', 0, 'correct'],
    ['Judge: Correct\n\nQuestion:', 0, 'correct'],
    ['Judge: Incorrect\nJudge: Correct', 0, 'correct'],
    ['Judge: **Correct**', 0, 'correct'],
    ['The answer is not correct', 1, 'incorrect'],
    ['He says "incorrect".', 0, 'incorrect'],
    ['', 0, 'unparsed'],
    ['Judge:', 0, 'unparsed'],
    ['Judge: Partly', 0, 'unparsed'],
  ] as const)('%j scores %d in compat and is %s else', (reply, reference, ours) => {
    expect(readJudgement(reply, { compat: true })).toBe(reference === 1 ? 'correct' : 'incorrect');
    expect(readJudgement(reply)).toBe(ours);
  });
});

describe('the prompt', () => {
  test('is the reviewed one', async () => {
    await expect(judgePrompt(item)[0]!.content).toMatchFileSnapshot('../../goldens/prompts/judge.txt');
  });

  test('has one correct and four incorrect examples, comments first, and ends where the judge explains', () => {
    const content = judgePrompt(item)[0]!.content;
    expect(content.match(/^Judge: (Correct|Incorrect)$/gm)?.toSorted()).toEqual([
      'Judge: Correct',
      ...Array(4).fill('Judge: Incorrect'),
    ]);
    expect(content).toMatch(/New answer: A raises B\.\nComment:$/);
  });

  test('shows no example that is close to a question that is judged', async () => {
    const words = (text: string) => new Set(text.toLowerCase().match(/\p{L}{4,}/gu));
    const { questions } = await loadDataset(mini, 'openended');
    for (const example of exampleQuestions.map(words)) {
      const overlaps = questions.map(({ question }) => {
        const shared = [...words(question)].filter((word) => example.has(word)).length;
        return shared / example.size;
      });
      expect(Math.max(...overlaps)).toBeLessThan(0.5);
    }
  });
});

describe('one judgement', () => {
  test('is asked for at temperature 0 and keeps what the judge says', async () => {
    const model = scriptedModel(['Both say that it rises.\nJudge: Correct']);
    const judgement = await judge(model, item, { signal });
    expect(judgement).toEqual({
      by: 'biomaze-judge-1 by scripted',
      outcome: 'correct',
      comment: 'Both say that it rises.\nJudge: Correct',
    });
    expect(model.asked[0]?.options).toMatchObject({ temperature: 0, seed: 0 });
    expect(scoreOf(judgement)).toBe(1);
  });

  test('an empty answer is incorrect without a call', async () => {
    const model = scriptedModel([]);
    expect(await judge(model, { ...item, answer: ' ' }, { signal })).toMatchObject({ outcome: 'incorrect' });
    expect(model.asked).toHaveLength(0);
  });

  test('one that is too long is wrong without a call, and said to be so', async () => {
    const model = scriptedModel([]);
    const judgement = await judge(model, { ...item, answer: 'x'.repeat(4 * LONGEST_PROMPT) }, { signal });
    expect(judgement.outcome).toBe('too-long');
    expect(scoreOf(judgement)).toBe(0);
  });

  test('a judge that fails on it gives no score; one that cannot be used at all ends the scoring', async () => {
    const failing = (error: Error) =>
      scriptedModel([], {
        afterwards: () => {
          throw error;
        },
      });
    const once = await judge(failing(new EndpointError('answered 500', 500, undefined)), item, { signal });
    expect([once.outcome, scoreOf(once)]).toEqual(['judge-error', null]);
    await expect(judge(failing(new EndpointError('no', 401, undefined)), item, { signal })).rejects.toThrow(
      'no',
    );
    const gone = new EndpointUnreachableError('gone');
    await expect(judge(failing(gone), item, { signal })).rejects.toBe(gone);
  });
});

describe('runs score', () => {
  let home: string;
  const endpoints: ScriptedEndpoint[] = [];
  const serve = async (...options: Parameters<typeof scriptedEndpoint>) => {
    endpoints.push(await scriptedEndpoint(...options));
    return endpoints.at(-1)!;
  };
  let answered: string;
  beforeAll(async () => {
    answered = mkdtempSync(join(tmpdir(), 'pathact-judge-'));
    const { questions } = await loadDataset(mini, 'openended');
    const { baseUrl } = await serve(evidenceOracle(oracleRows(questions)));
    const words = ['eval', 'biomaze', '--data', mini, '--split', 'openended', '--method', 'g-retriever'];
    const more = ['--limit', '12', '--base-url', baseUrl, '--model', 'scripted'];
    const done = await pathact([...words, ...more], answered);
    expect(done.stdout).toContain('have no score until');
  });
  afterAll(() => rmSync(answered, { recursive: true, force: true }));
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'pathact-judge-'));
    cpSync(answered, home, { recursive: true });
  });
  afterEach(async () => {
    await Promise.all(endpoints.splice(0).map((endpoint) => endpoint.close()));
    rmSync(home, { recursive: true, force: true });
  });

  /** Calls an answer correct that comes to a conclusion. */
  const byConclusion = (name: string) =>
    serve((messages) => {
      const answer = messages[0]!.content.split('New answer:').at(-1)!;
      return /So \S+ (rises|falls)/.test(answer)
        ? `${name}: it concludes.\nJudge: Correct.`
        : 'Judge: Incorrect';
    });
  const score = (baseUrl: string, ...more: string[]) =>
    pathact(
      ['runs', 'score', 'latest', '--judge-model', 'judge', '--judge-base-url', baseUrl, ...more],
      home,
    );

  test('judges the stored answers without asking them again, once, and keeps every judge', async () => {
    const endpoint = await byConclusion('first');
    const done = await score(endpoint.baseUrl, '--json');
    expect(done.stderr).not.toContain('error');
    const { judged, summary } = runScoreSchema.parse(JSON.parse(done.stdout));
    expect(judged).toMatchObject({ judge: 'biomaze-judge-1 by judge', n: 12, unparsed: 0, judgeErrors: 0 });
    expect(judged.correct + judged.incorrect).toBe(12);
    expect(judged.correct).toBeGreaterThan(0);
    expect(summary).toMatchObject({
      accuracy: judged.correct / 12,
      balanced: null,
      references: [],
      note: null,
    });
    expect(summary.slices[0]).toMatchObject({ slice: 'all', n: 12, nYes: 0, nNo: 0 });
    const calls = endpoint.asked.length;
    expect((await score(endpoint.baseUrl)).stdout).toContain(`${judged.correct} of 12 correct`);
    expect(endpoint.asked).toHaveLength(calls);
    await score(endpoint.baseUrl, '--again');
    expect(endpoint.asked).toHaveLength(2 * calls);
  });

  test('another judge scores the same answers anew; what the first said stays', async () => {
    const first = await byConclusion('first');
    const second = await serve(() => 'I am not sure.');
    await score(first.baseUrl);
    const { stdout } = await pathact(
      ['runs', 'score', 'latest', '--judge-model', 'doubter', '--judge-base-url', second.baseUrl],
      home,
    );
    expect(stdout).toMatch(/biomaze-judge-1 by doubter: 0 of 12 correct, \d+ unparsed/);
    const store = openStore(join(home, 'data/pathact.db'));
    const [run] = store.runs.list(1);
    const [sample] = [...store.samples.list(run!.id)];
    const words = store.judgements.list(run!.id, sample!);
    expect(words.map(({ by }) => by)).toEqual(['biomaze-judge-1 by judge', 'biomaze-judge-1 by doubter']);
    expect(sample?.scorer).toBe('biomaze-judge-1 by doubter');
    store.close();
  });

  test('a model does not judge its own answers unless asked to', async () => {
    const { baseUrl } = await byConclusion('x');
    const words = ['runs', 'score', 'latest', '--judge-model', 'scripted', '--judge-base-url', baseUrl];
    const refused = await pathact(words, home);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('its own answers') });
    expect((await pathact([...words, '--same-model'], home)).code).toBe(0);
  });

  test('a judge that goes away keeps what it judged, and the same command goes on', async () => {
    let left = 5;
    const flaky = await serve(() => (left-- > 0 ? 'Judge: Correct' : 401));
    const stopped = await score(flaky.baseUrl, '--concurrency', '1');
    expect(stopped.code).toBe(1);
    const whole = await serve(() => 'Judge: Incorrect');
    expect((await score(whole.baseUrl)).stdout).toContain('5 of 12 correct');
    expect(whole.asked.length).toBeLessThanOrEqual(7);
  });
});

test('eval --judge-model judges an open-ended run at once, and is refused where there are labels', async () => {
  const home = mkdtempSync(join(tmpdir(), 'pathact-judge-'));
  const endpoint = await scriptedEndpoint((messages) =>
    messages[0]!.content.includes('You judge answers') ? 'Judge: Correct' : 'It rises.',
  );
  const words = ['eval', 'biomaze', '--data', mini, '--method', 'vanilla', '--limit', '4', '--json'];
  words.push('--base-url', endpoint.baseUrl, '--model', 'scripted', '--judge-base-url', endpoint.baseUrl);
  const refused = await pathact([...words, '--judge-model', 'other'], home);
  expect(refused).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('have labels') });
  const done = await pathact([...words, '--split', 'openended', '--judge-model', 'other'], home);
  expect(done.lines.at(-1)).toMatchObject({
    accuracy: 1,
    judged: { judge: 'biomaze-judge-1 by other', n: 4, correct: 4 },
  });
  const own = await pathact([...words, '--split', 'openended', '--judge-model', 'scripted'], home);
  expect(own).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('its own answers') });
  await endpoint.close();
  rmSync(home, { recursive: true, force: true });
});

describe('runs judge-check', () => {
  test('our labelled answers are balanced, and a judge that sees what it should agrees with them', async () => {
    const answers = await readLabelledAnswers(labelled);
    expect(answers.length).toBeGreaterThanOrEqual(24);
    expect(answers.filter(({ correct }) => correct).length * 2).toBe(answers.length);
  });

  test('prints kappa with its interval, and counts apart what had no verdict', async () => {
    const home = mkdtempSync(join(tmpdir(), 'pathact-check-'));
    const file = join(home, 'labelled.csv');
    const rows = Array.from(
      { length: 40 },
      (_, i) => `q${i},ref,${i < 38 ? i % 4 : 'odd'},${i % 2 ? 'correct' : 'incorrect'}`,
    );
    writeFileSync(file, ['question,reference,answer,label', ...rows].join('\n'));
    // Right on 1 and 3 (correct) and on 0, wrong on 2, and silent on `odd`.
    const endpoint = await scriptedEndpoint((messages) => {
      const answer = /New answer: (\S+)\nComment:$/.exec(messages[0]!.content)?.[1];
      return answer === 'odd' ? 'Hm.' : `Judge: ${answer === '0' ? 'Incorrect' : 'Correct'}`;
    });
    const words = ['runs', 'judge-check', file, '--judge-model', 'j', '--judge-base-url', endpoint.baseUrl];
    const check = judgeCheckSchema.parse(JSON.parse((await pathact([...words, '--json'], home)).stdout));
    expect(check).toMatchObject({
      n: 38,
      noVerdict: 2,
      bothYes: 19,
      onlyFirst: 9,
      onlySecond: 0,
      bothNo: 10,
    });
    expect(check.kappa).toBeCloseTo(0.526, 3);
    expect(check.kappaInterval!.low).toBeLessThan(0.526);
    expect(check.kappaInterval!.high).toBeGreaterThan(0.526);
    const wrong = join(home, 'wrong.jsonl');
    writeFileSync(wrong, '{"question":"q","reference":"r","answer":"a","label":"perhaps"}');
    words[2] = wrong;
    expect(await pathact(words, home)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('line 1: column "label"'),
    });
    await endpoint.close();
    rmSync(home, { recursive: true, force: true });
  });
});
