import { seededRandom } from './seed.ts';

/** A 95 % interval. */
export interface Interval {
  low: number;
  high: number;
}

const rounds = 2000;

/**
 * Bootstrap resamples of clustered data: clusters are drawn with replacement within their stratum, so every
 * resample has as many clusters of each kind as the data. Same seed, same draws. The yielded array is reused.
 * One cluster says nothing about its spread: then there is no resample.
 */
export function* resamples<C>(strata: readonly (readonly C[])[], seed: number): Generator<readonly C[]> {
  if (strata.flat().length < 2) return;
  const random = seededRandom(seed);
  const drawn: C[] = [];
  for (let round = 0; round < rounds; round++) {
    drawn.length = 0;
    for (const stratum of strata) {
      for (let i = 0; i < stratum.length; i++) drawn.push(stratum[Math.floor(random() * stratum.length)]!);
    }
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
