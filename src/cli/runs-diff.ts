import type { Command } from 'commander';
import { z } from 'zod';
import {
  type PairedDifference,
  pairedDifference,
  pairedDifferenceSchema,
} from '../../evals/biomaze/compare.ts';
import { type Flip, type FlipSide, flipSchema, flipsOf } from '../../evals/biomaze/flips.ts';
import { points, probability } from '../../evals/report/format.ts';
import type { RunRecord } from '../store/runs.ts';
import type { Store } from '../store/store.ts';
import { findRun, runHelp, withStore } from './find-run.ts';
import { wholeNumber } from './flag-values.ts';
import { columns, plain, printJson, printLine } from './print.ts';
import { sideBySide } from './side-by-side.ts';
import { eventLines } from './transcript-text.ts';

/** `runs diff RUN RUN --json` */
export const runsDiffSchema = z.object({
  first: z.string(),
  second: z.string(),
  difference: pairedDifferenceSchema,
  /** Samples that changed between right and wrong: all that --flips allows, with both traces. */
  flips: z.array(flipSchema),
});

export function registerDiff(runs: Command): void {
  runs
    .command('diff')
    .argument('<first>', runHelp)
    .argument('<second>', runHelp)
    .description(
      'how far the second run is above the first on the same samples, and what each said where they differ',
    )
    .option(
      '--flips <n>',
      'show at most so many samples that flipped, with both traces side by side',
      wholeNumber,
      10,
    )
    .option('--json', 'one JSON document: first, second, difference, flips[]')
    .addHelpText(
      'after',
      '\nExamples:\n  pathact runs diff 20261123-2310 latest\n  pathact runs diff 20261123-2310 latest --flips 0',
    )
    .action(withStore(diff));
}

function diff(store: Store, first: string, second: string, flags: { flips: number; json?: true }): void {
  const [a, b] = [findRun(store, first), findRun(store, second)];
  const seed = Number(a.settings.seed ?? 0);
  const difference = pairedDifference(store.samples.list(a.id), store.samples.list(b.id), seed);
  const flips = flipsOf(store, a.id, b.id, flags.flips);
  if (flags.json) {
    printJson({ first: a.id, second: b.id, difference, flips: [...flips] });
    return;
  }
  printLine(`${b.method} (${b.id}) above ${a.method} (${a.id}) on ${difference.n} samples:`);
  for (const line of columns(differenceRows(difference))) printLine(line);
  const flipped = difference.onlyFirst + difference.onlySecond;
  for (const flip of flips) for (const line of flipText(flip, [a, b])) printLine(line);
  if (flipped > flags.flips)
    printLine(`\n${flipped - flags.flips} more samples flipped: --flips shows more.`);
}

function differenceRows(d: PairedDifference): string[][] {
  const spread = (interval: PairedDifference['accuracyInterval']) =>
    interval === null ? '–' : `${points(interval.low)} to ${points(interval.high)}`;
  const alone = d.unpaired > 0 ? `${d.unpaired} samples are in one run only` : '';
  return [
    ['  accuracy', points(d.accuracy), `95 %: ${spread(d.accuracyInterval)}`],
    ['  balanced', points(d.balanced), `95 %: ${spread(d.balancedInterval)}`],
    ['  only one right', `${d.onlySecond} to ${d.onlyFirst}`, alone],
    ['  McNemar, exact', `p = ${probability(d.p)}`, `on ${d.questions} questions`],
    ['  to see 3 points', `n = ${d.nForThreePoints ?? '–'}`, '80 % power at the 95 % level, as these vary'],
  ];
}

function flipText(flip: Flip, [a, b]: readonly [RunRecord, RunRecord]): string[] {
  const width = process.stdout.columns ?? 120;
  const { id, epoch, question, expected, better } = flip;
  const gain = better === 'second' ? `only ${b.method} is right` : `only ${a.method} is right`;
  const name = epoch > 1 ? `${id}, epoch ${epoch}` : id;
  const heads = ([a, b] as const).map(({ method, id: run }) => [`${method} (${run})`]);
  return [
    '',
    '═'.repeat(width),
    `${name}: ${gain}; in the data: ${plain(expected)}`,
    plain(question),
    '─'.repeat(width),
    ...sideBySide([...heads[0]!, ...trace(flip.first)], [...heads[1]!, ...trace(flip.second)], width),
  ];
}

function trace({ sample, events }: FlipSide): string[] {
  const { outcome, error, score } = sample;
  return [
    `verdict: ${outcome?.verdict ?? 'none'}, score: ${score ?? 'failed'}`,
    ...(error === null ? [] : [`error: ${plain(error)}`]),
    ...(outcome ? [`answer: ${plain(outcome.answer)}`] : []),
    // Both were asked the same; what their prompts say before it is in `runs show --sample`.
    ...events.filter(({ event }) => event.type !== 'opening').flatMap(({ event }) => eventLines(event)),
  ];
}
