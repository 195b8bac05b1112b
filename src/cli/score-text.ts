import type { SliceScore } from '../../evals/biomaze/score-table.ts';
import type { Summary } from '../../evals/biomaze/summary.ts';
import { percent, range } from '../../evals/report/format.ts';
import { columns } from './print.ts';

/** The score table of one run as lines. A value that a slice cannot have is "–". */
export function scoreText(summary: Summary): string[] {
  if (summary.slices.length === 0) return [`${summary.n} answers. ${summary.note ?? ''}`.trim()];
  const header = ['', 'n', 'Yes', 'No', 'accuracy', '95 %', 'balanced', '95 %', 'unparsed', 'failed'];
  const references = summary.references.map(({ method, accuracy, balanced }) => [
    ...[method, '', '', '', percent(accuracy), '', percent(balanced)],
  ]);
  return columns([header, ...summary.slices.map(sliceCells), ...references]);
}

function sliceCells(line: SliceScore): string[] {
  return [
    ...[line.slice, `${line.n}`, `${line.nYes}`, `${line.nNo}`],
    ...[percent(line.accuracy), range(line.accuracyInterval)],
    ...[percent(line.balanced), range(line.balancedInterval)],
    ...[`${line.unparsed}`, `${line.errors}`],
  ];
}
