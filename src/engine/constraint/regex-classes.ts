import { complement, normalised } from './code-points.ts';
import type { ConstraintError } from './constraint-error.ts';
import type { CodePoints } from './expression.ts';

/** Where a class or an escape is read. */
export interface ClassReader {
  readonly pattern: string;
  at: number;
  peek(): string | undefined;
  next(): string;
  take(text: string): boolean;
  error(reason: string): ConstraintError;
}

const digits: readonly CodePoints[] = [[0x30, 0x39]];
const wordCharacters: readonly CodePoints[] = [
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
];
const spaces: readonly CodePoints[] = [
  [0x09, 0x0d],
  [0x20, 0x20],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
];
const sets: Readonly<Record<string, readonly CodePoints[]>> = {
  d: digits,
  D: complement(digits),
  w: wordCharacters,
  W: complement(wordCharacters),
  s: spaces,
  S: complement(spaces),
};
const controls: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, f: 12, v: 11 };

/** After `[`. */
export function readClass(reader: ClassReader): readonly CodePoints[] {
  const isNegated = reader.take('^');
  const ranges: CodePoints[] = [];
  while (!reader.take(']')) {
    const from = readMember(reader);
    if (reader.peek() !== '-' || reader.pattern[reader.at + 1] === ']') {
      ranges.push(...from);
      continue;
    }
    reader.next();
    const [first, last] = [pointOf(from, reader), pointOf(readMember(reader), reader)];
    if (first > last) throw reader.error('a range of characters is in the wrong order');
    ranges.push([first, last]);
  }
  return isNegated ? complement(ranges) : normalised(ranges);
}

function readMember(reader: ClassReader): readonly CodePoints[] {
  const letter = reader.next();
  if (letter !== '\\') return one(letter.codePointAt(0)!);
  if (reader.take('b')) return one(8);
  if (reader.take('-')) return one(0x2d);
  return readEscape(reader);
}

function pointOf([range, ...more]: readonly CodePoints[], reader: ClassReader): number {
  if (range && more.length === 0 && range[0] === range[1]) return range[0];
  throw reader.error('a range of characters begins or ends with a class');
}

/** After `\`. */
export function readEscape(reader: ClassReader): readonly CodePoints[] {
  const letter = reader.next();
  if (sets[letter]) return sets[letter];
  if (controls[letter] !== undefined) return one(controls[letter]);
  if (letter === '0' && !/^\d/.test(reader.peek() ?? '')) return one(0);
  if (letter === 'p' || letter === 'P') return property(reader, letter === 'P');
  if (letter === 'c') return one(number(reader, /^[a-zA-Z]/, (text) => text.charCodeAt(0) % 32));
  if (letter === 'x') return one(number(reader, /^[\da-fA-F]{2}/));
  if (letter === 'u') return one(unicode(reader));
  if (/[a-zA-Z0-9]/.test(letter)) throw reader.error(`"\\${letter}" is not supported`);
  return one(letter.codePointAt(0)!);
}

const one = (point: number): readonly CodePoints[] => [[point, point]];

function number(
  reader: ClassReader,
  shape: RegExp,
  value = (text: string) => Number.parseInt(text, 16),
): number {
  const text = shape.exec(reader.pattern.slice(reader.at, reader.at + 12))?.[0];
  if (text === undefined) throw reader.error('an escape is not complete');
  reader.at += text.length;
  return value(text);
}

function unicode(reader: ClassReader): number {
  if (reader.take('{')) {
    const point = number(reader, /^[\da-fA-F]{1,6}/);
    if (!reader.take('}') || point > 0x10ffff) throw reader.error('no such character');
    return point;
  }
  const high = number(reader, /^[\da-fA-F]{4}/);
  const low = /^\\u(d[c-f][\da-f]{2})/i.exec(reader.pattern.slice(reader.at, reader.at + 6))?.[1];
  if (high < 0xd800 || high > 0xdbff || low === undefined) return high;
  reader.at += 6;
  return 0x10000 + ((high - 0xd800) << 10) + (Number.parseInt(low, 16) - 0xdc00);
}

const properties = new Map<string, readonly CodePoints[]>();

function property(reader: ClassReader, isNegated: boolean): readonly CodePoints[] {
  const name = /^\{([\w=]{1,40})\}/.exec(reader.pattern.slice(reader.at, reader.at + 44))?.[1];
  if (name === undefined) throw reader.error('a property of characters has a name in braces');
  reader.at += name.length + 2;
  const ranges = properties.get(name) ?? scan(name, reader);
  properties.set(name, ranges);
  return isNegated ? complement(ranges) : ranges;
}

/** Asks JavaScript's own expressions for each character; some 20 ms, once for a name. */
function scan(name: string, reader: ClassReader): readonly CodePoints[] {
  let test: RegExp;
  try {
    test = new RegExp(`^\\p{${name}}`, 'u');
  } catch {
    throw reader.error(`there is no property "${name}"`);
  }
  const ranges: [number, number][] = [];
  for (let point = 0; point <= 0x10ffff; point++) {
    if (!test.test(String.fromCodePoint(point))) continue;
    const before = ranges.at(-1);
    if (before && before[1] === point - 1) before[1] = point;
    else ranges.push([point, point]);
  }
  return normalised(ranges);
}
