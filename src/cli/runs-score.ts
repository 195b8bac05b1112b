import type { Command } from 'commander';
import { z } from 'zod';
import { checkJudge, type JudgeCheck, readLabelledAnswers } from '../../evals/biomaze/judge/check-judge.ts';
import { judgeCountsSchema } from '../../evals/biomaze/judge/score-run.ts';
import { summarise, summarySchema } from '../../evals/biomaze/summary.ts';
import { percent, range } from '../../evals/report/format.ts';
import type { Store } from '../store/store.ts';
import { findRun, withStore } from './find-run.ts';
import { interruptSignal } from './interrupt.ts';
import {
  inFlight,
  type JudgeFlags,
  judgedText,
  judgeRun,
  openJudge,
  refuseOwnAnswers,
  withJudgeModel,
} from './judge-run.ts';
import { columns, printJson, printLine } from './print.ts';
import { scoreText } from './score-text.ts';

/** `runs score RUN --json` */
export const runScoreSchema = z.object({
  run: z.string(),
  judged: judgeCountsSchema,
  summary: summarySchema,
});

interface CheckFlags extends JudgeFlags {
  compat?: true;
  json?: true;
}

interface ScoreFlags extends CheckFlags {
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
  return withJudgeModel(command)
    .option('--compat', "read the judge's words as the reference code does")
    .option('--concurrency <n>', 'answers in flight at once', inFlight, 4);
}

async function scoreStored(store: Store, word: string, flags: ScoreFlags): Promise<void> {
  const run = findRun(store, word);
  const signal = interruptSignal();
  const judge = await openJudge(flags, signal);
  try {
    const { model, modelHash } = run.settings;
    refuseOwnAnswers(judge, { model: String(model), modelHash: textOrNone(modelHash) }, flags);
    const { concurrency, again = false, compat = false, json } = flags;
    const options = { store, judge, concurrency, signal, again, compat, plain: json === true };
    const judged = await judgeRun(run, options);
    const summary = summarise(store.samples.list(run.id), Number(run.settings.seed ?? 0));
    if (json) printJson({ run: run.id, judged, summary });
    else for (const line of [...scoreText(summary), judgedText(judged)]) printLine(line);
  } finally {
    await judge.close();
  }
}

function textOrNone(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

async function checkLabelled(file: string, flags: CheckFlags): Promise<void> {
  const answers = await readLabelledAnswers(file);
  const signal = interruptSignal();
  const { model, close } = await openJudge(flags, signal);
  try {
    const { concurrency, compat = false } = flags;
    const check = await checkJudge(answers, { model, file, concurrency, compat, seed: 0, signal });
    if (flags.json) printJson(check);
    else for (const line of checkText(check)) printLine(line);
  } finally {
    await close();
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
