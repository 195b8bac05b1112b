import { hostname } from 'node:os';
import { z } from 'zod';
import { UsageError } from '../errors.ts';
import type { Connection } from './database.ts';
import { parseStored, parseStoredJson } from './json.ts';

/** What may differ between two processes that work on one run. */
export const environmentSchema = z.record(z.string(), z.json());
export type Environment = z.infer<typeof environmentSchema>;

export const attemptRecordSchema = z.object({
  ordinal: z.number().int(),
  environment: environmentSchema,
  host: z.string(),
  pid: z.number().int(),
  startedAt: z.number().int(),
  heartbeatAt: z.number().int(),
  endedAt: z.number().int().nullable(),
});
export type AttemptRecord = z.infer<typeof attemptRecordSchema>;

/** A holder that has not been heard of for this long is taken for dead. */
const leaseMs = 30_000;
export const heartbeatMs = 5_000;

/** The `attempts` table: who worked on a run, and who holds it now. */
export class Attempts {
  readonly #db: Connection;

  constructor(db: Connection) {
    this.#db = db;
  }

  /** Takes the run for this process. Throws `UsageError` when a living process holds it. */
  begin(run: string, environment: Environment, now = Date.now()): number {
    return this.#db.transaction(() => {
      const holder = this.list(run).find((attempt) => holds(attempt, now));
      if (holder) throw stillRunning(run, holder);
      return this.#insert(run, environment, now);
    });
  }

  #insert(run: string, environment: Environment, now: number): number {
    const ordinal = this.list(run).length + 1;
    this.#db.run(
      `INSERT INTO attempts (run, ordinal, environment, host, pid, started_at, heartbeat_at)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
      run,
      ordinal,
      JSON.stringify(environment),
      hostname(),
      process.pid,
      now,
      now,
    );
    return ordinal;
  }

  heartbeat(run: string, ordinal: number, now = Date.now()): void {
    this.#db.run('UPDATE attempts SET heartbeat_at = ? WHERE run = ? AND ordinal = ?', now, run, ordinal);
  }

  end(run: string, ordinal: number, now = Date.now()): void {
    this.#db.run('UPDATE attempts SET ended_at = ? WHERE run = ? AND ordinal = ?', now, run, ordinal);
  }

  list(run: string): AttemptRecord[] {
    const rows = this.#db.all(
      `SELECT ordinal, environment, host, pid, started_at AS startedAt, heartbeat_at AS heartbeatAt,
         ended_at AS endedAt FROM attempts WHERE run = ? ORDER BY ordinal`,
      run,
    ) as { environment: string }[];
    return rows.map((row) =>
      parseStored(attemptRecordSchema, { ...row, environment: parseStoredJson(row.environment) }),
    );
  }
}

function holds(attempt: AttemptRecord, now: number): boolean {
  if (attempt.endedAt !== null || now - attempt.heartbeatAt > leaseMs) return false;
  return attempt.host !== hostname() || isAlive(attempt.pid);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function stillRunning(run: string, holder: AttemptRecord): UsageError {
  return new UsageError(`run ${run} is being worked on by process ${holder.pid} on ${holder.host}`, {
    hint: 'Wait for it or stop it with Ctrl-C, then resume. Without --resume a new run is started.',
  });
}
