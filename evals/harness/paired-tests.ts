/** Two-sided standard normal quantiles: 95 % confidence, 80 % power. */
const [confidence, power] = [1.959964, 0.841621];

/**
 * McNemar's exact test (two-sided): how probable so uneven a split of the discordant items is where either side is
 * as likely. 1 where no item is discordant.
 */
export function exactMcNemar(onlyFirst: number, onlySecond: number): number {
  const n = onlyFirst + onlySecond;
  const fewer = Math.min(onlyFirst, onlySecond);
  let tail = 0;
  // The logarithm of C(n, k) / 2^n: the numbers themselves overflow from n = 1030 on.
  let logTerm = -n * Math.LN2;
  for (let k = 0; k <= fewer; k++) {
    tail += Math.exp(logTerm);
    logTerm += Math.log(n - k) - Math.log(k + 1);
  }
  return Math.min(1, 2 * tail);
}

/** Holm's step-down correction: p-values of one family of tests, adjusted, in their order. */
export function holmAdjusted(pValues: readonly number[]): number[] {
  const order = pValues.map((_, i) => i).sort((a, b) => pValues[a]! - pValues[b]!);
  const adjusted = pValues.slice();
  let highest = 0;
  for (const [rank, i] of order.entries()) {
    highest = Math.max(highest, Math.min(1, (pValues.length - rank) * pValues[i]!));
    adjusted[i] = highest;
  }
  return adjusted;
}

/**
 * The variance of a mean over `values` that come in groups (Liang and Zeger 1986); with one value a group, the usual
 * one. Null where one group is all there is.
 */
export function varianceOfMean(groups: readonly (readonly number[])[]): number | null {
  const n = groups.reduce((sum, group) => sum + group.length, 0);
  if (groups.length < 2) return null;
  const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);
  const mean = groups.reduce((sum, group) => sum + total(group), 0) / n;
  const squares = groups.reduce((sum, group) => sum + (total(group) - group.length * mean) ** 2, 0);
  return ((groups.length / (groups.length - 1)) * squares) / n ** 2;
}

/**
 * How many paired items it takes to see a true difference of `difference` (a share, e.g. 0.03) with 80 % power at the
 * 95 % level, if items vary and hang together as the `n` at hand do: `variance` is that of their mean difference. Few
 * items without any difference do not promise that there is none: one more that differs is assumed, and so many at
 * least as make up the difference itself.
 */
export function itemsNeeded(difference: number, n: number, variance: number): number {
  const perItem = Math.max(n * variance, 1 / (n + 2), difference - difference ** 2);
  return Math.ceil((perItem * (confidence + power) ** 2) / difference ** 2);
}
