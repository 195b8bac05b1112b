import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Vocabulary, words } from '../../graphs/text/vocabulary.ts';

const texts = fc.array(
  fc.oneof(
    fc.string({ unit: fc.constantFrom('a', 'B', '_', '7', ' ', '-', 'é', 'Κ', '\u212a') }),
    fc.string({ unit: 'grapheme' }),
  ),
);

test('a text is numbered word by word as it is split, whatever its letters', () => {
  fc.assert(
    fc.property(texts, (given) => {
      const vocabulary = new Vocabulary();
      const numbers = new Map<string, number>();
      for (const text of given) {
        const expected = words(text).map((word) => {
          if (!numbers.has(word)) numbers.set(word, numbers.size);
          return numbers.get(word);
        });
        expect([...vocabulary.idsOf(text)]).toEqual(expected);
      }
      expect(vocabulary.words()).toEqual([...numbers.keys()]);
      for (const [word, number] of numbers) expect(vocabulary.find(word)).toBe(number);
      expect(vocabulary.find('no such word')).toBeUndefined();
    }),
  );
});

test('a vocabulary of thousands of words finds each, and goes on from what was saved', () => {
  const vocabulary = new Vocabulary();
  const all = Array.from({ length: 5000 }, (_, i) => `word${i}`);
  vocabulary.idsOf(all.slice(0, 2500).join(' '));
  const opened = new Vocabulary(vocabulary.parts());
  opened.idsOf(all.join(', '));
  expect(opened.size).toBe(5000);
  expect(all.map((word) => opened.find(word))).toEqual(all.map((_, i) => i));
});
