import { type Command, InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { checkJudge, type JudgeCheck, readLabelledAnswers } from '../../evals/biomaze/judge/check-judge.ts';
import { type JudgeCounts, judgeCountsSchema, scoreRun } from '../../evals/biomaze/judge/score-run.ts';
import { summarise, summarySchema } from '../../evals/biomaze/summary.ts';
import { percent, range } from '../../evals/report/format.ts';
import { resolveSettings } from '../config.ts';
import { UsageError } from '../errors.ts';
import type { RunRecord } from '../store/runs.ts';
import type { Store } from '../store/store.ts';
import { type OpenModel, openModel } from './answer-setup.ts';
import { interruptSignal } from './interrupt.ts';
import { columns, printJson, printLine } from './print.ts';
import { findRun, withStore } from './runs.ts';
import { scoreText } from './score-text.ts';
import { statusLine } from './status-line.ts';

/** `runs score RUN --json` */
export const runScoreSchema = z.object({
  run: z.string(),
  judged: judgeCountsSchema,
  summary: summarySchema,
});

interface JudgeFlags {
  judgeModel: string;
  judgeBaseUrl?: string;
  concurrency: number;
  json?: true;
}

interface ScoreFlags extends JudgeFlags {
  sameModel?: true;
  again?: true;
}

const scoreHelp = `
The answers stay as they are; each judge's words are kept beside them, and the newest judge's score counts.
Ctrl-C keeps every judgement; the same command goes on.

Example:
  pathact runs score latest --judge-model my-judge --judge-base-url http://127.0.0.1:8000/v1`;

const checkHelp = `
FILE (JSONL, CSV or parquet) has the columns question, reference, answer and label: correct or incorrect.

Example:
  pathact runs judge-check labelled.jsonl --judge-model my-judge --judge-base-url http://127.0.0.1:8000/v1`;

/** Adds to the group `runs` what lets a model judge open answers. */
export function registerRunsScore(program: Command): void {
  const runs = program.commands.find((command) => command.name() === 'runs')!;
  const score = runs
    .command('score')
    .argument('<run>', 'a run id, the start of one, or "latest"')
    .description('let a model judge the stored answers of an open-ended run');
  withJudgeOptions(score)
    .option('--same-model', 'let the model judge its own answers')
    .option('--again', 'ask again about what this judge has judged before')
    .option('--json', 'one JSON document: run, judged, summary')
    .addHelpText('after', scoreHelp)
    .action(withStore(scoreStored));
  const check = runs
    .command('judge-check')
    .argument('<file>', 'answers with labels that a person gave')
    .description("measure how far a judge agrees with a person: Cohen's kappa with its interval");
  withJudgeOptions(check)
    .option('--json', 'one JSON document: judge, n, agreement, kappa, their intervals, counts')
    .addHelpText('after', checkHelp)
    .action(checkLabelled);
}

function withJudgeOptions(command: Command): Command {
  return command
    .requiredOption('--judge-model <name>', 'model of the endpoint, or one of `pathact models list`')
    .option('--judge-base-url <url>', 'an OpenAI-compatible endpoint; without it our own is started')
    .option('--concurrency <n>', 'answers in flight at once', positiveInteger, 4);
}

async function scoreStored(store: Store, word: string, flags: ScoreFlags): Promise<void> {
  const run = findRun(store, word);
  const signal = interruptSignal();
  const open = await openJudge(flags, signal);
  const status = statusLine(process.stderr, flags.json === true);
  try {
    if (!flags.sameModel) refuseOwnAnswers(run, open);
    const judged = await scoreRun(run, {
      ...{ store, model: open.model, concurrency: flags.concurrency, signal, again: flags.again === true },
      onJudged: ({ outcome }, done, planned) => status.show(`judged ${done}/${planned}: ${outcome}`),
    });
    const summary = summarise(store.samples.list(run.id), Number(run.settings.seed ?? 0));
    if (flags.json) printJson({ run: run.id, judged, summary });
    else for (const line of [...scoreText(summary), countsText(judged)]) printLine(line);
  } finally {
    status.end();
    await open.close();
  }
}

function openJudge(
  { judgeModel, judgeBaseUrl, concurrency }: JudgeFlags,
  signal: AbortSignal,
): Promise<OpenModel> {
  const { settings } = resolveSettings({ model: judgeModel, baseUrl: judgeBaseUrl });
  return openModel(settings, signal, { parallel: concurrency });
}

/** A model rates its own answers too well; known by its name or by the hash of its file. */
function refuseOwnAnswers({ settings }: RunRecord, { model, modelHash }: OpenModel): void {
  const isSame =
    settings.model === model.name || (modelHash !== undefined && settings.modelHash === modelHash);
  if (!isSame) return;
  throw new UsageError(`${model.name} would judge its own answers`, {
    hint: 'Give another --judge-model, or --same-model if that is what you want.',
  });
}

function countsText({ judge, n, correct, unparsed, tooLong, judgeErrors, unanswered }: JudgeCounts): string {
  const failed = { unparsed, 'too long': tooLong, 'failed in the judge': judgeErrors, unanswered };
  const told = Object.entries(failed).filter(([, count]) => count > 0);
  const rest = told.map(([what, count]) => `, ${count} ${what}`).join('');
  return `${judge}: ${correct} of ${n} correct${rest}.`;
}

async function checkLabelled(file: string, flags: JudgeFlags): Promise<void> {
  const answers = await readLabelledAnswers(file);
  const signal = interruptSignal();
  const open = await openJudge(flags, signal);
  try {
    const { concurrency } = flags;
    const check = await checkJudge(answers, { model: open.model, file, concurrency, seed: 0, signal });
    if (flags.json) printJson(check);
    else for (const line of checkText(check)) printLine(line);
  } finally {
    await open.close();
  }
}

function checkText(check: JudgeCheck): string[] {
  const { judge, n, noVerdict, kappa, kappaInterval, bothYes, onlyFirst, onlySecond, bothNo } = check;
  const spread = kappaInterval ? `${kappaInterval.low.toFixed(2)} to ${kappaInterval.high.toFixed(2)}` : '–';
  return [
    `${judge}, ${n} answers with a verdict, ${noVerdict} without`,
    ...columns([
      ['  agreement', percent(check.agreement), `95 %: ${range(check.agreementInterval)}`],
      ["  Cohen's kappa", kappa === null ? '–' : kappa.toFixed(2), `95 %: ${spread}`],
      ['  both correct', `${bothYes}`],
      ['  only the judge says correct', `${onlyFirst}`],
      ['  only the person says correct', `${onlySecond}`],
      ['  both incorrect', `${bothNo}`],
    ]),
  ];
}

function positiveInteger(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError('It is a whole number from 1 to 9999.');
  return Number(text);
}
