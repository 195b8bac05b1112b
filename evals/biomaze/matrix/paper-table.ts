import { countWith, percent, points, probability, range } from '../../report/format.ts';
import { type PublishedRow, paperColumns } from './published.ts';
import {
  type Comparison,
  headline,
  headlineInterval,
  type MatrixResults,
  type MatrixRow,
} from './results.ts';

/** A table in the paper's layout, cell by cell, for text and HTML alike. */
export interface PaperTable {
  header: string[];
  rows: PaperTableRow[];
}

export interface PaperTableRow {
  /** `model`: a heading. `counts`: samples behind each score of the row above. `published`: the paper's own. */
  kind: 'model' | 'own' | 'counts' | 'published';
  cells: string[];
}

/**
 * The paper's Table 2 or 3: methods by categories, for each model its rows with intervals and counts, then the paper's
 * rows of the same methods, marked as published.
 */
export function paperTable(results: MatrixResults): PaperTable {
  const { split, rows, published } = results;
  const models = Map.groupBy(rows, ({ model }) => model);
  const backbones = Map.groupBy(published, ({ backbone }) => backbone);
  return {
    header: ['method', ...paperColumns, 'all', 'plain', 'unparsed (95 %)', 'failed (95 %)'],
    rows: [
      ...[...models].flatMap(([model, own]) => [heading(model), ...ownRows(own, split)]),
      ...[...backbones].flatMap(([backbone, theirs]) => [
        heading(`${backbone} (published, arXiv 2502.16660)`),
        ...theirs.map(publishedRow),
      ]),
    ],
  };
}

function heading(text: string): PaperTableRow {
  return { kind: 'model', cells: [text] };
}

/** The counts stand once below rows that share them. */
function ownRows(rows: readonly MatrixRow[], split: MatrixResults['split']): PaperTableRow[] {
  return rows.flatMap((row, i): PaperTableRow[] => {
    const counts = countCells(row);
    const next = rows[i + 1];
    const isShared = next !== undefined && countCells(next).join() === counts.join();
    const own: PaperTableRow = { kind: 'own', cells: ownCells(row, split) };
    return isShared ? [own] : [own, { kind: 'counts', cells: counts }];
  });
}

function ownCells(
  { method, slices, seeds, deviation, unscored }: MatrixRow,
  split: MatrixResults['split'],
): string[] {
  const line = (name: string) => slices.find(({ slice }) => slice === name);
  const score = (name: string) =>
    withInterval(headline(line(name), split), headlineInterval(line(name), split));
  const all = line('all');
  const spread = deviation === null ? '' : ` (${seeds.length} seeds, ±${(100 * deviation).toFixed(1)})`;
  if (!all) return [`${method}: ${unscored} answers without a score`];
  return [
    ...[`${method}${spread}`, ...paperColumns.map(score), score('all')],
    withInterval(all.accuracy, all.accuracyInterval),
    countWith(all.unparsed, all.unparsedInterval),
    countWith(all.errors, all.errorsInterval),
  ];
}

function countCells({ slices }: MatrixRow): string[] {
  const counts = [...paperColumns, 'all'].map((name) => {
    const line = slices.find(({ slice }) => slice === name);
    return line ? `${line.n} (${line.nYes}+${line.nNo})` : '0';
  });
  return slices.length === 0 ? [] : ['  n (Yes+No)', ...counts];
}

function publishedRow({ method, shots, values, doubtful, derivedAll }: PublishedRow): PaperTableRow {
  const figures = paperColumns.map((name) => {
    const mark = doubtful.includes(name) ? ' ?' : '';
    return `${(100 * (values[name] as number)).toFixed(2)}${mark}`;
  });
  const name = shots === null ? method : `${method} ${shots}-shot`;
  return { kind: 'published', cells: [name, ...figures, `${(100 * derivedAll).toFixed(1)} *`] };
}

function withInterval(value: number | null, interval: Parameters<typeof range>[0]): string {
  return value === null ? '–' : `${percent(value).replace(' %', '')} (${range(interval)})`;
}

/** What has to be said below the table. */
export function tableNotes({ split, published }: MatrixResults): string[] {
  const metric =
    split === 'truefalse'
      ? 'Class-averaged accuracy in % with 95 % bootstrap intervals; plain is the share of right answers.'
      : 'Share of answers judged correct in % with 95 % bootstrap intervals.';
  if (published.length === 0) return [metric];
  const questions = split === 'truefalse' ? '2,622' : '2,523';
  const doubtful = published.some((row) => row.doubtful.length > 0);
  return [
    metric,
    `Published figures are single runs on BioMaze's own ${questions} questions, printed without intervals: by their number about ±1.9 points overall and ±5.6 in interaction. On other questions they are no yardstick.`,
    '* derived: their normal and perturbed figures, weighted by these categories’ shares.',
    ...(doubtful ? ['? does not agree with the other figures of its row; likely a misprint.'] : []),
  ];
}

export const comparisonHeader = [
  ...['model', 'methods', 'n', 'points', '95 %', 'class-averaged', '95 %', 'only one right'],
  ...['p (McNemar)', 'p (Holm)', 'n for 3 points'],
];

/** One paired test as a row under `comparisonHeader`. */
export function comparisonCells(d: Comparison): string[] {
  const spread = (interval: Comparison['accuracyInterval']) =>
    interval === null ? '–' : `${points(interval.low)} to ${points(interval.high)}`;
  return [
    ...[d.model, `${d.second} above ${d.first}`, `${d.n}`],
    ...[points(d.accuracy), spread(d.accuracyInterval), points(d.balanced), spread(d.balancedInterval)],
    ...[`${d.onlySecond} to ${d.onlyFirst}`, probability(d.p), probability(d.pHolm)],
    `${d.nForThreePoints ?? '–'}`,
  ];
}
