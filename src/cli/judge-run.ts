import { type Command, InvalidArgumentError } from 'commander';
import { type JudgeCounts, scoreRun } from '../../evals/biomaze/judge/score-run.ts';
import { resolveSettings } from '../config.ts';
import { UsageError } from '../errors.ts';
import type { RunRecord } from '../store/runs.ts';
import type { Store } from '../store/store.ts';
import { type OpenModel, openModel } from './answer-setup.ts';
import { statusLine } from './status-line.ts';

/** Which model judges open answers. */
export interface JudgeFlags {
  judgeModel?: string;
  judgeBaseUrl?: string;
  sameModel?: true;
  concurrency: number;
}

export function withJudgeModel(command: Command, whose = 'judge'): Command {
  return command
    .option('--judge-model <name>', `${whose}: model of the endpoint, or one of \`pathact models list\``)
    .option('--judge-base-url <url>', "the judge's endpoint; without it our own is started");
}

/** The judge of the flags. The opener closes it. */
export function openJudge(
  { judgeModel, judgeBaseUrl, concurrency }: JudgeFlags,
  signal: AbortSignal,
): Promise<OpenModel> {
  if (judgeModel === undefined)
    throw new UsageError('--judge-model is missing', { hint: 'It names the model that judges.' });
  const { settings } = resolveSettings({ model: judgeModel, baseUrl: judgeBaseUrl });
  return openModel(settings, signal, { parallel: concurrency });
}

/** A model rates its own answers too well; it is known by its name or by the hash of its file. */
export function refuseOwnAnswers(
  judge: OpenModel,
  asked: { model: string; modelHash: string | undefined },
  { sameModel }: JudgeFlags,
): void {
  const sameFile = judge.modelHash !== undefined && asked.modelHash === judge.modelHash;
  if (sameModel || (asked.model !== judge.model.name && !sameFile)) return;
  throw new UsageError(`${judge.model.name} would judge its own answers`, {
    hint: 'Give another --judge-model, or --same-model if that is what you want.',
  });
}

export interface JudgeRunOptions {
  store: Store;
  judge: OpenModel;
  concurrency: number;
  signal: AbortSignal;
  again?: boolean;
  /** As the reference reads a judge's words. */
  compat?: boolean;
  /** Results share the terminal. */
  plain: boolean;
}

/** Lets the judge score a stored run, with a progress line on stderr. */
export async function judgeRun(
  run: RunRecord,
  { judge, plain, ...options }: JudgeRunOptions,
): Promise<JudgeCounts> {
  const status = statusLine(process.stderr, plain);
  try {
    return await scoreRun(run, {
      ...{ ...options, model: judge.model },
      onJudged: ({ outcome }, done, planned) => status.show(`judged ${done}/${planned}: ${outcome}`),
    });
  } finally {
    status.end();
  }
}

/** e.g. `biomaze-judge-1 by my-judge: 31 of 44 correct, 1 unparsed.` */
export function judgedText({ judge, n, correct, ...counts }: JudgeCounts): string {
  const { unparsed, tooLong, judgeErrors, unanswered } = counts;
  const failed = { unparsed, 'too long': tooLong, 'failed in the judge': judgeErrors, unanswered };
  const told = Object.entries(failed).filter(([, count]) => count > 0);
  return `${judge}: ${correct} of ${n} correct${told.map(([what, count]) => `, ${count} ${what}`).join('')}.`;
}

export function inFlight(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError('It is a whole number from 1 to 9999.');
  return Number(text);
}
