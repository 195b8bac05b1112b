import { seededRandom } from './seed.ts';

/** A 95 % interval. */
export interface Interval {
  low: number;
  high: number;
}

const rounds = 2000;

/**
 * Bootstrap resamples of clustered data: as many clusters as the data has, drawn with replacement. Same seed,
 * same draws. The yielded array is reused. One cluster says nothing about its spread: then there is no resample.
 */
export function* resamples<C>(clusters: readonly C[], seed: number): Generator<readonly C[]> {
  if (clusters.length < 2) return;
  const random = seededRandom(seed);
  const drawn = [...clusters];
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < drawn.length; i++) drawn[i] = clusters[Math.floor(random() * clusters.length)]!;
    yield drawn;
  }
}

/** The middle 95 % of a statistic's values over the resamples; null where there are none. */
export function percentileInterval(values: readonly (number | null)[]): Interval | null {
  const defined = values.filter((value) => value !== null).sort((a, b) => a - b);
  if (defined.length === 0) return null;
  return { low: quantile(defined, 0.025), high: quantile(defined, 0.975) };
}

/** Linear between order statistics. */
function quantile(sorted: readonly number[], share: number): number {
  const position = share * (sorted.length - 1);
  const below = sorted[Math.floor(position)]!;
  const above = sorted[Math.ceil(position)]!;
  return below + (above - below) * (position - Math.floor(position));
}
