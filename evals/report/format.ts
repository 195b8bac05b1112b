import type { KvCheck } from '../biomaze/kv-check.ts';
import type { Interval } from '../harness/bootstrap.ts';

/** 0.625 → "62.5 %"; null is "–". */
export function percent(share: number | null): string {
  return share === null ? '–' : `${(100 * share).toFixed(1)} %`;
}

/** { low: 0.5, high: 0.75 } → "50.0–75.0". */
export function range(interval: Interval | null): string {
  return interval === null ? '–' : `${(100 * interval.low).toFixed(1)}–${(100 * interval.high).toFixed(1)}`;
}

/** A difference of shares in points: 0.05 → "+5.0". */
export function points(difference: number | null): string {
  if (difference === null) return '–';
  const value = (100 * difference).toFixed(1);
  return difference > 0 ? `+${value}` : value.replace('-', '−');
}

/** 1764000000000 → "2025-11-24 16:00 UTC". */
export function dateTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** 1234567 → "1,234,567". */
export function count(n: number): string {
  return n.toLocaleString('en-US');
}

/** e.g. `SpeCache changed 3 of 40 answers (95 % 2.6 to 19.9 %): run 20261125-0631… asked them in full.` */
export function kvCheckText({ run, n, changed, interval }: KvCheck): string {
  return `SpeCache changed ${changed} of ${n} answers (95 % ${range(interval)}): run ${run} asked them in full.`;
}

/** 0.0312 → "0.031"; never "0". */
export function probability(p: number | null): string {
  if (p === null) return '–';
  return p < 0.001 ? '< 0.001' : p.toFixed(3);
}

/** 3 of 20 → "3 (5.2–36.0)": the interval is that of the share, in %. */
export function countWith(n: number, interval: Interval | null): string {
  return `${n} (${range(interval)})`;
}
