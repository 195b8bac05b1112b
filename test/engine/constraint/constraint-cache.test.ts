import { expect, test } from 'vitest';
import type { ConstraintSpec } from '../../../src/engine/constraint/constraint.ts';
import { ConstraintCache } from '../../../src/engine/constraint/constraint-cache.ts';
import { ConstraintError } from '../../../src/engine/constraint/constraint-error.ts';
import { constraintVocabulary } from '../../../src/engine/constraint/constraint-vocabulary.ts';
import { tinyTokenizer } from '../../helpers/tiny-tokenizer.ts';

const choice = (text: string): ConstraintSpec => ({ kind: 'choice', choices: [text] });

test('equal specs share a constraint until others have pushed it out', () => {
  const cache = new ConstraintCache(constraintVocabulary(tinyTokenizer()), 2);
  const first = cache.get(choice('a'));
  cache.get(choice('b'));
  expect(cache.get(choice('a'))).toBe(first);
  cache.get(choice('c'));
  expect(cache.get(choice('a'))).toBe(first);
  cache.get(choice('b'));
  cache.get(choice('c'));
  expect(cache.get(choice('a'))).not.toBe(first);
});

test('what cannot be followed is refused each time', () => {
  const cache = new ConstraintCache(constraintVocabulary(tinyTokenizer()));
  for (let i = 0; i < 2; i++) expect(() => cache.get(choice('a')).start()).not.toThrow();
  for (let i = 0; i < 2; i++) {
    expect(() => cache.get({ kind: 'regex', pattern: '(' })).toThrow(ConstraintError);
  }
});
