import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Tokenizer as HubTokenizer } from '@huggingface/tokenizers';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Detokenizer } from '../../src/engine/detokenizer.ts';
import { readGguf } from '../../src/engine/gguf.ts';
import { loadTokenizer } from '../../src/engine/load-tokenizer.ts';
import { PathactError } from '../../src/errors.ts';
import { defaultModelFile, lacksDefaultModel } from '../helpers/default-model.ts';
import { encodeGguf, type Value } from '../helpers/encode-gguf.ts';
import { lacksSharedData, sharedData } from '../helpers/shared-data.ts';
import { tinyTokenizer } from '../helpers/tiny-tokenizer.ts';
import { bytePairVocabulary } from '../helpers/tiny-vocabulary.ts';

const anyText = fc.string({ unit: 'binary', maxLength: 60 });

describe.each(['smollm', 'qwen2', 'llama-bpe'] as const)(
  'byte-level BPE with the %s pre-tokenizer',
  (pre) => {
    const tokenizer = tinyTokenizer({ pre });

    test('text comes back from its tokens unchanged', () => {
      const text = fc.oneof(anyText, fc.stringMatching(/^[ \t\r\na-cA-C'\d.!日é]*$/));
      fc.assert(
        fc.property(text, (value) => tokenizer.decode(tokenizer.encode(value)) === value.toWellFormed()),
      );
    });

    test('control tokens in plain text are text; asked for, they are themselves', () => {
      const text = 'a<|im_start|>b';
      expect(tokenizer.encode(text).some((id) => tokenizer.isControl(id))).toBe(false);
      expect(tokenizer.encode(text, { special: true })).toEqual([
        ...tokenizer.encode('a'),
        1,
        ...tokenizer.encode('b'),
      ]);
      expect(tokenizer.decode(tokenizer.encode(text, { special: true }), { special: true })).toBe(text);
    });
  },
);

test('merges go by rank and stay inside words', () => {
  const tokenizer = tinyTokenizer({ pre: 'smollm' });
  const pieces = (text: string) => tokenizer.encode(text).map((id) => tokenizer.decode([id]));
  expect(pieces('hello the protein')).toEqual(['hello', ' the', ' prote', 'in']);
  expect(pieces('in 12  the')).toEqual(['in', ' ', '1', '2', ' ', ' the']);
});

// Steps that grow with the square of the length would be 10^10 a text and run out of time.
test('one letter a hundred thousand times is encoded', () => {
  const length = 100_000;
  const tokenizer = tinyTokenizer({ pre: 'smollm' });
  for (const letter of ['a', ' ', '!', '\n', 'é']) {
    const text = letter.repeat(length);
    expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
  }
  const spm = tinyTokenizer({ vocabulary: 'spm' });
  expect(spm.decode(spm.encode('a'.repeat(length)))).toHaveLength(length);
});

test('ids that a vocabulary lacks are a range error', () => {
  expect(() => tinyTokenizer().decode([100_000])).toThrow(RangeError);
  expect(() => tinyTokenizer().decode([1.5])).toThrow(RangeError);
});

describe('SentencePiece', () => {
  const tokenizer = tinyTokenizer({ vocabulary: 'spm' });
  const pieces = (text: string) => tokenizer.encode(text).map((id) => tokenizer.decode([id]));

  test('the best score is joined first, the leftmost among equals', () => {
    expect(pieces('hello the thing')).toEqual(['hello', ' the', ' ', 'th', 'ing']);
  });

  test('characters that are no tokens become their bytes', () => {
    expect(tokenizer.encode('é')).toEqual([6 + 0xc3, 6 + 0xa9]);
    expect(tokenizer.decode([6 + 0xc3, 6 + 0xa9])).toBe('é');
  });

  test('text comes back from its tokens unchanged', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        fc.pre(!text.includes('\u2581'));
        return tokenizer.decode(tokenizer.encode(text)) === text.toWellFormed();
      }),
    );
  });

  test('BOS comes first only where it is asked for and the file wants it', () => {
    expect(tokenizer.encode('a', { addBos: true })[0]).toBe(2);
    expect(tokenizer.encode('a')[0]).not.toBe(2);
    expect(tinyTokenizer().encode('a', { addBos: true })).toEqual(tinyTokenizer().encode('a'));
  });
});

