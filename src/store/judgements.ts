import { z } from 'zod';
import type { Connection } from './database.ts';
import { parseStored } from './json.ts';
import type { SampleKey } from './samples.ts';

/** What a judge made of an answer. */
export const judgementSchema = z.object({
  /** Name and version of the judge; the scorer of the sample. */
  by: z.string(),
  outcome: z.enum(['correct', 'incorrect', 'unparsed', 'too-long', 'judge-error']),
  /** The judge's words, or why there is no judgement. */
  comment: z.string(),
});
export type Judgement = z.infer<typeof judgementSchema>;

/** The `judgements` table: every judge's word on a sample; the sample's own score is that of the last one. */
export class Judgements {
  readonly #db: Connection;

  constructor(db: Connection) {
    this.#db = db;
  }

  /** Over an earlier judgement by the same judge. */
  put(run: string, { id, epoch }: SampleKey, { by, outcome, comment }: Judgement, now = Date.now()): void {
    this.#db.run(
      'INSERT OR REPLACE INTO judgements (run, sample, epoch, judge, outcome, comment, at) VALUES (?, ?, ?, ?, ?, ?, ?)',
      ...[run, id, epoch, by, outcome, comment, now],
    );
  }

  /** Of one sample, the oldest first. */
  list(run: string, { id, epoch }: SampleKey): Judgement[] {
    const rows = this.#db.all(
      `SELECT judge AS "by", outcome, comment FROM judgements WHERE run = ? AND sample = ? AND epoch = ?
         ORDER BY at, rowid`,
      ...[run, id, epoch],
    );
    return rows.map((row) => parseStored(judgementSchema, row));
  }
}
