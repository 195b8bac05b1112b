import { z } from 'zod';
import type { SampleRecord } from '../../src/store/samples.ts';
import { type Question, questionSchema } from './question.ts';
import { type Reference, referenceSchema, references, scoreTable, sliceScoreSchema } from './score-table.ts';
import { SupportTally, supportSchema } from './support.ts';
import type { Scored } from './tally.ts';

export const tokensSchema = z.object({
  calls: z.number().int(),
  prompt: z.number().int(),
  cached: z.number().int(),
  completion: z.number().int(),
});

/** What a BioMaze run came to; stored with the run and printed as its `summary`. */
export const summarySchema = z.object({
  /** Samples with a stored result, failed ones included. */
  n: z.number().int(),
  errors: z.number().int(),
  /** Ended by the step or context limit; their answers count. */
  limited: z.number().int(),
  unparsed: z.number().int(),
  /** The line `all`; null for open-ended questions, which nothing judges yet. */
  accuracy: z.number().nullable(),
  balanced: z.number().nullable(),
  interval: z.object({ low: z.number(), high: z.number() }).nullable(),
  slices: z.array(sliceScoreSchema),
  references: z.array(referenceSchema),
  tokens: tokensSchema,
  /** Time spent on samples, added up over those in flight together. */
  sampleSeconds: z.number(),
  note: z.string().nullable(),
  /** Absent where the method used no graph. */
  support: supportSchema.optional(),
});
export type Summary = z.infer<typeof summarySchema>;

/** Reads the stored samples once; keeps of each only what the table needs. */
export function summarise(records: Iterable<SampleRecord>, seed: number): Summary {
  const scored: Scored[] = [];
  const counts = { n: 0, errors: 0, limited: 0, unparsed: 0, ms: 0 };
  const tokens = { calls: 0, prompt: 0, cached: 0, completion: 0 };
  const support = new SupportTally();
  for (const record of records) {
    support.add(record);
    counts.n++;
    counts.ms += record.ms;
    if (record.status === 'error') counts.errors++;
    if (record.status === 'limit') counts.limited++;
    if (record.outcome?.unparsed) counts.unparsed++;
    tokens.calls += record.modelCalls;
    tokens.prompt += record.promptTokens;
    tokens.cached += record.cachedTokens;
    tokens.completion += record.completionTokens;
    const one = scoredOf(record);
    if (one) scored.push(one);
  }
  const { ms, ...numbers } = counts;
  const cost = { tokens, sampleSeconds: Math.round(ms) / 1000 };
  return { ...numbers, ...headline(scored, numbers.n, seed), ...cost, support: support.result() };
}

/** A stored sample as the table counts it; undefined for an open question. */
export function scoredOf(record: SampleRecord): Scored | undefined {
  const question: Question = questionSchema.parse(record.input);
  if (question.label === null || question.probe) return undefined;
  const { id, inquiry, condition, target, pair } = question;
  const facts = { id, inquiry, condition, target, ...(pair === undefined ? {} : { pair }) };
  return {
    question: facts,
    label: question.label,
    score: record.score,
    unparsed: record.outcome?.unparsed ?? false,
  };
}

function headline(scored: readonly Scored[], n: number, seed: number) {
  const slices = scoreTable(scored, seed);
  const all = slices[0];
  if (!all) {
    const note = n === 0 ? null : 'Open-ended answers are collected without a score: there is no judge yet.';
    return { accuracy: null, balanced: null, interval: null, slices, references: [] as Reference[], note };
  }
  const interval = all.balancedInterval ?? all.accuracyInterval;
  return {
    accuracy: all.accuracy,
    balanced: all.balanced,
    interval,
    slices,
    references: references(all),
    note: null,
  };
}
