import { z } from 'zod';
import { type Outcome, type RunEvent, runEventSchema } from '../run.ts';
import type { Connection } from './database.ts';
import { parseStored, parseStoredJson } from './json.ts';
import type { Messages } from './messages.ts';

/** An event with the time it was told, in milliseconds since 1970. */
export interface TimedEvent {
  ts: number;
  event: RunEvent<Outcome>;
}

const hashesSchema = z.array(z.string());

/** The `events` table: one row an event; the messages inside are stored by content. */
export class Events {
  readonly #db: Connection;
  readonly #messages: Messages;

  constructor(db: Connection, messages: Messages) {
    this.#db = db;
    this.#messages = messages;
  }

  /** Puts these events in the place of what an earlier, failed try of the sample left. */
  replace(run: string, sample: string, epoch: number, events: readonly TimedEvent[]): void {
    this.#db.run('DELETE FROM events WHERE run = ? AND sample = ? AND epoch = ?', run, sample, epoch);
    for (const [ordinal, { ts, event }] of events.entries()) {
      const payload = JSON.stringify(this.#packed(event));
      this.#db.run(
        'INSERT INTO events (run, sample, epoch, ordinal, ts, type, payload) VALUES (?, ?, ?, ?, ?, ?, ?)',
        ...[run, sample, epoch, ordinal, ts, event.type, payload],
      );
    }
  }

  /** A sample's transcript, in order. */
  list(run: string, sample: string, epoch: number): TimedEvent[] {
    const rows = this.#db.all(
      'SELECT ts, payload FROM events WHERE run = ? AND sample = ? AND epoch = ? ORDER BY ordinal',
      run,
      sample,
      epoch,
    ) as { ts: number; payload: string }[];
    return rows.map(({ ts, payload }) => ({ ts, event: this.#unpacked(parseStoredJson(payload)) }));
  }

  #packed(event: RunEvent<Outcome>): unknown {
    if (event.type === 'opening') return { ...event, messages: this.#messages.put(event.messages) };
    if (event.type === 'stage') return { ...event, prompt: this.#messages.put(event.prompt) };
    return event;
  }

  #unpacked(stored: unknown): RunEvent<Outcome> {
    const payload = parseStored(z.record(z.string(), z.unknown()), stored);
    const restored = (key: string) => this.#messages.get(parseStored(hashesSchema, payload[key]));
    if (payload.type === 'opening')
      return parseStored(runEventSchema, { ...payload, messages: restored('messages') });
    if (payload.type === 'stage')
      return parseStored(runEventSchema, { ...payload, prompt: restored('prompt') });
    return parseStored(runEventSchema, payload);
  }
}
