import type { AnswerOutcome, RunEvent } from '../../src/run.ts';
import type { RunSettings } from '../../src/store/runs.ts';
import type { SampleRecord } from '../../src/store/samples.ts';

/** One item of a benchmark. */
export interface TaskSample {
  /** Stable between loads; names the sample in a run, in `--sample-ids` and in seeds. */
  readonly id: string;
}

export interface SampleOptions {
  /** Given by run seed, sample and epoch alone: neither order nor concurrency changes it. */
  seed: number;
  signal: AbortSignal;
}

/** A benchmark with a method on it: samples in, scores out. */
export interface Task<S extends TaskSample> {
  /** e.g. `biomaze`. */
  readonly name: string;
  /** e.g. `pathseeker`. */
  readonly method: string;
  /** All that decides the answers; stored with the run and compared when it is resumed. */
  readonly settings: RunSettings;
  readonly seed: number;
  readonly epochs: number;
  /** In the order they are asked. */
  readonly samples: readonly S[];
  /** Name and version of the scorer; stored with every score. */
  readonly scorer: string;
  /** One sample's events, the last of them `finished`. Throws where the sample cannot be answered. */
  run(sample: S, options: SampleOptions): AsyncIterable<RunEvent>;
  /** In [0, 1], or null where there is nothing to compare with. */
  score(sample: S, outcome: AnswerOutcome): number | null;
  /** What the run's table is made of; called whenever the run stops. */
  summarise(records: Iterable<SampleRecord>): unknown;
}