const wrong: [string, Record<string, Value>, RegExp][] = [
  ['no tokens', { 'tokenizer.ggml.tokens': { strings: [] } }, /missing or empty/],
  ['types for other tokens', { 'tokenizer.ggml.token_type': { i32s: [1, 2] } }, /has 2 entries for/],
  ['an end token past the vocabulary', { 'tokenizer.ggml.eos_token_id': { u32: 9999 } }, /is 9999/],
  ['a merge of no pair', { 'tokenizer.ggml.merges': { strings: ['ab'] } }, /merge 0/],
  ['a merge of strangers', { 'tokenizer.ggml.merges': { strings: ['nothing here'] } }, /merge 0/],
  ['tokens that are numbers', { 'tokenizer.ggml.tokens': { i32s: [1] } }, /not a list of strings/],
  ['another kind', { 'tokenizer.ggml.model': { string: 'bert' } }, /"bert".*not supported/],
  ['another pre-tokenizer', { 'tokenizer.ggml.pre': { string: 'tekken' } }, /"tekken".*not supported/],
  [
    'a control token of a million letters',
    { 'tokenizer.ggml.tokens': { strings: ['x'.repeat(1e6)] }, 'tokenizer.ggml.token_type': { i32s: [3] } },
    /absurd length/,
  ],
];
test.each(wrong)('a vocabulary with %s is refused in one line', (_, change, message) => {
  const file = join(mkdtempSync(join(tmpdir(), 'vocabulary-')), 'wrong.gguf');
  onTestFinished(() => rmSync(dirname(file), { recursive: true }));
  writeFileSync(file, encodeGguf({ ...bytePairVocabulary('smollm'), ...change }, []));
  const load = () => loadTokenizer(readGguf(file).metadata);
  expect(load).toThrow(PathactError);
  expect(load).toThrow(message);
});

test('every token that ends a turn stops a generation', () => {
  expect(tinyTokenizer().stopIds).toEqual(new Set([0, 2]));
  expect(tinyTokenizer({ vocabulary: 'spm' }).stopIds).toEqual(new Set([1, 5]));
});

test('the detokenizer gives out whole characters only', () => {
  const tokenizer = tinyTokenizer();
  const detokenizer = new Detokenizer(tokenizer);
  const parts = tokenizer.encode('é😀!').map((id) => detokenizer.push(id));
  expect(parts).toEqual(['', 'é', '', '', '', '😀', '!']);
});

test('streamed text is text decoded at once, without a last character that is not whole', () => {
  const tokenizer = tinyTokenizer();
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 3, max: tokenizer.vocabularySize - 1 })), (ids) => {
      const detokenizer = new Detokenizer(tokenizer);
      const streamed = ids.map((id) => detokenizer.push(id)).join('');
      expect([streamed, `${streamed}\ufffd`]).toContain(tokenizer.decode(ids));
    }),
  );
});

describe.skipIf(lacksDefaultModel)('the default model', () => {
  const { metadata } = readGguf(defaultModelFile);
  const tokenizer = loadTokenizer(metadata);

  test('known ids', () => {
    expect(tokenizer.encode('<|im_start|>user\nHello world', { special: true })).toEqual([
      1, 4093, 198, 19556, 905,
    ]);
    expect(tokenizer.stopIds).toEqual(new Set([0, 2]));
  });

  test.skipIf(lacksSharedData('long-text'))('agrees with the reference tokenizer on books and code', () => {
    const reference = hubTokenizer(
      metadata.texts('tokenizer.ggml.tokens')!,
      metadata.texts('tokenizer.ggml.merges')!,
    );
    const books = ['pg1342', 'pg2701'].map((name) =>
      gunzipSync(readFileSync(sharedData(`long-text/${name}.txt.gz`))),
    );
    const code = readFileSync(new URL('../../src/config.ts', import.meta.url), 'utf8');
    const lines = [...books.map(String), code].flatMap((text) => text.split('\n').slice(0, 700));
    expect(lines.length).toBeGreaterThan(1000);
    for (const line of lines) expect(tokenizer.encode(line), line).toEqual(reference.encode(line).ids);
  });
});

function hubTokenizer(tokens: readonly string[], merges: readonly string[]): HubTokenizer {
  const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]));
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
  const pretokenizers = [{ type: 'Digits', individual_digits: true }, byteLevel];
  const model = { type: 'BPE', vocab, merges, byte_fallback: false, ignore_merges: false };
  const json = {
    version: '1.0',
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: { type: 'Sequence', pretokenizers },
    post_processor: null,
    decoder: { ...byteLevel },
    model,
  };
  return new HubTokenizer(json, { clean_up_tokenization_spaces: false });
}
