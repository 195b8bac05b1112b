import { compareAnswers, type KvCheck, samplesToCheck } from '../../evals/biomaze/kv-check.ts';
import { type BioMazeOptions, bioMazeTask } from '../../evals/biomaze/task.ts';
import { InterruptedError } from '../errors.ts';
import { note } from './print.ts';
import { type RunBioMazeOptions, runBioMaze } from './run-biomaze.ts';

/**
 * Asks `count` samples of a finished run again with full attention, in a run of their own that is resumed as any other,
 * and compares the answers. `options.model` attends in full.
 */
export async function checkKv(
  run: string,
  count: number,
  { signal, ...options }: BioMazeOptions & { signal: AbortSignal },
  { store, onLine: _, ...running }: RunBioMazeOptions,
): Promise<KvCheck> {
  const sampleIds = samplesToCheck(store.samples.list(run), count, options.seed);
  note(`Asking ${sampleIds.length} samples again in full, by seed ${options.seed}: ${sampleIds.join(', ')}`);
  const task = await bioMazeTask({ ...options, sampleIds, limit: undefined, epochs: 1, checks: run }, signal);
  const isBegun = store.runs.newestWith(task.name, task.settings) !== undefined;
  const resume = running.resume !== undefined && isBegun ? true : undefined;
  const ending = await runBioMaze(task, { ...running, store, resume });
  if (ending.status === 'failed') throw ending.error;
  if (ending.status === 'cancelled') {
    throw new InterruptedError(`stopped while answers were checked; run ${run} is finished`, {
      hint: 'The same command with --resume checks the rest.',
    });
  }
  return compareAnswers(ending.run.id, store.samples.list(run), store.samples.list(ending.run.id));
}
