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
const compile = (pattern: string) => compileConstraint({ kind: 'regex', pattern }, vocabulary);
const whole = (pattern: string) => new RegExp(`^(?:${pattern})$`, 'u');

const atoms = fc.constantFrom(
  ...[
    'a',
    'b',
    'é',
    '😀',
    '.',
    '\\d',
    '\\w',
    '\\s',
    '\\S',
    '[a-c]',
    '[^a-c]',
    '[\\d_-]',
    '\\.',
    '\\u00e9',
    '\\x61',
    '[ñ-\\u{1F601}]',
  ],
);
const quantifiers = fc.constantFrom('', '', '', '*', '+', '?', '{2}', '{1,3}', '{2,}', '*?', '{0,2}?');
const { pattern } = fc.letrec<{ pattern: string; term: string; group: string }>((tie) => ({
  pattern: fc
    .array(
      fc.array(tie('term'), { maxLength: 3 }).map((terms) => terms.join('')),
      { minLength: 1, maxLength: 2 },
    )
    .map((options) => options.join('|')),
  term: fc.tuple(fc.oneof({ maxDepth: 2 }, atoms, tie('group')), quantifiers).map((parts) => parts.join('')),
  group: fc
    .tuple(fc.constantFrom('(', '(?:', '(?<name>'), tie('pattern'))
    .map(([open, inner]) => `${open}${inner})`),
}));
// A name may come once in an expression.
const patterns = pattern.map((text) => text.replaceAll('(?<name>', '('));
const texts = fc.string({ unit: fc.constantFrom(...'abcéñ😀Ä1_. \n-'), maxLength: 8 });

test('random texts are accepted exactly where JavaScript matches them', () => {
  fc.assert(
    fc.property(patterns, fc.array(texts, { minLength: 5, maxLength: 5 }), (source, candidates) => {
      const constraint = compile(source);
      for (const text of candidates) {
        expect([text, accepts(constraint, tokenizer, text)]).toEqual([text, whole(source).test(text)]);
      }
    }),
    { numRuns: 200 },
  );
});

test('random replies match', () => {
  fc.assert(
    fc.property(patterns, fc.nat(), fc.nat(20), (source, seed, extra) => {
      const { text } = randomReply(compile(source), tokenizer, randomSource(seed), extra);
      expect(text).toMatch(whole(source));
    }),
    { numRuns: 200 },
  );
});

test('an expression whose deterministic automaton would be huge is followed without one', () => {
  const constraint = compile('(a|b)*a(a|b){25}');
  expect(accepts(constraint, tokenizer, `bba${'ab'.repeat(12)}b`)).toBe(true);
  expect(accepts(constraint, tokenizer, `abb${'ab'.repeat(12)}b`)).toBe(false);
});

test('properties of characters are those of JavaScript', () => {
  const constraint = compile('\\p{Lu}[^\\p{L}]\\P{Lu}');
  const candidates = ['Ä1ä', 'Ω😀b', 'a1b', 'Aäb', 'A1B'];
  expect(candidates.map((text) => accepts(constraint, tokenizer, text))).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
});

test('anchors may stand at the ends of each alternative', () => {
  const constraint = compile('^(?:the|a)$|^hello');
  expect(['the', 'a', 'hello', 'he', 'hello!'].map((text) => accepts(constraint, tokenizer, text))).toEqual([
    true,
    true,
    true,
    false,
    false,
  ]);
});

describe('what is no regular expression, or more than one, is refused with its place', () => {
  test.each([
    ['(a)\\1', /"\\1" is not supported \(at/],
    ['a(?=b)', /lookaround/],
    ['(?<!a)b', /lookaround/],
    ['(?i:a)', /flags/],
    ['\\bword\\b', /"\\b" is not supported/],
    ['a^b', /"\^" is supported at the start only/],
    ['(a$)b', /"\$" is supported at the end/],
    ['(a', /not closed/],
    ['a)', /unmatched/],
    ['[a', /ends too early/],
    ['*a', /nothing to stand for/],
    ['a{3,2}', /wrong order/],
    ['a**', /follows another/],
    ['[z-a]', /wrong order/],
    ['[\\d-z]', /ends with a class/],
    ['\\p{Nonsense}', /no property/],
    ['\\u{110000}', /no such character/],
    ['a{5000}', /go up to 4096/],
    ['x'.repeat(20_000), /at most 16384/],
    ['('.repeat(200) + ')'.repeat(200), /nested too deep/],
  ])('%#', (source, message) => {
    expect(() => compile(source)).toThrow(ConstraintError);
    expect(() => compile(source)).toThrow(message);
  });
});

test('expressions that blow up are refused', () => {
  for (const source of ['((a{1000}){1000}){1000}', '(a?){2000}(a?){2000}', '\\p{L}{4000}']) {
    expect(() => compile(source)).toThrow(/too large or too ambiguous/);
  }
});

test('an expression that matches nothing is refused', () => {
  expect(() => compile('a[^\\s\\S]')).toThrow(/contradicts itself/);
});
