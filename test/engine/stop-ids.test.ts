import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readGguf } from '../../src/engine/gguf.ts';
import { loadTokenizer } from '../../src/engine/load-tokenizer.ts';
import type { Tokenizer } from '../../src/engine/tokenizer.ts';
import { encodeGguf, type Value } from '../helpers/encode-gguf.ts';
import { bytePairVocabulary } from '../helpers/tiny-vocabulary.ts';

const NORMAL = 1;
const CONTROL = 3;

/** The tiny vocabulary with more tokens at its end; gives the tokenizer and the first one's id. */
function withTokens(
  tokens: readonly [string, number][],
  more: (first: number) => Record<string, Value> = () => ({}),
) {
  const vocabulary = bytePairVocabulary('smollm');
  const { strings } = vocabulary['tokenizer.ggml.tokens'] as { strings: string[] };
  const { i32s } = vocabulary['tokenizer.ggml.token_type'] as { i32s: number[] };
  const first = strings.length;
  const changed = {
    ...vocabulary,
    'tokenizer.ggml.tokens': { strings: [...strings, ...tokens.map(([text]) => text)] },
    'tokenizer.ggml.token_type': { i32s: [...i32s, ...tokens.map(([, type]) => type)] },
    ...more(first),
  };
  return { tokenizer: load(changed), first };
}

function load(metadata: Record<string, Value>): Tokenizer {
  const folder = mkdtempSync(join(tmpdir(), 'stop-ids-'));
  try {
    const file = join(folder, 'tiny.gguf');
    writeFileSync(file, encodeGguf(metadata, []));
    return loadTokenizer(readGguf(file).metadata);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('EOS, the end of a turn and the end of a message by their ids stop, whatever their texts', () => {
  const tokens: [string, number][] = ['<a>', '<b>', '<c>', '<d>'].map((text) => [text, CONTROL]);
  const { tokenizer, first } = withTokens(tokens, (id) => ({
    'tokenizer.ggml.eos_token_id': { u32: id },
    'tokenizer.ggml.eot_token_id': { u32: id + 1 },
    'tokenizer.ggml.eom_token_id': { u32: id + 2 },
  }));
  expect(tokenizer.stopIds).toEqual(new Set([0, 2, first, first + 1, first + 2]));
});

test('the usual end tokens stop by their texts, and are control tokens even where a file forgets to say so', () => {
  const texts = [
    '<|eot_id|>',
    '<|eom_id|>',
    '<|end_of_text|>',
    '<|end|>',
    '<end_of_turn>',
    '<end_of_utterance>',
    '</s>',
  ];
  const { tokenizer, first } = withTokens(texts.map((text) => [text, NORMAL]));
  const ids = texts.map((_, i) => first + i);
  expect(tokenizer.stopIds).toEqual(new Set([0, 2, ...ids]));
  expect(ids.every((id) => tokenizer.isControl(id))).toBe(true);
  expect(tokenizer.encode('a <|eot_id|></s>').some((id) => tokenizer.isControl(id))).toBe(false);
});

test.each(['<eos>', '[EOS]', '<EOT>', '< EOT >', '<|return|>', '<|call|>', '<｜end▁of▁sentence｜>'])(
  '%s stops where it is a control token, and is text where it is not',
  (text) => {
    const control = withTokens([[text, CONTROL]]);
    expect(control.tokenizer.stopIds.has(control.first)).toBe(true);
    const normal = withTokens([[text, NORMAL]]);
    expect(normal.tokenizer.stopIds.has(normal.first)).toBe(false);
    expect(normal.tokenizer.isControl(normal.first)).toBe(false);
  },
);

test('tokens that open a turn do not stop', () => {
  const { tokenizer, first } = withTokens([
    ['<|start_header_id|>', CONTROL],
    ['<start_of_turn>', CONTROL],
    ['<|python_tag|>', CONTROL],
  ]);
  expect([0, 1, 2].some((i) => tokenizer.stopIds.has(first + i))).toBe(false);
  expect(tokenizer.stopIds.has(1)).toBe(false);
});

test('an end token id that the vocabulary lacks is a broken file', () => {
  expect(() => withTokens([], (id) => ({ 'tokenizer.ggml.eom_token_id': { u32: id } }))).toThrow(
    /eom_token_id/,
  );
});
