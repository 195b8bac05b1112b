import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Connection } from './database.ts';
import { canonicalJson, parseStored, parseStoredJson } from './json.ts';

export const runStatusSchema = z.enum(['running', 'done', 'failed', 'cancelled']);
export type RunStatus = z.infer<typeof runStatusSchema>;

/** All that decides a run's answers, after resolution. Resuming asks that every one of them is the same. */
export const runSettingsSchema = z.record(z.string(), z.json());
export type RunSettings = z.infer<typeof runSettingsSchema>;

export const runRecordSchema = z.object({
  id: z.string(),
  task: z.string(),
  method: z.string(),
  status: runStatusSchema,
  settings: runSettingsSchema,
  /** How many samples the run is to have, epochs counted. */
  planned: z.number().int().nonnegative(),
  /** What the task made of the scores when the run last stopped; its shape is the task's own. */
  summary: z.json(),
  error: z.string().nullable(),
  /** Milliseconds since 1970. */
  startedAt: z.number().int(),
  endedAt: z.number().int().nullable(),
});
export type RunRecord = z.infer<typeof runRecordSchema>;

/** A run in a list: with the count of its stored samples. */
export const runListingSchema = runRecordSchema.extend({
  finished: z.number().int().nonnegative(),
  errors: z.number().int().nonnegative(),
});
export type RunListing = z.infer<typeof runListingSchema>;

export interface NewRun {
  task: string;
  method: string;
  settings: RunSettings;
  planned: number;
}

const columns = `runs.id, task, method, runs.status, settings, planned, summary, runs.error,
  started_at AS startedAt, runs.ended_at AS endedAt`;
const counted = `SELECT ${columns}, count(samples.id) AS finished,
  count(CASE WHEN samples.status = 'error' THEN 1 END) AS errors
  FROM runs LEFT JOIN samples ON samples.run = runs.id`;
const newestFirst = 'ORDER BY started_at DESC, runs.rowid DESC';

/** The `runs` table. */
export class Runs {
  readonly #db: Connection;

  constructor(db: Connection) {
    this.#db = db;
  }

  create(run: NewRun, now = Date.now()): RunRecord {
    const id = newRunId(now);
    this.#db.run(
      `INSERT INTO runs (id, task, method, status, settings, planned, started_at)
         VALUES (?, ?, ?, 'running', ?, ?, ?)`,
      id,
      run.task,
      run.method,
      canonicalJson(run.settings),
      run.planned,
      now,
    );
    return this.get(id)!;
  }

  get(id: string): RunRecord | undefined {
    const row = this.#db.get(`SELECT ${columns} FROM runs WHERE id = ?`, id);
    return row === undefined ? undefined : parseRun(row);
  }

  /** Newest first, `limit` rows from `offset` on. */
  list(limit: number, offset = 0): RunListing[] {
    const rows = this.#db.all(`${counted} GROUP BY runs.id ${newestFirst} LIMIT ? OFFSET ?`, limit, offset);
    return rows.map(parseListing);
  }

  /** Runs whose id starts with `prefix`: at most `limit`, newest first. */
  startingWith(prefix: string, limit: number): RunRecord[] {
    const rows = this.#db.all(
      `SELECT ${columns} FROM runs WHERE substr(id, 1, ?) = ? ${newestFirst} LIMIT ?`,
      prefix.length,
      prefix,
      limit,
    );
    return rows.map(parseRun);
  }

  newestOf(task: string): RunRecord | undefined {
    const row = this.#db.get(`SELECT ${columns} FROM runs WHERE task = ? ${newestFirst} LIMIT 1`, task);
    return row === undefined ? undefined : parseRun(row);
  }

  newestWith(task: string, settings: RunSettings): RunRecord | undefined {
    const row = this.#db.get(
      `SELECT ${columns} FROM runs WHERE task = ? AND settings = ? ${newestFirst} LIMIT 1`,
      task,
      canonicalJson(settings),
    );
    return row === undefined ? undefined : parseRun(row);
  }

  /** The newest run that asked samples of the run `id` again. */
  newestChecking(id: string): RunRecord | undefined {
    const row = this.#db.get(
      `SELECT ${columns} FROM runs WHERE json_extract(settings, '$.checks') = ? ${newestFirst} LIMIT 1`,
      id,
    );
    return row === undefined ? undefined : parseRun(row);
  }

  /** The newest run with these settings that lacks a sample or holds one that failed. */
  newestUnfinished(task: string, settings: RunSettings): RunRecord | undefined {
    const row = this.#db.get(
      `${counted} WHERE task = ? AND settings = ? GROUP BY runs.id
         HAVING runs.status <> 'done' OR errors > 0 OR finished < planned ${newestFirst} LIMIT 1`,
      task,
      canonicalJson(settings),
    );
    return row === undefined ? undefined : parseListing(row);
  }

  /** After its samples were scored anew. */
  resummarise(id: string, summary: unknown): void {
    this.#db.run('UPDATE runs SET summary = ? WHERE id = ?', JSON.stringify(summary ?? null), id);
  }

  markRunning(id: string): void {
    this.#db.run(`UPDATE runs SET status = 'running', ended_at = NULL, error = NULL WHERE id = ?`, id);
  }

  end(id: string, status: RunStatus, summary: unknown, error: string | null = null, now = Date.now()): void {
    this.#db.run(
      'UPDATE runs SET status = ?, summary = ?, error = ?, ended_at = ? WHERE id = ?',
      status,
      JSON.stringify(summary ?? null),
      error,
      now,
      id,
    );
  }
}

/** Sortable by start, and told apart by chance within one second: `20261123-231005-x7k2`. */
function newRunId(now: number): string {
  const stamp = new Date(now).toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
  return `${stamp}-${randomBytes(4).toString('hex').slice(0, 6)}`;
}

function parseRun(row: unknown): RunRecord {
  return parseStored(runRecordSchema, decoded(row));
}

function parseListing(row: unknown): RunListing {
  return parseStored(runListingSchema, decoded(row));
}

function decoded(row: unknown): unknown {
  const { settings, summary, ...rest } = row as { settings: string; summary: string | null };
  return {
    ...rest,
    settings: parseStoredJson(settings),
    summary: summary === null ? null : parseStoredJson(summary),
  };
}
