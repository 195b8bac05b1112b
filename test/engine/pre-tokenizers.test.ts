import fc from 'fast-check';
import { expect, test } from 'vitest';
import { preTokenizer } from '../../src/engine/pre-tokenizers.ts';

// The expressions as their models publish them. JavaScript's \s differs from theirs in two characters, which stay out.
const cased = "(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])";
const withDigits = (digits: string) =>
  `${cased}|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|${digits}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`;
const published: Record<string, string[]> = {
  smollm: ['\\p{N}', "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)"],
  qwen2: [withDigits('\\p{N}')],
  'llama-bpe': [withDigits('\\p{N}{1,3}')],
};

/** Each expression cuts what the one before left; text that does not match is a piece of its own. */
function cut(text: string, expressions: readonly string[]): string[] {
  return expressions.reduce((pieces, source) => pieces.flatMap((piece) => cutOnce(piece, source)), [text]);
}

function cutOnce(piece: string, source: string): string[] {
  const pieces: string[] = [];
  let end = 0;
  for (const match of piece.matchAll(new RegExp(source, 'gu'))) {
    pieces.push(piece.slice(end, match.index), match[0]);
    end = match.index + match[0].length;
  }
  return [...pieces, piece.slice(end)].filter((part) => part !== '');
}

const letters = [...' \t\r\n\n  aZé日\u0301١½7٣.!\'"-_<|>😀\u00a0\u3000', "'ll", "'S", '  ', 'word', '12345'];
const text = fc
  .oneof(
    fc.array(fc.constantFrom(...letters), { maxLength: 30 }),
    fc.array(fc.string({ unit: 'binary', maxLength: 5 })),
  )
  .map((parts) =>
    parts
      .join('')
      .toWellFormed()
      .replace(/[\x85\ufeff]/g, ''),
  );

test.each(Object.keys(published))('%s cuts text where its published expressions do', (name) => {
  fc.assert(
    fc.property(text, (value) => {
      expect(preTokenizer(name)!(value)).toEqual(cut(value, published[name]!));
    }),
    { numRuns: 2000 },
  );
});

test.each(Object.keys(published))('%s loses no character', (name) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (value) => preTokenizer(name)!(value).join('') === value),
  );
});
