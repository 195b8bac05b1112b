import type { SliceScore } from '../biomaze/score-table.ts';
import { countWith, percent, range } from './format.ts';

/** What stands beside a slice's name, in text and in HTML. */
export const scoreColumns = [
  ...['n', 'Yes', 'No', 'accuracy', '95 %', 'balanced', '95 %'],
  ...['unparsed (95 %)', 'failed (95 %)'],
];

/** A slice's scores, one for each of `scoreColumns`. */
export function scoreCells(line: SliceScore): string[] {
  return [
    ...[`${line.n}`, `${line.nYes}`, `${line.nNo}`],
    ...[percent(line.accuracy), range(line.accuracyInterval)],
    ...[percent(line.balanced), range(line.balancedInterval)],
    ...[countWith(line.unparsed, line.unparsedInterval), countWith(line.errors, line.errorsInterval)],
  ];
}
