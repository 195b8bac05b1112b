import type { CodePoints } from './expression.ts';

export const LAST_CODE_POINT = 0x10ffff;

/** All characters of well-formed text: no surrogates. */
export const anyCharacter: readonly CodePoints[] = [
  [0, 0xd7ff],
  [0xe000, LAST_CODE_POINT],
];

/** Sorted, joined where they touch, without surrogates (no UTF-8 has them). */
export function normalised(ranges: readonly CodePoints[]): CodePoints[] {
  const sorted = ranges.flatMap(withoutSurrogates).sort(([a], [b]) => a - b);
  const joined: [number, number][] = [];
  for (const [first, last] of sorted) {
    const before = joined.at(-1);
    if (before && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else joined.push([first, last]);
  }
  return joined;
}

function withoutSurrogates([first, last]: CodePoints): CodePoints[] {
  const parts: CodePoints[] = [
    [first, Math.min(last, 0xd7ff)],
    [Math.max(first, 0xe000), last],
  ];
  return parts.filter(([from, to]) => from <= to);
}

/** Every character that is in none of the ranges. */
export function complement(ranges: readonly CodePoints[]): CodePoints[] {
  const gaps: CodePoints[] = [];
  let next = 0;
  for (const [first, last] of normalised(ranges)) {
    if (first > next) gaps.push([next, first - 1]);
    next = last + 1;
  }
  if (next <= LAST_CODE_POINT) gaps.push([next, LAST_CODE_POINT]);
  return normalised(gaps);
}

export function intersection(a: readonly CodePoints[], b: readonly CodePoints[]): CodePoints[] {
  return complement([...complement(a), ...complement(b)]);
}

/** An inclusive range of values for each byte of a UTF-8 sequence. */
export type ByteRanges = readonly (readonly [first: number, last: number])[];

/** The ranges' UTF-8 as few sequences of byte ranges: each stands for all combinations of its bytes. */
export function utf8Sequences(ranges: readonly CodePoints[]): readonly ByteRanges[] {
  const known = sequencesOf.get(ranges);
  if (known) return known;
  const sequences = normalised(ranges).flatMap(([first, last]) => splitByLength(first, last));
  sequencesOf.set(ranges, sequences);
  return sequences;
}

/** A repetition asks for the same ranges once a copy. */
const sequencesOf = new WeakMap<readonly CodePoints[], readonly ByteRanges[]>();

const lengthEnds = [0x7f, 0x7ff, 0xffff, LAST_CODE_POINT];

function splitByLength(first: number, last: number): ByteRanges[] {
  const sequences: ByteRanges[] = [];
  for (const end of lengthEnds) {
    if (first > end) continue;
    sequences.push(...splitAligned(first, Math.min(last, end)));
    if (last <= end) break;
    first = end + 1;
  }
  return sequences;
}

/** Cuts a range of equally long characters until each byte runs over a range of its own. */
function splitAligned(first: number, last: number): ByteRanges[] {
  for (let bits = 6; bits < 24 && first >= 0x80; bits += 6) {
    const low = (1 << bits) - 1;
    if (first >> bits === last >> bits) break;
    if ((first & low) !== 0) return cut(first, first | low, last);
    if ((last & low) !== low) return cut(first, (last & ~low) - 1, last);
  }
  const [from, to] = [first, last].map((point) => Buffer.from(String.fromCodePoint(point)));
  return [Array.from(from!, (byte, i) => [byte, to![i]!] as const)];
}

const cut = (first: number, middle: number, last: number) => [
  ...splitAligned(first, middle),
  ...splitAligned(middle + 1, last),
];
