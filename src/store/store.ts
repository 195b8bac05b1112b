import { Attempts } from './attempts.ts';
import { type Connection, openDatabase } from './database.ts';
import { Events, type TimedEvent } from './events.ts';
import { Messages } from './messages.ts';
import { Runs } from './runs.ts';
import { type SampleRecord, Samples } from './samples.ts';

/** Stored runs: one SQLite file, one connection. Every call may throw `StoreError`. */
export interface Store {
  readonly file: string;
  readonly runs: Runs;
  readonly attempts: Attempts;
  readonly samples: Samples;
  readonly events: Events;
  /** One transaction: the sample's messages and events, then its row. Durable when this returns. */
  finishSample(run: string, sample: SampleRecord, events: readonly TimedEvent[]): void;
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
  return {
    ...{ file: db.file, runs: new Runs(db), attempts: new Attempts(db), samples, events },
    finishSample: (run, sample, told) =>
      db.transaction(() => {
        events.replace(run, sample.id, sample.epoch, told);
        samples.put(run, sample);
      }),
    close: () => db.close(),
  };
}
