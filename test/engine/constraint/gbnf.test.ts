import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileConstraint } from '../../../src/engine/constraint/compile-constraint.ts';
import { ConstraintError } from '../../../src/engine/constraint/constraint-error.ts';
import { constraintVocabulary } from '../../../src/engine/constraint/constraint-vocabulary.ts';
import { randomSource } from '../../../src/engine/random.ts';
import { accepts, randomReply } from '../../helpers/constrained-walk.ts';
import { tinyTokenizer } from '../../helpers/tiny-tokenizer.ts';

const tokenizer = tinyTokenizer();
const vocabulary = constraintVocabulary(tokenizer);
const compile = (grammar: string) => compileConstraint({ kind: 'grammar', grammar }, vocabulary);
const takes = (grammar: string, text: string) => accepts(compile(grammar), tokenizer, text);

const jsonGrammar = String.raw`
# JSON as llama.cpp's examples have it
root   ::= object
value  ::= object | array | string | number | ("true" | "false" | "null") ws

object ::=
  "{" ws (
            string ":" ws value
    ("," ws string ":" ws value)*
  )? "}" ws

array  ::=
  "[" ws (
            value
    ("," ws value)*
  )? "]" ws

string ::=
  "\"" (
    [^"\\\x7F\x00-\x1F] |
    "\\" (["\\bfnrt] | "u" [0-9a-fA-F]{4}) # escapes
  )* "\"" ws

number ::= ("-"? ([0-9] | [1-9] [0-9]{0,15})) ("." [0-9]+)? ([eE] [-+]? [0-9] [1-9]{0,15})? ws
ws ::= | " " | "\n" [ \t]{0,20}
`;

test.each<[string, string, string[], string[]]>([
  ['a literal with escapes', String.raw`root ::= "a\n\t\"\\\x41\u00e9\U0001F600"`, ['a\n\t"\\Aé😀'], ['a']],
  ['alternatives, one of them empty', 'root ::= "a" | "b" |', ['a', 'b', ''], ['ab']],
  [
    'groups and repetitions',
    'root ::= ("a" "b"?)+ "c"* "d"{2} "e"{1,2} "f"{1,} "g"{,2}',
    ['addef', 'abaccddeefffgg'],
    ['addeeef', 'def', 'addefggg'],
  ],
  [
    'classes',
    String.raw`root ::= [a-cé\]^-] [^a-c\n]`,
    ['ad', 'é\t', ']😀', '^é', '-x'],
    ['aa', 'da', 'a\n'],
  ],
  ['any character', 'root ::= . .', ['é😀', 'a\n'], ['a', 'abc']],
  [
    'rules over several lines',
    'root ::=\n  "a" |\n  b-2\nb-2 ::= (\n "b"\n "c" # both\n)\r\n',
    ['a', 'bc'],
    ['b'],
  ],
  [
    'rules that refer to each other',
    'root ::= "(" inner* ")"\ninner ::= root | "x"',
    ['()', '((x)x())'],
    ['(', '(()'],
  ],
  ['a rule that refers to itself at its end', 'root ::= "a" root | "b"', ['b', 'aaaab'], ['a', 'ba']],
  ['empty rules before others', 'root ::= ws "a" ws root?\nws ::= " "*', ['a', '  a a '], ['b', ' ']],
])('%s', (_, grammar, yes, no) => {
  expect(yes.filter((text) => !takes(grammar, text))).toEqual([]);
  expect(no.filter((text) => takes(grammar, text))).toEqual([]);
});

test("replies held to llama.cpp's JSON grammar parse", () => {
  const constraint = compile(jsonGrammar);
  fc.assert(
    fc.property(fc.nat(), fc.nat(60), (seed, extra) => {
      const { text } = randomReply(constraint, tokenizer, randomSource(seed), extra);
      expect(JSON.parse(text)).toBeTypeOf('object');
    }),
    { numRuns: 300 },
  );
});

test('a grammar of many readings keeps to its texts', () => {
  const palindromes = compile('root ::= "a" root "a" | "b" root "b" | ""');
  fc.assert(
    fc.property(fc.nat(), fc.nat(30), (seed, extra) => {
      const { text } = randomReply(palindromes, tokenizer, randomSource(seed), extra);
      expect([...text].reverse().join('')).toBe(text);
    }),
    { numRuns: 200 },
  );
});

describe('what cannot be read or followed is refused', () => {
  test.each([
    ['a ::= "b"', /no rule "root"/],
    ['root ::= other', /no rule "other"/],
    ['root ::= "a', /line 1: a text or a class is not closed/],
    ['root ::= "a"\n\nroot ::= "b"', /line 3: the rule "root" is there twice/],
    ['root = "a"', /"::=" is missing/],
    ['root ::= ("a"', /a group is not closed/],
    ['root ::= "a" )', /cannot be read/],
    ['root ::= "\\q"', /no such escape/],
    ['root ::= [z-a]', /wrong order/],
    ['root ::= "a"{3,2}', /wrong order/],
    ['root ::= "a"{99999}', /go up to 4096/],
    ['root ::= root "a" | "b"', /refers to itself before any text/],
    ['root ::= a "x" | "b"\na ::= e root\ne ::= "e"?', /refers to itself before any text/],
    ['root ::= "a" root', /never ends/],
    [`root ::= ${'('.repeat(500)}`, /nested too deep/],
    [`root ::= ${'"a" | '.repeat(60_000)}"b"`, /at most 262144/],
  ])('%#', (grammar, message) => {
    expect(() => compile(grammar)).toThrow(ConstraintError);
    expect(() => compile(grammar)).toThrow(message);
  });
});

test('random grammars are compiled or refused, nothing else', () => {
  const pieces = fc.constantFrom(
    'root ::= ',
    'a ::= ',
    '"x" ',
    '[a-z] ',
    'a ',
    'root ',
    '( ',
    ') ',
    '| ',
    '* ',
    '{2} ',
    '\n',
    '# c\n',
    '. ',
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 20 }), (parts) => {
      try {
        compile(`root ::= ${parts.join('')}`);
      } catch (error) {
        expect(error).toBeInstanceOf(ConstraintError);
      }
    }),
    { numRuns: 1000 },
  );
});
