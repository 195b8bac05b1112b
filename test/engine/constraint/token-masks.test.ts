import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileConstraint } from '../../../src/engine/constraint/compile-constraint.ts';
import type { ConstraintSpec } from '../../../src/engine/constraint/constraint.ts';
import { constraintVocabulary } from '../../../src/engine/constraint/constraint-vocabulary.ts';
import { randomSource } from '../../../src/engine/random.ts';
import { accepts, allowedTokens, randomReply } from '../../helpers/constrained-walk.ts';
import { tinyTokenizer } from '../../helpers/tiny-tokenizer.ts';

const tokenizer = tinyTokenizer();
const vocabulary = constraintVocabulary(tokenizer);
const compile = (spec: ConstraintSpec) => compileConstraint(spec, vocabulary);
const bytesOf = (id: number) => Buffer.from(tokenizer.bytes(id)).toString('latin1');
const latin1 = (text: string) => Buffer.from(text).toString('latin1');
const everyToken = Array.from({ length: tokenizer.vocabularySize }, (_, id) => id);

/** The fewest tokens that spell these bytes, by trying all. */
function fewestTokens(bytes: string): number {
  const fewest = [0];
  for (let end = 1; end <= bytes.length; end++) {
    const steps = everyToken
      .map(bytesOf)
      .filter((token) => token !== '' && bytes.slice(0, end).endsWith(token))
      .map((token) => fewest[end - token.length]! + 1);
    fewest.push(Math.min(...steps));
  }
  return fewest[bytes.length]!;
}

describe('masks of a choice', () => {
  const word = fc.stringMatching(/^[then protising,é]{1,9}$/);
  const words = fc.uniqueArray(word, { minLength: 1, maxLength: 6 });

  test('a token is allowed if and only if a text goes on with it and its shortest rest fits', () => {
    fc.assert(
      fc.property(words, fc.nat(), fc.nat(12), (choices, seed, extra) => {
        const random = randomSource(seed);
        const texts = choices.map(latin1);
        const state = compile({ kind: 'choice', choices }).start();
        let soFar = '';
        for (let left = state.shortestCompletion() + extra; left > 0; left--) {
          const rests = texts
            .filter((text) => text.startsWith(soFar))
            .map((text) => text.slice(soFar.length));
          const shortest = Math.min(...rests.map(fewestTokens));
          expect(state.shortestCompletion()).toBe(shortest + 1);
          expect(state.isComplete).toBe(rests.includes(''));
          const expected = everyToken.filter((id) => {
            if (tokenizer.stopIds.has(id)) return rests.includes('');
            const bytes = bytesOf(id);
            const after = rests.filter((rest) => bytes !== '' && rest.startsWith(bytes));
            return after.some((rest) => fewestTokens(rest.slice(bytes.length)) + 2 <= left);
          });
          const allowed = allowedTokens(state.mask(left));
          expect(allowed).toEqual(expected);
          const token = allowed[Math.floor(random() * allowed.length)]!;
          state.accept(token);
          if (tokenizer.stopIds.has(token)) return;
          soFar += bytesOf(token);
        }
        throw new Error('the tokens ran out');
      }),
      { numRuns: 150 },
    );
  });

  test('control tokens are never allowed, stop tokens where the text is complete', () => {
    const state = compile({ kind: 'regex', pattern: '[\\s\\S]*' }).start();
    const allowed = allowedTokens(state.mask(100));
    const controls = tokenizer.controlTokens.map(({ id }) => id);
    expect(allowed.filter((id) => controls.includes(id)).sort()).toEqual([...tokenizer.stopIds].sort());
    const unfinished = compile({ kind: 'regex', pattern: '[\\s\\S]+' }).start();
    expect(allowedTokens(unfinished.mask(100)).some((id) => controls.includes(id))).toBe(false);
  });

  test('a token that no mask allowed is refused, and nothing comes after the stop token', () => {
    const state = compile({ kind: 'choice', choices: ['the'] }).start();
    expect(() => state.accept(tokenizer.encode('z')[0]!)).toThrow(RangeError);
    expect(() => state.accept([...tokenizer.stopIds][0]!)).toThrow(RangeError);
    for (const token of tokenizer.encode('the')) state.accept(token);
    state.accept([...tokenizer.stopIds][0]!);
    expect(allowedTokens(state.mask(10))).toEqual([]);
    expect(() => state.accept(tokenizer.encode('t')[0]!)).toThrow(RangeError);
  });
});

