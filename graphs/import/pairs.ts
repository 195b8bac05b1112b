import type { DropCounts } from './drop-counts.ts';

/** A reaction with more combinations than this sums up a whole cell, and its pairs say nothing. */
const maxPairs = 1_000;

/** Every head with every tail, each once and none with itself. Too many are counted instead. */
export function pairsOf<T>(
  heads: readonly T[],
  tails: readonly T[],
  drops: DropCounts,
): (readonly [head: T, tail: T])[] {
  const [from, to] = [[...new Set(heads)], [...new Set(tails)]];
  if (from.length * to.length <= maxPairs)
    return from.flatMap((head) => to.filter((tail) => tail !== head).map((tail) => [head, tail] as const));
  drops.add(`reactions of more than ${maxPairs} pairs`);
  return [];
}
