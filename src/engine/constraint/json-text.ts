import { anyCharacter, complement, intersection } from './code-points.ts';
import {
  type CodePoints,
  call,
  characters,
  choice,
  type Expression,
  literal,
  optional,
  Rule,
  repeat,
  sequence,
} from './expression.ts';

/*
 * JSON as replies are written: a space may follow a comma or a colon, no other white space comes between, so that no
 * reply runs on in blanks. Numbers have at most 16 digits and exponents at most 2.
 */

const colon = sequence(literal(':'), optional(literal(' ')));
export const comma = sequence(literal(','), optional(literal(' ')));

/** `"key": value`, of a key that is JSON already. */
export const member = (key: Expression, value: Expression): Expression => sequence(key, colon, value);

/** What stands in a string as it is: anything but quote, backslash and control characters. */
const plain = complement([
  [0, 0x1f],
  [0x22, 0x22],
  [0x5c, 0x5c],
]);

const shortEscapes = new Map(
  [...'"\\/bfnrt'].map((letter) => [JSON.parse(`"\\${letter}"`).codePointAt(0), letter]),
);
const hex = characters([0x30, 0x39], [0x41, 0x46], [0x61, 0x66]);

/** Characters of a string with any of these values, escaped where JSON wants it. */
export function stringCharacters(ranges: readonly CodePoints[]): Expression {
  const escaped = intersection(ranges, [
    [0, 0x1f],
    [0x22, 0x22],
    [0x5c, 0x5c],
  ]);
  const points = escaped.flatMap(([first, last]) =>
    Array.from({ length: last - first + 1 }, (_, i) => first + i),
  );
  return choice(characters(...intersection(ranges, plain)), ...points.map(escapedPoint));
}

function escapedPoint(point: number): Expression {
  const letter = shortEscapes.get(point);
  return literal(letter ? `\\${letter}` : `\\u${point.toString(16).padStart(4, '0')}`);
}

/** Any character of a string in any spelling; `\u` spells no halves of surrogate pairs. */
const character = choice(
  characters(...plain),
  sequence(literal('\\'), characters(...[...'"\\/bfnrt'].map(only))),
  sequence(
    literal('\\u'),
    choice(
      sequence(characters([0x30, 0x39], [0x41, 0x43], [0x45, 0x46], [0x61, 0x63], [0x65, 0x66]), hex),
      sequence(characters(only('D'), only('d')), characters([0x30, 0x37])),
    ),
    hex,
    hex,
  ),
);

function only(letter: string): CodePoints {
  const point = letter.codePointAt(0)!;
  return [point, point];
}

const quoted = (content: Expression): Expression => sequence(literal('"'), content, literal('"'));

/** The content of any string of so many characters. */
export const contentOfLength = (min: number, max?: number): Expression => repeat(character, min, max);
/** Characters that long strings are counted by. */
const BLOCK = 256;
const fullBlock = new Rule(`${BLOCK} characters`, contentOfLength(BLOCK, BLOCK));
const REMEMBERED = 32;
/** By bounds; the oldest goes first. */
const partBlocks = new Map<string, Rule>();

/** The same as `contentOfLength`, out of blocks that all strings share: what tokens do in them is found once. */
export function contentInBlocks(min: number, max?: number): Expression {
  if (max === undefined) {
    const blocks = Math.floor(min / BLOCK);
    return sequence(repeat(call(fullBlock), blocks, blocks), contentOfLength(min % BLOCK));
  }
  const [first, last] = [Math.floor(min / BLOCK), Math.floor(max / BLOCK)];
  const options: Expression[] = [];
  const add = (blocks: [number, number], from: number, to: number) =>
    options.push(sequence(repeat(call(fullBlock), ...blocks), call(partBlock(from, to))));
  if (first === last) add([last, last], min % BLOCK, max % BLOCK);
  else {
    add([first, first], min % BLOCK, BLOCK - 1);
    if (first + 1 < last) add([first + 1, last - 1], 0, BLOCK - 1);
    add([last, last], 0, max % BLOCK);
  }
  return choice(...options);
}

function partBlock(min: number, max: number): Rule {
  const key = `${min} to ${max}`;
  const known = partBlocks.get(key) ?? new Rule(`${key} characters`, contentOfLength(min, max));
  partBlocks.set(key, known);
  if (partBlocks.size > REMEMBERED) partBlocks.delete(partBlocks.keys().next().value!);
  return known;
}

/** Any text of plain characters: each has one spelling. */
export const plainContent = repeat(characters(...plain), 0);
export const stringOf = quoted;
export const anyCharacters = repeat(stringCharacters(anyCharacter), 0);

export const stringRule = new Rule('string', quoted(contentOfLength(0)));

const digit = characters([0x30, 0x39]);
const integer = sequence(
  optional(literal('-')),
  choice(literal('0'), sequence(characters([0x31, 0x39]), repeat(digit, 0, 15))),
);
const exponent = sequence(
  characters(only('e'), only('E')),
  optional(characters(only('+'), only('-'))),
  repeat(digit, 1, 2),
);

export const integerRule = new Rule('integer', integer);
export const numberRule = new Rule(
  'number',
  sequence(integer, optional(sequence(literal('.'), repeat(digit, 1, 15))), optional(exponent)),
);

export const listOf = (item: Expression): Expression =>
  optional(sequence(item, repeat(sequence(comma, item), 0)));

export const valueRule = new Rule('value');
export const objectRule = new Rule(
  'object',
  sequence(literal('{'), listOf(member(call(stringRule), call(valueRule))), literal('}')),
);
export const arrayRule = new Rule('array', sequence(literal('['), listOf(call(valueRule)), literal(']')));
export const boolean = choice(literal('true'), literal('false'));
valueRule.define(
  choice(call(objectRule), call(arrayRule), call(stringRule), call(numberRule), boolean, literal('null')),
);
