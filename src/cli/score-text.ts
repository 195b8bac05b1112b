import type { SliceScore } from '../../evals/biomaze/score-table.ts';
import type { Summary } from '../../evals/biomaze/summary.ts';
import type { Interval } from '../../evals/harness/bootstrap.ts';
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

/** 0.625 → "62.5 %". */
export function percent(share: number | null): string {
  return share === null ? '–' : `${(100 * share).toFixed(1)} %`;
}

export function range(interval: Interval | null): string {
  return interval === null ? '–' : `${(100 * interval.low).toFixed(1)}–${(100 * interval.high).toFixed(1)}`;
}