const specs: [string, ConstraintSpec][] = [
  ['JSON', { kind: 'json' }],
  ['any value', { kind: 'schema', schema: {} }],
  ['an expression', { kind: 'regex', pattern: '(the|a)( protein)*[.!]|é{2,5}ñ?|[\\u{1f600}-\\u{1f64f}]+' }],
  ['a grammar', { kind: 'grammar', grammar: 'root ::= "(" root ")" | "the" | [^()]{2,3}' }],
  [
    'a sequence',
    {
      kind: 'sequence',
      parts: [
        { kind: 'text', text: '<call>' },
        { kind: 'repeat', part: { kind: 'json' }, min: 1, max: 3, separator: ', ' },
        {
          kind: 'any-of',
          options: [
            { kind: 'text', text: '</call>' },
            { kind: 'choice', choices: ['.', '!'] },
          ],
        },
      ],
    },
  ],
];

describe.each(specs)('replies held to %s', (_, spec) => {
  const constraint = compile(spec);

  test('end in whatever tokens there are, from the shortest completion on, in well-formed text', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(40), (seed, extra) => {
        const { text } = randomReply(constraint, tokenizer, randomSource(seed), extra);
        expect(accepts(constraint, tokenizer, text)).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  test('a fork goes its own way', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(20), (seed, steps) => {
        const random = randomSource(seed);
        const state = constraint.start();
        for (let i = 0; i < steps && !state.isComplete; i++) {
          const allowed = allowedTokens(state.mask(60 - i));
          state.accept(allowed[Math.floor(random() * allowed.length)]!);
        }
        const before = [...state.mask(30)];
        const fork = state.fork();
        expect([...fork.mask(30)]).toEqual(before);
        const allowed = allowedTokens(fork.mask(30)).filter((id) => !tokenizer.stopIds.has(id));
        if (allowed.length > 0) fork.accept(allowed[Math.floor(random() * allowed.length)]!);
        expect([...state.mask(30)]).toEqual(before);
      }),
      { numRuns: 60 },
    );
  });

  test('what is forced is all that the masks allow', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(30), (seed, steps) => {
        const random = randomSource(seed);
        const state = constraint.start();
        for (let i = 0; i < steps && !state.isComplete; i++) {
          const forced = state.forced(60 - i);
          let text = Buffer.from(forced.flatMap((id) => [...tokenizer.bytes(id)])).toString('latin1');
          const probe = state.fork();
          for (const id of forced) {
            for (const other of allowedTokens(probe.mask(1000))) {
              const bytes = bytesOf(other);
              expect(text.startsWith(bytes) || bytes.startsWith(text)).toBe(true);
            }
            probe.accept(id);
            text = text.slice(bytesOf(id).length);
          }
          const allowed = allowedTokens(state.mask(60 - i));
          state.accept(allowed[Math.floor(random() * allowed.length)]!);
        }
      }),
      { numRuns: 60 },
    );
  });
});

test('a text is forced in the tokens that the tokenizer makes of it', () => {
  const text = 'the protein, hello world';
  const state = compile({ kind: 'text', text }).start();
  expect(state.forced(50)).toEqual(tokenizer.encode(text));
  expect(
    compile({ kind: 'choice', choices: ['the protein.', 'the protein!'] })
      .start()
      .forced(50),
  ).toEqual(tokenizer.encode('the protein'));
});

test('with fewer tokens left than a completion needs, the nearest end is taken', () => {
  const state = compile({ kind: 'choice', choices: ['hello', 'hello hello hello'] }).start();
  const tokens: number[] = [];
  for (let left = 1; !state.isComplete; left = 1) {
    const [token] = allowedTokens(state.mask(left));
    state.accept(token!);
    tokens.push(token!);
  }
  expect(tokenizer.decode(tokens)).toBe('hello');
});
