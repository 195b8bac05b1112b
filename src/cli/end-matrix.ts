import { basename, join } from 'node:path';
import { z } from 'zod';
import type { Dataset } from '../../evals/biomaze/dataset.ts';
import type { Matrix } from '../../evals/biomaze/matrix/matrix-file.ts';
import {
  headline,
  type MatrixCell,
  type MatrixResults,
  matrixCellSchema,
  matrixResultsSchema,
} from '../../evals/biomaze/matrix/results.ts';
import type { Split } from '../../evals/biomaze/question.ts';
import { percent } from '../../evals/report/format.ts';
import { matrixPage } from '../../evals/report/matrix-report.ts';
import { writeFileWhole } from '../../evals/report/write-file.ts';
import { directories } from '../config.ts';
import { InterruptedError, ThresholdMissedError } from '../errors.ts';
import { runStatusSchema } from '../store/runs.ts';
import { matrixText } from './matrix-text.ts';
import { note, printJsonLine, printLine } from './print.ts';
import { smokeScaleNote } from './score-text.ts';

/** A line of `eval biomaze --matrix FILE --json` after the samples of each cell. */
export const matrixCellLineSchema = matrixCellSchema.extend({
  type: z.literal('cell'),
  /** All samples were there from an earlier attempt. */
  kept: z.boolean(),
  score: z.number().nullable(),
});

/** The last line of `eval biomaze --matrix FILE --json`. */
export const matrixSummarySchema = matrixResultsSchema.extend({
  type: z.literal('summary'),
  matrix: z.string(),
  status: runStatusSchema,
  /** Cells that the matrix has, whether they were reached or not. */
  planned: z.number().int(),
  smokeScale: z.boolean(),
  /** The HTML report. */
  report: z.string(),
  seconds: z.number(),
});

export interface MatrixProgress {
  cells: MatrixCell[];
  smokeScale: boolean;
  /** Why it stopped before its end. */
  failure?: unknown;
}

interface MatrixEnding extends MatrixProgress {
  file: string;
  matrix: Matrix;
  split: Split;
  dataset: Dataset;
  dataPath: string;
  flags: { report?: string | undefined; json?: true | undefined; minScore?: number | undefined };
  results: MatrixResults;
  seconds: number;
  signal: AbortSignal;
}

/**
 * Writes the report and prints the table of what there is, also of a matrix that was stopped; then throws why it
 * stopped, or `ThresholdMissedError` where a row is below `minScore`.
 */
export async function endMatrix(ending: MatrixEnding): Promise<void> {
  const { file, flags, results, smokeScale, failure, seconds } = ending;
  const target = flags.report ?? join(directories().data, 'reports', `matrix-${reportName(ending)}.html`);
  const page = { results, title: basename(file), facts: factsOf(ending), smokeScale };
  await writeFileWhole(target, matrixPage(page));
  const status = failure === undefined ? 'done' : ending.signal.aborted ? 'cancelled' : 'failed';
  const facts = { matrix: file, status, planned: plannedOf(ending), smokeScale, report: target } as const;
  if (flags.json) {
    const line = { type: 'summary', ...facts, ...results, seconds: Math.round(seconds * 1000) / 1000 };
    printJsonLine(line);
  } else {
    for (const line of matrixText(results)) printLine(line);
    if (smokeScale) printLine(smokeScaleNote);
    printLine(`Report  ${target}`);
  }
  throwWhatEndedIt(ending);
}

function plannedOf({ matrix: { methods, models, seeds } }: MatrixEnding): number {
  return methods.length * (models?.length ?? 1) * (seeds?.length ?? 1);
}

function factsOf({ split, dataset, dataPath, matrix }: MatrixEnding): string[] {
  const { methods, models, seeds } = matrix;
  return [
    `${split}, questions of ${dataPath} (sha256 ${dataset.hash.slice(0, 12)}…)`,
    `methods: ${methods.map(({ label }) => label).join(', ')}; ${models?.length ?? 1} models, ${seeds?.length ?? 1} seeds`,
  ];
}

function reportName({ cells, file }: MatrixEnding): string {
  return cells[0]?.run ?? basename(file).replace(/\W+/g, '-');
}

function throwWhatEndedIt(ending: MatrixEnding): void {
  const { cells, failure, signal } = ending;
  const whole = `${cells.filter(({ status }) => status === 'done').length} of ${plannedOf(ending)} cells`;
  if (failure === undefined) {
    throwBelow(ending);
    return;
  }
  if (signal.aborted) {
    throw new InterruptedError(`stopped after ${whole}; every finished sample is kept`, {
      hint: 'The same command with --resume goes on.',
    });
  }
  note(`${whole} are finished and kept; the same command with --resume goes on.`);
  throw failure;
}

function throwBelow({ results: { rows, split }, flags: { minScore } }: MatrixEnding): void {
  if (minScore === undefined) return;
  const low = rows.filter(({ slices }) => (headline(slices[0], split) ?? -1) < minScore);
  if (low.length === 0) return;
  const which = low.map(({ method, model }) => `${method} on ${model}`).join(', ');
  throw new ThresholdMissedError(`below ${percent(minScore)}: ${which}`);
}
