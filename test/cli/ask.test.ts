import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Context } from 'hono';
import { expect, test } from 'vitest';
import {
  type AskSummary,
  askSummarySchema,
  toldAnswer,
  whyCannotTell,
} from '../../src/cli/answer-summary.ts';
import { type AnswerOutcome, runEventSchema } from '../../src/run.ts';
import { completion, deadUrl, protocolServer } from '../helpers/protocol-server.ts';
import { writeToyGraph } from '../helpers/toy-graph.ts';
import { emptyHome, runPathact } from './run-pathact.ts';

const question = 'Does the alpha kinase ALFK1 raise the gamma receptor GAMR?';
const models = (c: Context) =>
  c.json({ data: [{ id: 'm', context_length: 8192, meta: { n_params: 135e6, sha256: 'b179' } }] });

/** An endpoint whose model says these lines in turn, the last one for ever. */
function speaking(lines: readonly string[]) {
  let said = 0;
  return (c: Context) => {
    const line = lines[Math.min(said++, lines.length - 1)] ?? '';
    return c.json(completion(line, { prompt_tokens: 10, completion_tokens: 2, total_tokens: 12 }));
  };
}

async function ask(asked: string, lines: readonly string[], flags: readonly string[] = []) {
  const baseUrl = await protocolServer({ models, chat: speaking(lines) });
  const args = ['ask', asked, '--base-url', baseUrl, '--model', 'm', '--graph', writeToyGraph(), ...flags];
  return runPathact(args, { PATHACT_HOME: emptyHome() });
}

/** The events and the summary of a stream, each checked against its published shape. */
function readStream(stdout: string) {
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
  const events = lines.slice(0, -1).map((line) => runEventSchema.parse(line));
  return { events, summary: askSummarySchema.parse(lines.at(-1)) };
}

const lines = [
  'Answer: No',
  'ALFK1 raises BETA1 (line 0), which lowers GAMR (line 1). \u001b[31mSo No.',
  'Yes',
  'No',
];

test('ask shows names, our first move, the numbered lines, the answer, its scale and its evidence', async () => {
  const { stdout, code } = await ask(question, lines);
  expect(code).toBe(0);
  expect(stdout).toContain('ALFK1 → ALFK1');
  expect(stdout).toContain('First move, made for the model');
  expect(stdout).toMatch(/^Answer {4}No\n {10}\[smoke-scale model, 135M weights/m);
  expect(stdout).toMatch(/^ {2}0\) .*\[raises\]$/m);
  expect(stdout).not.toContain('\u001b');
});

test('--json gives every event and a summary that records what is needed to ask again', async () => {
  const { stdout, code } = await ask(question, lines, ['--json', '--seed', '5']);
  const { events, summary } = readStream(stdout);
  expect(code).toBe(0);
  expect(events.at(-1)?.type).toBe('finished');
  expect(summary).toMatchObject({
    answer: 'No',
    cannotTell: null,
    kind: 'judge',
    connected: true,
    model: { name: 'm', parameters: 135e6, sha256: 'b179', smokeScale: true, contextLength: 8192 },
    settings: { seed: 5, maxSteps: 20, compat: false },
    usage: { promptTokens: 40, completionTokens: 8 },
  } satisfies Partial<Record<keyof AskSummary, unknown>>);
  expect(summary.graph.hash).toMatch(/^[0-9a-f]{64}$/);
});

test.each([
  ['Does the moon raise the tide?', lines, 'nothing-named'],
  [question, ['Answer: x', 'Hm.', 'Yes', 'perhaps'], 'no-verdict'],
])('%s with these replies: cannot tell because of %s', async (asked, said, reason) => {
  const { stdout } = await ask(asked, said, ['--json']);
  const { summary } = readStream(stdout);
  expect(summary).toMatchObject({ cannotTell: reason, answer: "I can't tell" });
});

test('evidence that does not connect the named entities is no ground for an answer', () => {
  const outcome = { verdict: 'Yes', unparsed: false, connected: false } as AnswerOutcome;
  const reason = whyCannotTell(outcome, 2);
  expect([reason, toldAnswer(outcome, reason)]).toEqual(['not-connected', "I can't tell"]);
});

test('an open question is answered in a sentence, and --judge overrules how it starts', async () => {
  const how = 'How does ALFK1 act on GAMR?';
  const open = readStream((await ask(how, ['Answer: x', 'It lowers GAMR.', 'Yes'], ['--json'])).stdout);
  expect(open.summary).toMatchObject({ kind: 'open', answer: 'It lowers GAMR.', verdict: null });
  const judged = readStream((await ask(how, lines, ['--json', '--judge'])).stdout);
  expect(judged.summary).toMatchObject({ kind: 'judge', answer: 'No' });
});

test('--svg draws the evidence', async () => {
  const home = emptyHome();
  const { code } = await ask(question, lines, ['--svg', join(home, 'evidence.svg')]);
  expect(code).toBe(0);
  expect(readFileSync(join(home, 'evidence.svg'), 'utf8')).toMatch(/^<svg[\s\S]*GAMR/);
});

test('an endpoint that is down is one clear error', async () => {
  const args = ['ask', question, '--base-url', await deadUrl(), '--graph', writeToyGraph()];
  const { code, stderr, stdout } = await runPathact(args, { PATHACT_HOME: emptyHome() });
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/^error: cannot reach the endpoint at http:\/\/127/);
  expect(stderr.trimEnd().split('\n')).toHaveLength(2);
});

test.each([
  [['ask', ''], 'empty'],
  [['ask', 'x'.repeat(8001)], '8000'],
  [['ask', 'Does it?', '--judge', '--open'], 'exclude'],
  [['ask', 'Does it?', '--max-steps', '0'], 'maxSteps'],
  [['ask'], 'question'],
])('wrong usage is said in a word: %j', async (args, word) => {
  const { code, stderr } = await runPathact(args, { PATHACT_HOME: emptyHome() });
  expect(code).toBe(2);
  expect(stderr).toContain(word);
});

test('Ctrl-C ends the turn, tells what was found and exits 130', async () => {
  const asked = Promise.withResolvers<void>();
  const baseUrl = await protocolServer({
    models,
    chat: () => {
      asked.resolve();
      return new Promise<Response>(() => {});
    },
  });
  const bin = fileURLToPath(new URL('../../bin/pathact.js', import.meta.url));
  const args = [
    bin,
    'ask',
    question,
    '--base-url',
    baseUrl,
    '--model',
    'm',
    '--graph',
    writeToyGraph(),
    '--json',
  ];
  const child = spawn(process.execPath, args, { env: { PATH: process.env.PATH, PATHACT_HOME: emptyHome() } });
  let stdout = '';
  child.stdout.on('data', (data: Buffer) => {
    stdout += data;
  });
  await asked.promise;
  child.kill('SIGINT');
  const code = await new Promise((resolve) => child.on('close', resolve));
  const { summary } = readStream(stdout);
  expect(code).toBe(130);
  expect(summary).toMatchObject({ cannotTell: 'interrupted', stop: null });
  expect(summary.evidence.length).toBeGreaterThanOrEqual(2);
});
