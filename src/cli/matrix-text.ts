import {
  comparisonCells,
  comparisonHeader,
  paperTable,
  tableNotes,
} from '../../evals/biomaze/matrix/paper-table.ts';
import type { MatrixResults } from '../../evals/biomaze/matrix/results.ts';
import { columns, plain } from './print.ts';

/** A matrix for people: the paper's table, its notes, paired tests, contamination. */
export function matrixText(results: MatrixResults): string[] {
  return [
    ...tableText(results),
    '',
    ...tableNotes(results),
    ...comparisonText(results),
    ...contamination(results),
  ].map(plain);
}

/** Headings of models stand alone, so that a long name widens no column. */
function tableText(results: MatrixResults): string[] {
  const { header, rows } = paperTable(results);
  const isWide = ({ kind, cells }: (typeof rows)[number]) => kind === 'model' || cells.length === 1;
  const aligned = columns([header, ...rows.filter((row) => !isWide(row)).map(({ cells }) => cells)]);
  let at = 0;
  const lines = rows.map((row) => {
    if (!isWide(row)) return [aligned[++at] as string];
    return row.kind === 'model' ? ['', row.cells[0] as string] : [row.cells[0] as string];
  });
  return [aligned[0] as string, ...lines.flat()];
}

function comparisonText({ comparisons }: MatrixResults): string[] {
  if (comparisons.length === 0) return [];
  const about = `Paired tests on the same samples; Holm's correction is over all ${comparisons.length}:`;
  return ['', about, ...columns([comparisonHeader, ...comparisons.map(comparisonCells)])];
}

function contamination({ rows }: MatrixResults): string[] {
  const given = rows.filter(({ contamination: { near } }) => near.length > 0);
  if (given.length === 0) return ['', 'No question is a near-duplicate of a worked example in the prompts.'];
  return [
    '',
    ...given.map(({ method, model, contamination: { near, questions } }) => {
      const ids = near.slice(0, 5).map(({ id }) => id);
      return `${method} on ${model}: ${near.length} of ${questions} questions are near-duplicates of its prompts' examples: ${ids.join(', ')}`;
    }),
  ];
}
