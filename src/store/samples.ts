import { z } from 'zod';
import { answerOutcomeSchema, sampleStatusSchema } from '../run.ts';
import type { Connection } from './database.ts';
import { parseStored, parseStoredJson } from './json.ts';

export const sampleRecordSchema = z.object({
  id: z.string(),
  /** From 1. */
  epoch: z.number().int().positive(),
  status: sampleStatusSchema,
  /** In [0, 1]; null where nothing could be or was to be scored. */
  score: z.number().nullable(),
  /** Name and version of what gave the score. */
  scorer: z.string(),
  /** The question with its label and categories, in the task's own shape. */
  input: z.json(),
  outcome: answerOutcomeSchema.nullable(),
  error: z.string().nullable(),
  seed: z.number().int().nonnegative(),
  modelCalls: z.number().int().nonnegative(),
  promptTokens: z.number().int().nonnegative(),
  cachedTokens: z.number().int().nonnegative(),
  completionTokens: z.number().int().nonnegative(),
  ms: z.number().nonnegative(),
  endedAt: z.number().int(),
});
export type SampleRecord = z.infer<typeof sampleRecordSchema>;

/** One finished sample's place in a run. */
export interface SampleKey {
  id: string;
  epoch: number;
}

const columns = `id, epoch, status, score, scorer, input, outcome, error, seed, model_calls AS modelCalls,
  prompt_tokens AS promptTokens, cached_tokens AS cachedTokens, completion_tokens AS completionTokens,
  ms, ended_at AS endedAt`;
const pageSize = 100;

/** The `samples` table: the index of what is finished. */
export class Samples {
  readonly #db: Connection;

  constructor(db: Connection) {
    this.#db = db;
  }

  /** Writes the row, over that of an earlier failed try. Call it last in the sample's transaction. */
  put(run: string, sample: SampleRecord): void {
    const { id, epoch, status, score, scorer, error, seed, modelCalls, ms, endedAt } = sample;
    this.#db.run('DELETE FROM samples WHERE run = ? AND id = ? AND epoch = ?', run, id, epoch);
    this.#db.run(
      `INSERT INTO samples (run, id, epoch, status, score, scorer, input, outcome, error, seed, model_calls,
         prompt_tokens, cached_tokens, completion_tokens, ms, ended_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ...[run, id, epoch, status, score, scorer, JSON.stringify(sample.input)],
      sample.outcome === null ? null : JSON.stringify(sample.outcome),
      ...[error, seed, modelCalls, sample.promptTokens, sample.cachedTokens, sample.completionTokens],
      ...[ms, endedAt],
    );
  }

  /** Another score by another scorer; the answer stays as it is. */
  rescore(run: string, { id, epoch }: SampleKey, score: number | null, scorer: string): void {
    this.#db.run(
      'UPDATE samples SET score = ?, scorer = ? WHERE run = ? AND id = ? AND epoch = ?',
      ...[score, scorer, run, id, epoch],
    );
  }

  get(run: string, id: string, epoch = 1): SampleRecord | undefined {
    const row = this.#db.get(
      `SELECT ${columns} FROM samples WHERE run = ? AND id = ? AND epoch = ?`,
      run,
      id,
      epoch,
    );
    return row === undefined ? undefined : parseSample(row);
  }

  count(run: string): number {
    const row = this.#db.get('SELECT count(*) AS n FROM samples WHERE run = ?', run);
    return (row as { n: number }).n;
  }

  /** What is stored of a run, by epoch and id. */
  keys(run: string): SampleKey[] {
    return this.#db.all('SELECT id, epoch FROM samples WHERE run = ? ORDER BY epoch, id', run) as SampleKey[];
  }

  /** In the order they were finished, read in pages: a run may be larger than memory. */
  *list(run: string): Generator<SampleRecord> {
    const sql = `SELECT number, ${columns} FROM samples WHERE run = ? AND number > ?
      ORDER BY number LIMIT ${pageSize}`;
    for (let after = 0; ; ) {
      const rows = this.#db.all(sql, run, after) as { number: number }[];
      for (const row of rows) yield parseSample(row);
      if (rows.length < pageSize) return;
      after = rows.at(-1)!.number;
    }
  }
}

function parseSample(row: unknown): SampleRecord {
  const { input, outcome, ...rest } = row as { input: string; outcome: string | null };
  return parseStored(sampleRecordSchema, {
    ...rest,
    input: parseStoredJson(input),
    outcome: outcome === null ? null : parseStoredJson(outcome),
  });
}
