import type { AttemptRecord } from '../../src/store/attempts.ts';
import type { TimedEvent } from '../../src/store/events.ts';
import type { RunRecord } from '../../src/store/runs.ts';
import type { SampleRecord } from '../../src/store/samples.ts';
import type { Store } from '../../src/store/store.ts';
import { type Question, questionSchema } from '../biomaze/question.ts';
import { type Summary, summarise } from '../biomaze/summary.ts';

/** A run as the exporters see it. Samples are read one by one, as often as they are asked for. */
export interface StoredRun {
  run: RunRecord;
  attempts: AttemptRecord[];
  /** Computed from what is stored now. */
  summary: Summary;
  samples(): Generator<StoredSample>;
}

export interface StoredSample {
  question: Question;
  record: SampleRecord;
  /** Read from the store when called. */
  events(): TimedEvent[];
}

export function storedRun(store: Store, run: RunRecord): StoredRun {
  return {
    run,
    attempts: store.attempts.list(run.id),
    summary: summarise(store.samples.list(run.id), Number(run.settings.seed ?? 0)),
    *samples() {
      for (const record of store.samples.list(run.id)) {
        const question = questionSchema.parse(record.input);
        yield { question, record, events: () => store.events.list(run.id, record.id, record.epoch) };
      }
    },
  };
}

/** The newest value that an attempt recorded under a name. */
export function recorded({ attempts }: StoredRun, name: string): unknown {
  return attempts.findLast(({ environment }) => environment[name] !== undefined)?.environment[name];
}

/** What became of a sample, in one word: the same words in every format. */
export type Result = 'right' | 'wrong' | 'unparsed' | 'failed' | 'unscored';

export function resultOf({ record: { status, score, outcome } }: Pick<StoredSample, 'record'>): Result {
  if (status === 'error' || status === 'cancelled') return 'failed';
  if (outcome?.unparsed) return 'unparsed';
  if (score === null) return 'unscored';
  return score === 1 ? 'right' : 'wrong';
}
