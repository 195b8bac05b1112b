import { characters, choice, type Expression, literal, never, repeat, sequence } from './expression.ts';

export interface Bound {
  readonly value: number;
  readonly isExclusive: boolean;
}

/** Undefined: none. */
export interface NumberBounds {
  low?: Bound | undefined;
  high?: Bound | undefined;
}

export function tighter(
  a: Bound | undefined,
  b: Bound | undefined,
  isTighter: (a: number, b: number) => boolean,
): Bound | undefined {
  if (!a || !b) return a ?? b;
  if (a.value === b.value) return a.isExclusive ? a : b;
  return isTighter(a.value, b.value) ? a : b;
}

const MOST_DIGITS = 16;
/** Bounds with more decimals are moved inwards to so many. */
const MOST_DECIMALS = 9;
/** Digits up to which different decimals are different numbers, so that none is rounded onto a bound. */
const MOST_PRECISE = 15;
const digit = characters([0x30, 0x39]);

/** All integers within the bounds, of at most 16 digits where there is no bound. */
export function integersWithin({ low, high }: NumberBounds): Expression {
  return scaledWithin(scaled(low, 0, 'low'), scaled(high, 0, 'high'), 0, nothingMore);
}

/**
 * Numbers within the bounds, without exponents: all with as many decimals as the bounds have (and fewer), and those
 * with more, but for the ones that share all those decimals with the far bound.
 */
export function numbersWithin({ low, high }: NumberBounds): Expression {
  const decimals = Math.min(MOST_DECIMALS, Math.max(decimalsOf(low?.value), decimalsOf(high?.value)));
  const options: Expression[] = [];
  for (let places = 0; places <= decimals; places++) {
    options.push(scaledWithin(scaled(low, places, 'low'), scaled(high, places, 'high'), places, nothingMore));
  }
  options.push(withMoreDecimals(low, high, decimals));
  return choice(...options);
}

const nothingMore = literal('');

/** Digits after those of the bounds: away from zero, so the next step must still be within. */
function withMoreDecimals(low: NumberBounds['low'], high: NumberBounds['high'], places: number): Expression {
  const count = MOST_PRECISE - wholeDigits(low, high) - places;
  if (count < 1) return never;
  const more = repeat(digit, 1, count);
  const tail = places === 0 ? sequence(literal('.'), more) : more;
  const [from, to] = [scaled(low, places, 'low'), scaled(high, places, 'high')];
  const positive = scaledWithin(
    from !== undefined && from > 0n ? from : 0n,
    to === undefined ? undefined : to - 1n,
    places,
    tail,
  );
  const negative = scaledWithin(
    from === undefined ? undefined : from + 1n,
    to !== undefined && to < 0n ? to : 0n,
    places,
    tail,
    true,
  );
  return choice(positive, negative);
}

function wholeDigits(low: NumberBounds['low'], high: NumberBounds['high']): number {
  const most = Math.max(Math.abs(low?.value ?? 0), Math.abs(high?.value ?? 0));
  return exactly(Math.trunc(most)).digits.toString().length;
}

/** The least or greatest whole number of steps of 10^-places within the bound. */
function scaled(bound: NumberBounds['low'], places: number, side: 'low' | 'high'): bigint | undefined {
  if (!bound) return undefined;
  const { digits, decimals } = exactly(bound.value);
  const shift = 10n ** BigInt(Math.abs(places - decimals));
  if (places >= decimals) {
    const value = digits * shift;
    if (!bound.isExclusive) return value;
    return side === 'low' ? value + 1n : value - 1n;
  }
  const floor = floorDivide(digits, shift);
  const isWhole = floor * shift === digits;
  if (side === 'high') return isWhole && bound.isExclusive ? floor - 1n : floor;
  return isWhole && !bound.isExclusive ? floor : floor + 1n;
}

function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a < 0n && quotient * b !== a ? quotient - 1n : quotient;
}

const decimalsOf = (value: number | undefined) => (value === undefined ? 0 : exactly(value).decimals);

/** The number as its shortest decimal spelling: `digits` times 10^-decimals. */
function exactly(value: number): { digits: bigint; decimals: number } {
  const [mantissa, exponent = '0'] = value.toString().split('e');
  const [whole, fraction = ''] = mantissa!.split('.');
  const decimals = fraction.length - Number(exponent);
  const digits = BigInt(whole! + fraction);
  const isNegative = mantissa!.startsWith('-') && digits > 0n;
  const signed = isNegative ? -digits : digits;
  return decimals >= 0
    ? { digits: signed, decimals }
    : { digits: signed * 10n ** BigInt(-decimals), decimals: 0 };
}

/** Numbers of `places` decimals from `low` to `high` steps, each followed by `tail`. */
function scaledWithin(
  low: bigint | undefined,
  high: bigint | undefined,
  places: number,
  tail: Expression,
  isNegative?: boolean,
): Expression {
  const least = low ?? -(10n ** BigInt(MOST_DIGITS)) + 1n;
  const most = high ?? 10n ** BigInt(MOST_DIGITS) - 1n;
  const options: Expression[] = [];
  if (!isNegative && most >= 0n) options.push(magnitudes(least > 0n ? least : 0n, most, places));
  const lastNegative = isNegative ? 0n : 1n;
  if (least < 0n || isNegative) {
    const from = most < 0n ? -most : lastNegative;
    options.push(sequence(literal('-'), magnitudes(from, -least, places)));
  }
  return options.length === 0 ? never : sequence(choice(...options), tail);
}

/** Numbers without sign from `low` to `high` steps of 10^-places. */
function magnitudes(low: bigint, high: bigint, places: number): Expression {
  const options: Expression[] = [];
  let from = low;
  while (from <= high) {
    const text = from.toString().padStart(places + 1, '0');
    const end = 10n ** BigInt(text.length) - 1n;
    const to = end < high ? end : high;
    options.push(between(pointed(text, places), pointed(to.toString().padStart(text.length, '0'), places)));
    from = to + 1n;
  }
  return choice(...options);
}

const pointed = (digits: string, places: number) =>
  places === 0 ? digits : `${digits.slice(0, -places)}.${digits.slice(-places)}`;

const anyDigits = (shape: string) =>
  sequence(...[...shape].map((letter) => (letter === '.' ? literal('.') : digit)));

/** Texts of one length, digits and perhaps a point in one place, in the order of their values. */
function between(low: string, high: string): Expression {
  if (low === '') return nothingMore;
  if (/^[0.]*$/.test(low) && /^[9.]*$/.test(high)) return anyDigits(low);
  const [first, last] = [low[0]!, high[0]!];
  if (first === last) return sequence(literal(first), between(low.slice(1), high.slice(1)));
  const [lowest, highest] = [low.replaceAll(/\d/g, '0').slice(1), high.replaceAll(/\d/g, '9').slice(1)];
  const options = [
    sequence(literal(first), between(low.slice(1), highest)),
    sequence(literal(last), between(lowest, high.slice(1))),
  ];
  const [from, to] = [first.charCodeAt(0) + 1, last.charCodeAt(0) - 1];
  if (from <= to) options.push(sequence(characters([from, to]), between(lowest, highest)));
  return choice(...options);
}
