import {
  EndpointError,
  EndpointUnreachableError,
  MissingError,
  StoreError,
  UsageError,
} from '../../src/errors.ts';
import { type Environment, heartbeatMs } from '../../src/store/attempts.ts';
import type { RunRecord, RunStatus } from '../../src/store/runs.ts';
import type { SampleRecord } from '../../src/store/samples.ts';
import type { Store } from '../../src/store/store.ts';
import { type Plan, planRun } from './resume.ts';
import { runSample } from './sample-run.ts';
import type { Task, TaskSample } from './task.ts';

export interface RunnerOptions {
  store: Store;
  /** Samples in flight at once. */
  concurrency: number;
  /** Aborting it drains: what is in flight is cancelled and forgotten, what is finished is kept. */
  signal: AbortSignal;
  /** What may differ between the attempts at one run. */
  environment: Environment;
  resume?: string | true | undefined;
  onStart?: (plan: Plan<TaskSample>) => void;
  /** Called after the sample is durable. */
  onSample?: (record: SampleRecord) => void;
}

export interface RunEnding {
  run: RunRecord;
  /** `done`: every sample was tried. `failed`: `error` says why it stopped. */
  status: Exclude<RunStatus, 'running'>;
  error: unknown;
}

/**
 * Runs a task, or what is left of it, sample by sample. A failing sample is recorded and does not stop the
 * others; an endpoint or a store that cannot be used does, and is returned as `error`. Throws `UsageError` when
 * the run to resume is not there, has other settings or is held by another process.
 */
export async function runTask<S extends TaskSample>(
  task: Task<S>,
  options: RunnerOptions,
): Promise<RunEnding> {
  const { store } = options;
  const plan = planRun(store, task, options.resume);
  const { id } = plan.run;
  const attempt = store.attempts.begin(id, options.environment);
  store.runs.markRunning(id);
  options.onStart?.(plan);
  const ending = await drain(task, plan, attempt, options);
  try {
    store.runs.end(id, ending.status, task.summarise(store.samples.list(id)), errorText(ending.error));
    store.attempts.end(id, attempt);
  } catch (error) {
    // A full disk may refuse even this row; the reason the run stopped is the one to tell.
    if (ending.status !== 'failed') throw error;
  }
  return { ...ending, run: store.runs.get(id) ?? plan.run };
}

async function drain<S extends TaskSample>(
  task: Task<S>,
  plan: Plan<S>,
  attempt: number,
  options: RunnerOptions,
) {
  const failure = new AbortController();
  const signal = AbortSignal.any([options.signal, failure.signal]);
  const { store, concurrency, onSample } = options;
  let left = plan.pending.length;
  const beat = setInterval(() => {
    attemptOrAbort(failure, () => store.attempts.heartbeat(plan.run.id, attempt));
  }, heartbeatMs);
  try {
    await inParallel(plan.pending, concurrency, signal, async ({ sample, epoch }) => {
      try {
        const { record, events } = await runSample(task, sample, epoch, signal, endsRun);
        store.finishSample(plan.run.id, record, events);
        left--;
        onSample?.(record);
      } catch (error) {
        if (!signal.aborted) failure.abort(error);
      }
    });
  } finally {
    clearInterval(beat);
  }
  if (failure.signal.aborted) return { status: 'failed' as const, error: failure.signal.reason as unknown };
  return { status: left > 0 ? ('cancelled' as const) : ('done' as const), error: undefined };
}

function attemptOrAbort(failure: AbortController, work: () => void): void {
  try {
    work();
  } catch (error) {
    failure.abort(error);
  }
}

/** At most `width` at once, begun in order; begins nothing once `signal` is aborted. */
async function inParallel<T>(
  items: readonly T[],
  width: number,
  signal: AbortSignal,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  const lane = async () => {
    for (const item of queue) {
      if (signal.aborted) return;
      await work(item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, lane));
}

/** What would end every other sample in the same way. */
function endsRun(error: unknown): boolean {
  if (error instanceof EndpointError) return [401, 403, 404].includes(error.status);
  return [EndpointUnreachableError, StoreError, MissingError, UsageError].some(
    (kind) => error instanceof kind,
  );
}

function errorText(error: unknown): string | null {
  if (error === undefined) return null;
  return error instanceof Error ? error.message : String(error);
}
