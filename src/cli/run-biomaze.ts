import { join } from 'node:path';
import type { Question } from '../../evals/biomaze/question.ts';
import { type Summary, summarySchema } from '../../evals/biomaze/summary.ts';
import { Progress } from '../../evals/harness/progress.ts';
import { type RunEnding, runTask } from '../../evals/harness/runner.ts';
import { runLine, sampleLine } from '../../evals/harness/stream.ts';
import type { Task } from '../../evals/harness/task.ts';
import { directories } from '../config.ts';
import type { Environment } from '../store/attempts.ts';
import { openStore, type Store } from '../store/store.ts';
import { gitState } from './git-state.ts';
import { packageVersion } from './package-root.ts';
import { note } from './print.ts';
import { statusLine } from './status-line.ts';

/** The store of this user. The caller closes it. */
export function openUserStore(): Store {
  return openStore(join(directories().data, 'pathact.db'));
}

export interface RunBioMazeOptions {
  store: Store;
  concurrency: number;
  signal: AbortSignal;
  /** Where the model is and whatever else is worth recording of this attempt. */
  environment: Environment;
  resume?: string | true | undefined;
  /** Gets the lines of the NDJSON stream. */
  onLine?: (line: object) => void;
}

/** A run's ending with its summary, and the wall time of this attempt. */
export interface BioMazeEnding extends RunEnding {
  summary: Summary;
  seconds: number;
}

/** Runs a BioMaze task into the store, with a progress line on stderr. */
export async function runBioMaze(task: Task<Question>, options: RunBioMazeOptions): Promise<BioMazeEnding> {
  const startedAt = performance.now();
  const status = statusLine(process.stderr, options.onLine !== undefined);
  let progress = new Progress(0, 0);
  let run = '';
  const ending = await runTask(task, {
    ...options,
    environment: { ...programFacts(), ...options.environment },
    onStart: (plan) => {
      run = plan.run.id;
      progress = new Progress(plan.run.planned, plan.kept.length);
      note(startText(task, run, plan.kept.length, plan.pending.length));
      options.onLine?.(runLine(plan));
    },
    onSample: (record) => {
      progress.add(record);
      status.show(`${task.method} ${progress.line()}`);
      options.onLine?.(sampleLine(run, record));
    },
  }).finally(() => status.end());
  const summary = summarySchema.parse(ending.run.summary ?? task.summarise(options.store.samples.list(run)));
  return { ...ending, summary, seconds: (performance.now() - startedAt) / 1000 };
}

function startText(task: Task<Question>, run: string, kept: number, left: number): string {
  const what = `${task.name}, ${task.method}: run ${run}`;
  return kept === 0 ? `${what}, ${left} samples` : `${what} goes on: ${kept} samples are kept, ${left} left`;
}

function programFacts(): Environment {
  const git = gitState();
  return {
    version: packageVersion(),
    git: git && { ...git },
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    command: withoutPasswords(['pathact', ...process.argv.slice(2)].join(' ')),
  };
}

/** `https://user:word@host` must not be stored. */
function withoutPasswords(text: string): string {
  return text.replace(/\/\/[^/@\s]+@/g, '//');
}
