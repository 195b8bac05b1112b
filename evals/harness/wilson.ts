import type { Interval } from './bootstrap.ts';

const Z = 1.959964;

/** Wilson's 95 % interval of a share, `count` of `n`; null for n = 0. */
export function wilsonInterval(count: number, n: number): Interval | null {
  if (n === 0) return null;
  const share = count / n;
  const middle = (share + Z ** 2 / (2 * n)) / (1 + Z ** 2 / n);
  const half = (Z / (1 + Z ** 2 / n)) * Math.sqrt((share * (1 - share)) / n + Z ** 2 / (4 * n ** 2));
  return { low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}
