import { Attempts } from './attempts.ts';
import { type Connection, openDatabase } from './database.ts';
import { Events, type TimedEvent } from './events.ts';
import { type Judgement, Judgements } from './judgements.ts';
import { Messages } from './messages.ts';
import { Runs } from './runs.ts';
import { type SampleKey, type SampleRecord, Samples } from './samples.ts';

/** Stored runs: one SQLite file, one connection. Every call may throw `StoreError`. */
export interface Store {
  readonly file: string;
  readonly runs: Runs;
  readonly attempts: Attempts;
  readonly samples: Samples;
  readonly events: Events;
  readonly judgements: Judgements;
  /** One transaction: the sample's messages and events, then its row. Durable when this returns. */
  finishSample(run: string, sample: SampleRecord, events: readonly TimedEvent[]): void;
  /** One transaction: a judgement, and the score that it gives its sample. */
  judgeSample(run: string, key: SampleKey, judgement: Judgement, score: number | null): void;
  close(): void;
}

/** Opens the store in `file`, or in memory for `:memory:`. The caller closes it. */
export function openStore(file: string): Store {
  return storeOn(openDatabase(file));
}

/** The store on an open database. */
export function storeOn(db: Connection): Store {
  const events = new Events(db, new Messages(db));
  const samples = new Samples(db);
  const judgements = new Judgements(db);
  return {
    ...{ file: db.file, runs: new Runs(db), attempts: new Attempts(db), samples, events, judgements },
    finishSample: (run, sample, told) =>
      db.transaction(() => {
        events.replace(run, sample.id, sample.epoch, told);
        samples.put(run, sample);
      }),
    judgeSample: (run, key, judgement, score) =>
      db.transaction(() => {
        judgements.put(run, key, judgement);
        samples.rescore(run, key, score, judgement.by);
      }),
    close: () => db.close(),
  };
}
