import type { Contamination } from '../../evals/biomaze/contamination.ts';
import type { EpochScores } from '../../evals/biomaze/epochs.ts';
import type { Summary } from '../../evals/biomaze/summary.ts';
import { percent, range } from '../../evals/report/format.ts';
import { scoreCells, scoreColumns } from '../../evals/report/score-columns.ts';
import { columns } from './print.ts';

/** Stands wherever scores of a model below one billion parameters are printed. */
export const smokeScaleNote =
  'Smoke-scale model, below 1B parameters: these scores show that everything works, nothing about the method.';

/** e.g. `Navigation: 218 turns, 3 invalid (1.4 %), written freely.` */
export function navigationText({ navigation }: Summary): string[] {
  if (!navigation) return [];
  const { turns, invalid, constrained } = navigation;
  const rate = turns === 0 ? '' : ` (${percent(invalid / turns)})`;
  const how = constrained ? 'decoded under a schema of the legal ones' : 'written freely';
  return [`Navigation: ${turns} turns, ${invalid} invalid${rate}, ${how}.`];
}

/** The score table of one run as lines. A value that a slice cannot have is "–". */
export function scoreText(summary: Summary): string[] {
  if (summary.slices.length === 0) return [`${summary.n} answers. ${summary.note ?? ''}`.trim()];
  const rows = [
    ...summary.slices.map((line) => [line.slice, ...scoreCells(line)]),
    ...summary.references.map(referenceCells),
  ];
  return [...columns([['', ...scoreColumns], ...rows]), ...(summary.epochs ? epochText(summary.epochs) : [])];
}

function epochText({ epochs, questions, mean, atLeastOnce, deviation }: EpochScores): string[] {
  const cells = (
    name: string,
    { accuracy, accuracyInterval, balanced, balancedInterval }: EpochScores['mean'],
  ) => [...[name, percent(accuracy), range(accuracyInterval), percent(balanced), range(balancedInterval)]];
  const spread = `accuracy deviates by ${(100 * deviation).toFixed(1)} points from epoch to epoch`;
  return [
    '',
    `${questions} questions, each in ${epochs} epochs; ${spread}:`,
    ...columns([
      ['', 'accuracy', '95 %', 'balanced', '95 %'],
      cells('mean of the epochs', mean),
      cells('right at least once', atLeastOnce),
    ]),
  ];
}

/** What of a run was given away by its own prompts, as one line; none where no prompt showed an example. */
export function contaminationText({ questions, exemplars, near, interval }: Contamination): string[] {
  if (exemplars === 0) return [];
  const which =
    near.length === 0
      ? ''
      : `: ${near
          .slice(0, 5)
          .map(({ id }) => id)
          .join(', ')}`;
  const share = `${near.length} of ${questions} questions (95 % ${range(interval)} %)`;
  return [`Near-duplicates of the prompts' ${exemplars} worked examples: ${share}${which}`];
}

/** The overall scores of several runs on the same questions, one line a run. */
export function comparisonText(runs: readonly (readonly [method: string, summary: Summary])[]): string[] {
  const rows = runs.flatMap(([method, { slices }]) =>
    slices.slice(0, 1).map((all) => [method, ...scoreCells(all)]),
  );
  const references = runs[0]?.[1].references ?? [];
  return columns([['method', ...scoreColumns], ...rows, ...references.map(referenceCells)]);
}

function referenceCells({ method, accuracy, balanced }: Summary['references'][number]): string[] {
  return [method, '', '', '', percent(accuracy), '', percent(balanced)];
}
