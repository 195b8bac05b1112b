import type { AnswerOutcome, RunEvent, SampleStatus } from '../../src/run.ts';
import type { TimedEvent } from '../../src/store/events.ts';
import type { SampleRecord } from '../../src/store/samples.ts';
import { seedOf } from './seed.ts';
import type { Task, TaskSample } from './task.ts';

/** A sample's row and transcript, ready to be stored together. */
export interface SampleResult {
  record: SampleRecord;
  events: TimedEvent[];
}

/**
 * Answers one sample. An error inside is part of the result (`status: 'error'`, the transcript up to it);
 * errors for which `endsRun` holds, and an abort, are thrown: then the sample counts as never begun.
 */
export async function runSample<S extends TaskSample>(
  task: Task<S>,
  sample: S,
  epoch: number,
  signal: AbortSignal,
  endsRun: (error: unknown) => boolean,
): Promise<SampleResult> {
  const seed = seedOf(task.seed, sample.id, epoch);
  const events: TimedEvent[] = [];
  const startedAt = performance.now();
  let ending: Ending;
  try {
    const outcome = await collect(task.run(sample, { seed, signal }), events);
    ending = { status: statusOf(outcome), score: task.score(sample, outcome), outcome, error: null };
  } catch (error) {
    if (signal.aborted || endsRun(error)) throw error;
    ending = { status: 'error', score: null, outcome: null, error: describe(error) };
  }
  // An answer that an abort cut short must not pass for a finished one.
  signal.throwIfAborted();
  const facts = {
    id: sample.id,
    epoch,
    scorer: task.scorer,
    input: JSON.parse(JSON.stringify(sample)),
    seed,
  };
  const measured = { ...costOf(events), ms: performance.now() - startedAt, endedAt: Date.now() };
  return { record: { ...facts, ...ending, ...measured }, events };
}

type Ending = Pick<SampleRecord, 'status' | 'score' | 'outcome' | 'error'>;

async function collect(run: AsyncIterable<RunEvent>, events: TimedEvent[]): Promise<AnswerOutcome> {
  let outcome: AnswerOutcome | undefined;
  for await (const event of run) {
    events.push({ ts: Date.now(), event });
    if (event.type === 'finished') outcome = event.outcome;
  }
  if (!outcome) throw new Error('the method ended without an outcome');
  return outcome;
}

function statusOf(outcome: AnswerOutcome): SampleStatus {
  return outcome.stop === 'step-limit' || outcome.stop === 'context-limit' ? 'limit' : 'success';
}

function costOf(events: readonly TimedEvent[]) {
  const cost = { modelCalls: 0, promptTokens: 0, cachedTokens: 0, completionTokens: 0 };
  for (const { event } of events) {
    if (event.type !== 'reply' && event.type !== 'stage') continue;
    cost.modelCalls++;
    cost.promptTokens += event.usage?.promptTokens ?? 0;
    cost.cachedTokens += event.usage?.cachedTokens ?? 0;
    cost.completionTokens += event.usage?.completionTokens ?? 0;
  }
  return cost;
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
