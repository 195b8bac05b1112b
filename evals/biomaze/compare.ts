import { z } from 'zod';
import type { SampleRecord } from '../../src/store/samples.ts';
import { type Interval, percentileInterval, resamples } from '../harness/bootstrap.ts';
import { exactMcNemar, itemsNeeded, varianceOfMean } from '../harness/paired-tests.ts';
import { seedOf } from '../harness/seed.ts';
import { wilsonInterval } from '../harness/wilson.ts';
import type { EpochScored } from './epochs.ts';
import { intervalSchema } from './score-table.ts';
import { epochScoredOf } from './summary.ts';
import {
  addTo,
  balancedAccuracy,
  clustersOf,
  emptyTally,
  plainAccuracy,
  type Scored,
  type Tally,
  tallyOf,
} from './tally.ts';

/** What the power hint is about: differences of this many points, as a share. */
export const worthSeeing = 0.03;

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
  /** Different questions among the samples; epochs and seeds of a question are one. */
  questions: z.number().int(),
  /**
   * McNemar's exact test on questions, two-sided; where a question was asked several times, on which run was right
   * more often. The two questions of a pair count as two. Null without a sample.
   */
  p: z.number().nullable(),
  /** Samples it takes to see a difference of 3 points with 80 % power; null where the data cannot tell. */
  nForThreePoints: z.number().int().nullable(),
});
export type PairedDifference = z.infer<typeof pairedDifferenceSchema>;

/** One sample that two runs answered. */
export interface Both extends Pick<Scored, 'question' | 'label'> {
  epoch: number;
  first: Tally;
  second: Tally;
}

export interface Pairing {
  both: Both[];
  unpaired: number;
}

/** Paired by sample and epoch, with a bootstrap interval over the same clusters as the score table. */
export function pairedDifference(
  first: Iterable<SampleRecord>,
  second: Iterable<SampleRecord>,
  seed: number,
): PairedDifference {
  return differenceOf([pairUp(scoredIn(first), scoredIn(second))], seed);
}

/** Several pairs of runs as one, as of several seeds; what one question's answers have in common is kept together. */
export function differenceOf(pairings: readonly Pairing[], seed: number): PairedDifference {
  const both = pairings.flatMap((pairing) => pairing.both);
  const unpaired = pairings.reduce((sum, pairing) => sum + pairing.unpaired, 0);
  return { ...pointsAbove(both, seed), ...testsOf(both), n: both.length, unpaired };
}

/** The samples that both runs have a score for; the same id with another label is not the same sample. */
export function pairUp(first: Iterable<EpochScored>, second: Iterable<EpochScored>): Pairing {
  const waiting = new Map([...first].map((scored) => [keyOf(scored), scored]));
  const both: Both[] = [];
  let unpaired = 0;
  for (const scored of second) {
    const other = waiting.get(keyOf(scored));
    waiting.delete(keyOf(scored));
    if (other?.label === scored.label) {
      both.push({ ...scored, first: tallyOf(other), second: tallyOf(scored) });
    } else unpaired++;
  }
  return { both, unpaired: unpaired + waiting.size };
}

function keyOf({ question, epoch }: EpochScored): string {
  return `${epoch} ${question.id}`;
}

function* scoredIn(records: Iterable<SampleRecord>): Generator<EpochScored> {
  for (const record of records) {
    const scored = epochScoredOf(record);
    if (scored) yield scored;
  }
}

function pointsAbove(both: readonly Both[], seed: number) {
  const all = added(both);
  const clusters = clustersOf(both, added);
  const plain: (number | null)[] = [];
  const balanced: (number | null)[] = [];
  for (const drawn of resamples(clusters, seedOf('paired', seed))) {
    const tally = added(drawn);
    plain.push(above(tally, plainAccuracy));
    balanced.push(above(tally, balancedAccuracy));
  }
  const none = noneDiffers(both, clusters.length);
  const [accuracy, balance] = [above(all, plainAccuracy), above(all, balancedAccuracy)];
  return {
    ...{ accuracy, accuracyInterval: none ?? percentileInterval(plain) },
    ...{
      balanced: balance,
      balancedInterval: balance === null ? null : (none ?? percentileInterval(balanced)),
    },
    onlyFirst: both.filter(({ first, second }) => right(first) > right(second)).length,
    onlySecond: both.filter(({ first, second }) => right(second) > right(first)).length,
  };
}

/**
 * Where no sample differs a bootstrap has no width; the difference may then be as large, either way, as the share of
 * differing samples may be by Wilson's interval.
 */
function noneDiffers(both: readonly Both[], clusters: number): Interval | null {
  if (both.some(({ first, second }) => right(first) !== right(second))) return null;
  const share = wilsonInterval(0, clusters);
  return share && { low: -share.high, high: share.high };
}

function testsOf(both: readonly Both[]) {
  const gain = ({ first, second }: Both) => right(second) - right(first);
  const byQuestion = Map.groupBy(both, ({ question }) => question.id);
  const gains = [...byQuestion.values()].map((answers) => answers.reduce((sum, one) => sum + gain(one), 0));
  const [won, lost] = [gains.filter((sum) => sum > 0).length, gains.filter((sum) => sum < 0).length];
  const variance = varianceOfMean(clustersOf(both, (answers) => answers.map(gain)));
  return {
    questions: gains.length,
    p: both.length === 0 ? null : exactMcNemar(lost, won),
    nForThreePoints: variance === null ? null : itemsNeeded(worthSeeing, both.length, variance),
  };
}

type Tallies = Pick<Both, 'first' | 'second'>;

function added(members: readonly Tallies[]): Tallies {
  const sum = { first: emptyTally(), second: emptyTally() };
  for (const { first, second } of members) {
    addTo(sum.first, first);
    addTo(sum.second, second);
  }
  return sum;
}

function above({ first, second }: Tallies, statistic: (tally: Tally) => number | null): number | null {
  const [before, after] = [statistic(first), statistic(second)];
  return before === null || after === null ? null : after - before;
}

function right({ yesRight, noRight, openRight }: Tally): number {
  return yesRight + noRight + openRight;
}
