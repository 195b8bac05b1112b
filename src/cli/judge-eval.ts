import type { Split } from '../../evals/biomaze/question.ts';
import { summarise } from '../../evals/biomaze/summary.ts';
import { UsageError } from '../errors.ts';
import type { OpenModel } from './answer-setup.ts';
import { type JudgeFlags, type JudgeRunOptions, judgeRun, openJudge, refuseOwnAnswers } from './judge-run.ts';
import type { BioMazeEnding } from './run-biomaze.ts';

/** The judge of an open-ended run, before anything is asked: a wrong flag should not show at the end. */
export async function judgeFor(
  flags: JudgeFlags & { split: Split },
  open: OpenModel,
  signal: AbortSignal,
): Promise<OpenModel | undefined> {
  if (flags.judgeModel === undefined) return undefined;
  if (flags.split !== 'openended')
    throw new UsageError('--judge-model is for --split openended: True/False answers have labels');
  const judge = await openJudge(flags, signal);
  try {
    refuseOwnAnswers(judge, { model: open.model.name, modelHash: open.modelHash }, flags);
    return judge;
  } catch (error) {
    await judge.close();
    throw error;
  }
}

/** A finished run with the scores of its judge; one that stopped is judged when it has been resumed. */
export async function judgedEnding(ending: BioMazeEnding, options: JudgeRunOptions) {
  if (ending.status !== 'done') return { ...ending, judged: undefined };
  const judged = await judgeRun(ending.run, options);
  const summary = summarise(options.store.samples.list(ending.run.id), Number(ending.run.settings.seed ?? 0));
  return { ...ending, summary, judged };
}
