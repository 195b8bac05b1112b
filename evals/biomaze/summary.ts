import { z } from 'zod';
import type { SampleRecord } from '../../src/store/samples.ts';
import { type EpochScored, epochScores, epochScoresSchema } from './epochs.ts';
import { type Question, questionSchema } from './question.ts';
import { type Reference, referenceSchema, references, scoreTable, sliceScoreSchema } from './score-table.ts';
import { openEndedScorer } from './scorers.ts';
import { SupportTally, supportSchema } from './support.ts';
import type { Scored } from './tally.ts';

export const tokensSchema = z.object({
  calls: z.number().int(),
  prompt: z.number().int(),
  cached: z.number().int(),
  completion: z.number().int(),
});

/** How often a navigating method made calls that were none. */
export const navigationSchema = z.object({
  turns: z.number().int(),
  invalid: z.number().int(),
  /** Turns were decoded under a schema of the legal ones. */
  constrained: z.boolean(),
});

/** What a BioMaze run came to; stored with the run and printed as its `summary`. */
export const summarySchema = z.object({
  /** Samples with a stored result, failed ones included. */
  n: z.number().int(),
  errors: z.number().int(),
  /** Ended by the step or context limit; their answers count. */
  limited: z.number().int(),
  unparsed: z.number().int(),
  /** The line `all`; null for open-ended answers until a judge has scored them. */
  accuracy: z.number().nullable(),
  balanced: z.number().nullable(),
  interval: z.object({ low: z.number(), high: z.number() }).nullable(),
  slices: z.array(sliceScoreSchema),
  references: z.array(referenceSchema),
  /** One score a question, where each was asked more than once. */
  epochs: epochScoresSchema.nullable().default(null),
  /** Null for methods that do not navigate. */
  navigation: navigationSchema.nullable().default(null),
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
  const scored: EpochScored[] = [];
  const counts = { n: 0, errors: 0, limited: 0, unparsed: 0, ms: 0, unjudged: 0 };
  let navigation: Summary['navigation'] = null;
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
    navigation = withTurnsOf(record, navigation);
    const one = epochScoredOf(record);
    if (one) scored.push(one);
    else if (isUnjudged(record)) counts.unjudged++;
  }
  const { ms, unjudged, ...numbers } = counts;
  const told = { ...numbers, ...headline(scored, { n: numbers.n, unjudged }, seed), navigation };
  const cost = { tokens, sampleSeconds: Math.round(ms) / 1000 };
  return { ...told, ...cost, support: support.result() };
}

function withTurnsOf({ outcome }: SampleRecord, before: Summary['navigation']): Summary['navigation'] {
  if (!outcome?.navigation) return before;
  const { turns, invalid } = before ?? { turns: 0, invalid: 0 };
  const { constrained } = outcome.navigation;
  return { turns: turns + outcome.steps, invalid: invalid + outcome.navigation.invalid, constrained };
}

/** A stored sample as the table counts it; undefined for a probe, and for an open question that nobody has judged. */
export function scoredOf(record: SampleRecord): Scored | undefined {
  const question: Question = questionSchema.parse(record.input);
  if (question.probe || isUnjudged(record)) return undefined;
  const { id, inquiry, condition, target, pair } = question;
  const facts = { id, inquiry, condition, target, ...(pair === undefined ? {} : { pair }) };
  return {
    question: facts,
    label: question.label,
    score: record.score,
    unparsed: record.outcome?.unparsed ?? false,
  };
}

function isUnjudged({ scorer }: Pick<SampleRecord, 'scorer'>): boolean {
  return scorer === openEndedScorer;
}

/** The same with its epoch. */
export function epochScoredOf(record: SampleRecord): EpochScored | undefined {
  const scored = scoredOf(record);
  return scored && { ...scored, epoch: record.epoch };
}

function headline(
  scored: readonly EpochScored[],
  { n, unjudged }: { n: number; unjudged: number },
  seed: number,
) {
  const slices = scoreTable(scored, seed);
  const all = slices[0];
  if (!all) {
    const note =
      unjudged === 0
        ? null
        : 'Open-ended answers have no score until `pathact runs score` lets a judge read them.';
    return {
      accuracy: null,
      balanced: null,
      interval: null,
      slices,
      references: [] as Reference[],
      epochs: null,
      note,
    };
  }
  const interval = all.balancedInterval ?? all.accuracyInterval;
  return {
    accuracy: all.accuracy,
    balanced: all.balanced,
    interval,
    slices,
    references: references(all),
    epochs: epochScores(scored, seed),
    note: unjudged === 0 ? null : `${unjudged} of ${n} answers are not judged yet and do not count.`,
  };
}
