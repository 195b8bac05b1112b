import { z } from 'zod';
import { runStatusSchema } from '../../../src/store/runs.ts';
import type { Store } from '../../../src/store/store.ts';
import { holmAdjusted } from '../../harness/paired-tests.ts';
import { differenceOf, pairedDifferenceSchema, pairUp } from '../compare.ts';
import { contaminationOf, contaminationSchema } from '../contamination.ts';
import type { EpochScored } from '../epochs.ts';
import type { Split } from '../question.ts';
import { type SliceScore, scoreTable, sliceScoreSchema } from '../score-table.ts';
import { epochScoredOf } from '../summary.ts';
import type { MatrixMethod } from './matrix-file.ts';
import { type PublishedRow, publishedRowSchema, publishedRows } from './published.ts';

/** One run of a matrix. */
export const matrixCellSchema = z.object({
  run: z.string(),
  /** Labels of the matrix. */
  method: z.string(),
  model: z.string(),
  seed: z.number().int(),
  status: runStatusSchema,
  /** Samples with a stored result, of so many planned. */
  n: z.number().int(),
  planned: z.number().int(),
});
export type MatrixCell = z.infer<typeof matrixCellSchema>;

/** One method on one model, all seeds together: a row of the paper's table. */
export const matrixRowSchema = z.object({
  method: z.string(),
  model: z.string(),
  seeds: z.array(z.number().int()),
  /** Standard deviation of the headline score from seed to seed; null for one seed. */
  deviation: z.number().nullable(),
  /** As in the score table of a run; what a question's seeds and epochs have in common is resampled together. */
  slices: z.array(sliceScoreSchema),
  /** Answers to open questions that nothing has judged. */
  unscored: z.number().int(),
  contamination: contaminationSchema,
});
export type MatrixRow = z.infer<typeof matrixRowSchema>;

/** Two methods on the same samples of one model. */
export const comparisonSchema = pairedDifferenceSchema.extend({
  model: z.string(),
  first: z.string(),
  second: z.string(),
  /** `p` after Holm's correction over all comparisons of the matrix. */
  pHolm: z.number().nullable(),
});
export type Comparison = z.infer<typeof comparisonSchema>;

export const matrixResultsSchema = z.object({
  split: z.enum(['truefalse', 'openended']),
  cells: z.array(matrixCellSchema),
  rows: z.array(matrixRowSchema),
  comparisons: z.array(comparisonSchema),
  published: z.array(publishedRowSchema),
});
export type MatrixResults = z.infer<typeof matrixResultsSchema>;

interface ScoredCell extends MatrixCell {
  scored: EpochScored[];
}

/** What the cells that are there come to; computed from the store, so that a stopped matrix can be told as well. */
export function matrixResults(
  store: Store,
  cells: readonly MatrixCell[],
  methods: readonly MatrixMethod[],
  split: Split,
): MatrixResults {
  const scored = cells.map((cell): ScoredCell => {
    const records = [...store.samples.list(cell.run)].map(epochScoredOf);
    return { ...cell, scored: records.filter((one) => one !== undefined) };
  });
  const models = [...Map.groupBy(scored, ({ model }) => model).values()];
  const published: PublishedRow[] = publishedRows(split, methods);
  return {
    ...{ split, cells: [...cells], published },
    rows: models.flatMap((of) => methodsOf(of).map((row) => rowOf(store, row, split))),
    comparisons: corrected(models.flatMap((of) => comparisonsOf(methodsOf(of)))),
  };
}

/** A model's cells by method, in the order of the matrix. */
function methodsOf(cells: readonly ScoredCell[]): ScoredCell[][] {
  return [...Map.groupBy(cells, ({ method }) => method).values()];
}

function rowOf(store: Store, cells: readonly ScoredCell[], split: Split): MatrixRow {
  const { method, model, seed } = cells[0]!;
  const perSeed = cells.map(({ scored }) => headline(scoreTable(scored, seed)[0], split));
  const all = cells.flatMap(({ scored }) => scored);
  return {
    ...{ method, model, seeds: cells.map((cell) => cell.seed), deviation: deviation(perSeed) },
    slices: scoreTable(all, seed),
    unscored: cells.reduce((sum, { n, scored }) => sum + n - scored.length, 0),
    contamination: contaminationOf(store, ...cells.map(({ run }) => run)),
  };
}

/** The paper's metric: class-averaged accuracy in True/False, the plain share of right answers in open questions. */
export function headline(line: SliceScore | undefined, split: Split): number | null {
  if (!line) return null;
  return split === 'truefalse' ? line.balanced : line.accuracy;
}

export function headlineInterval(line: SliceScore | undefined, split: Split): SliceScore['accuracyInterval'] {
  if (!line) return null;
  return split === 'truefalse' ? line.balancedInterval : line.accuracyInterval;
}

function deviation(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  if (known.length < 2) return null;
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  return Math.sqrt(known.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (known.length - 1));
}

/** Every pair of a model's methods, seed by seed on the same samples. */
function comparisonsOf(methods: readonly ScoredCell[][]): Omit<Comparison, 'pHolm'>[] {
  return methods.flatMap((first, i) =>
    methods.slice(i + 1).map((second) => {
      const pairings = first.flatMap((cell) => {
        const other = second.find(({ seed }) => seed === cell.seed);
        return other ? [pairUp(cell.scored, other.scored)] : [];
      });
      const { method, model, seed } = first[0]!;
      const names = { model, first: method, second: second[0]!.method };
      return { ...names, ...differenceOf(pairings, seed) };
    }),
  );
}

/** Comparisons without a common sample are no tests. */
function corrected(comparisons: readonly Omit<Comparison, 'pHolm'>[]): Comparison[] {
  const tested = comparisons.filter(({ p }) => p !== null);
  const adjusted = holmAdjusted(tested.map(({ p }) => p as number));
  return comparisons.map((one) => ({ ...one, pHolm: adjusted[tested.indexOf(one)] ?? null }));
}
