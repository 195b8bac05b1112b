import { z } from 'zod';
import type { SampleRecord } from '../../src/store/samples.ts';
import { percentileInterval, resamples } from '../harness/bootstrap.ts';
import { seedOf } from '../harness/seed.ts';
import { intervalSchema } from './score-table.ts';
import { scoredOf } from './summary.ts';
import {
  addUp,
  balancedAccuracy,
  clustersOf,
  plainAccuracy,
  type Scored,
  type Tally,
  tallyOf,
} from './tally.ts';

/** How far the second run is above the first on the samples that both have. */
export const pairedDifferenceSchema = z.object({
  n: z.number().int(),
  /** Samples that only one of the two runs has; they do not count. */
  unpaired: z.number().int(),
  accuracy: z.number().nullable(),
  accuracyInterval: intervalSchema,
  balanced: z.number().nullable(),
  balancedInterval: intervalSchema,
  /** Samples that only the first run, only the second run, got right. */
  onlyFirst: z.number().int(),
  onlySecond: z.number().int(),
});
export type PairedDifference = z.infer<typeof pairedDifferenceSchema>;

interface Both extends Pick<Scored, 'question' | 'label'> {
  first: Tally;
  second: Tally;
}

/** Paired by sample and epoch, with a bootstrap interval over the same clusters as the score table. */
export function pairedDifference(
  first: Iterable<SampleRecord>,
  second: Iterable<SampleRecord>,
  seed: number,
): PairedDifference {
  const waiting = new Map<string, Scored>();
  for (const record of first) {
    const scored = scoredOf(record);
    if (scored) waiting.set(keyOf(record), scored);
  }
  const both: Both[] = [];
  let unpaired = 0;
  for (const record of second) {
    const [a, b] = [waiting.get(keyOf(record)), scoredOf(record)];
    waiting.delete(keyOf(record));
    if (a && b && a.label === b.label) both.push({ ...b, first: tallyOf(a), second: tallyOf(b) });
    else unpaired++;
  }
  return { ...differenceOf(both, seed), n: both.length, unpaired: unpaired + waiting.size };
}

/** The same question under another run's ids would not be the same sample: label and id both must agree. */
function keyOf({ id, epoch }: SampleRecord): string {
  return `${epoch} ${id}`;
}

function differenceOf(both: readonly Both[], seed: number) {
  const all = added(both);
  const clusters = clustersOf(both, added);
  const plain: (number | null)[] = [];
  const balanced: (number | null)[] = [];
  for (const drawn of resamples(clusters, seedOf('paired', seed))) {
    const tally = added(drawn);
    plain.push(above(tally, plainAccuracy));
    balanced.push(above(tally, balancedAccuracy));
  }
  return {
    ...{ accuracy: above(all, plainAccuracy), accuracyInterval: percentileInterval(plain) },
    ...{ balanced: above(all, balancedAccuracy), balancedInterval: percentileInterval(balanced) },
    onlyFirst: both.filter(({ first, second }) => right(first) > right(second)).length,
    onlySecond: both.filter(({ first, second }) => right(second) > right(first)).length,
  };
}

type Tallies = Pick<Both, 'first' | 'second'>;

function added(members: readonly Tallies[]): Tallies {
  return {
    first: addUp(members.map(({ first }) => first)),
    second: addUp(members.map(({ second }) => second)),
  };
}

function above({ first, second }: Tallies, statistic: (tally: Tally) => number | null): number | null {
  const [before, after] = [statistic(first), statistic(second)];
  return before === null || after === null ? null : after - before;
}

function right({ yesRight, noRight, openRight }: Tally): number {
  return yesRight + noRight + openRight;
}
