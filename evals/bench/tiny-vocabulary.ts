import { byteCharacters } from '../../src/engine/byte-alphabet.ts';
import type { Value } from './encode-gguf.ts';

export const CHATML =
  "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

const words = ' the, and,ing, of, protein,hello, world,user,system,assistant,you,are, a,er,in'.split(',');
const controls = ['<|endoftext|>', '<|im_start|>', '<|im_end|>'];

const NORMAL = 1;
const UNKNOWN = 2;
const CONTROL = 3;
const BYTE = 6;

/** Byte-level BPE: three control tokens, all 256 bytes, and the pieces of a few words. */
export function bytePairVocabulary(pre: string): Record<string, Value> {
  const tokens = [...controls, ...byteCharacters];
  const merges: string[] = [];
  for (const word of words) addMerges(word.replaceAll(' ', byteCharacters[32]!), tokens, merges);
  return {
    'tokenizer.ggml.model': { string: 'gpt2' },
    'tokenizer.ggml.pre': { string: pre },
    'tokenizer.ggml.tokens': { strings: tokens },
    'tokenizer.ggml.token_type': { i32s: tokens.map((_, id) => (id < controls.length ? CONTROL : NORMAL)) },
    'tokenizer.ggml.merges': { strings: merges },
    'tokenizer.ggml.bos_token_id': { u32: 1 },
    'tokenizer.ggml.eos_token_id': { u32: 2 },
    'tokenizer.ggml.add_bos_token': { bool: false },
  };
}

function addMerges(word: string, tokens: string[], merges: string[]): void {
  for (let end = 2; end <= word.length; end++) {
    const piece = word.slice(0, end);
    if (tokens.includes(piece)) continue;
    tokens.push(piece);
    merges.push(`${word.slice(0, end - 1)} ${word[end - 1]}`);
  }
}

/** SentencePiece as Gemma has it: scores, `▁` for a space, a token for each byte, turns as control tokens. */
export function sentencePieceVocabulary(): Record<string, Value> {
  const special = ['<pad>', '<eos>', '<bos>', '<unk>', '<start_of_turn>', '<end_of_turn>'];
  const bytes = Array.from(
    { length: 256 },
    (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`,
  );
  const letters = [...'▁abcdefghijklmnopqrstuvwxyz.,'];
  const pieces = [
    'th',
    'the',
    '▁the',
    'he',
    'el',
    'hel',
    'lo',
    'hello',
    '▁hello',
    'in',
    'ing',
    '▁▁',
    '▁a',
    'an',
  ];
  const tokens = [...special, ...bytes, ...pieces, ...letters];
  const types = [CONTROL, CONTROL, CONTROL, UNKNOWN, CONTROL, CONTROL, ...bytes.map(() => BYTE)];
  return {
    'tokenizer.ggml.model': { string: 'llama' },
    'tokenizer.ggml.tokens': { strings: tokens },
    'tokenizer.ggml.scores': { f32s: tokens.map((_, id) => (id < 262 ? 0 : 262 - id)) },
    'tokenizer.ggml.token_type': { i32s: tokens.map((_, id) => types[id] ?? NORMAL) },
    'tokenizer.ggml.bos_token_id': { u32: 2 },
    'tokenizer.ggml.eos_token_id': { u32: 1 },
    'tokenizer.ggml.unknown_token_id': { u32: 3 },
    'tokenizer.ggml.add_bos_token': { bool: true },
    'tokenizer.ggml.add_space_prefix': { bool: false },
  };
}
