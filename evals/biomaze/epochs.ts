import { z } from 'zod';
import { intervalSchema, scoreTable } from './score-table.ts';
import type { Scored } from './tally.ts';

/** What becomes of the scores of one question's epochs. */
const reducers = {
  mean: (scores: readonly number[]) => scores.reduce((sum, score) => sum + score, 0) / scores.length,
  atLeastOnce: (scores: readonly number[]) => (scores.some((score) => score === 1) ? 1 : 0),
};

const reducedSchema = z.object({
  accuracy: z.number(),
  accuracyInterval: intervalSchema,
  balanced: z.number().nullable(),
  balancedInterval: intervalSchema,
});

/** A run that asked each question several times, one score a question. Intervals draw questions, not answers. */
export const epochScoresSchema = z.object({
  epochs: z.number().int(),
  questions: z.number().int(),
  mean: reducedSchema,
  /** Right in one epoch or more. */
  atLeastOnce: reducedSchema,
  /** Standard deviation of the accuracy from epoch to epoch. */
  deviation: z.number(),
});
export type EpochScores = z.infer<typeof epochScoresSchema>;

/** An answered or failed sample with the epoch it belongs to. */
export interface EpochScored extends Scored {
  epoch: number;
}

/** Null where each question was asked once. */
export function epochScores(scored: readonly EpochScored[], seed: number): EpochScores | null {
  const epochs = [...Map.groupBy(scored, ({ epoch }) => epoch).values()];
  if (epochs.length < 2) return null;
  const questions = [...Map.groupBy(scored, ({ question }) => question.id).values()];
  return {
    epochs: epochs.length,
    questions: questions.length,
    mean: reduced(questions, reducers.mean, seed),
    atLeastOnce: reduced(questions, reducers.atLeastOnce, seed),
    deviation: deviation(epochs.map((answers) => reducers.mean(answers.map(scoreOf)))),
  };
}

function reduced(
  questions: readonly (readonly EpochScored[])[],
  reduce: (scores: readonly number[]) => number,
  seed: number,
) {
  const one = questions.map((answers): Scored => ({ ...answers[0]!, score: reduce(answers.map(scoreOf)) }));
  const { accuracy, accuracyInterval, balanced, balancedInterval } = scoreTable(one, seed)[0]!;
  return { accuracy, accuracyInterval, balanced, balancedInterval };
}

/** A failed sample counts as wrong. */
function scoreOf({ score }: EpochScored): number {
  return score ?? 0;
}

function deviation(values: readonly number[]): number {
  const mean = reducers.mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}
