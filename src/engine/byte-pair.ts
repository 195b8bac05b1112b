import { alphabetBytes, byteCharacters } from './byte-alphabet.ts';
import type { GgufMetadata } from './gguf-metadata.ts';
import { type MergeTable, mergeSymbols } from './merge.ts';
import { preTokenizer, preTokenizerNames } from './pre-tokenizers.ts';
import type { TextCodec } from './text-codec.ts';
import { unsupported } from './unsupported.ts';
import { TokenType, type Vocabulary } from './vocabulary.ts';

const CACHED_WORDS = 32_768;
const CACHED_WORD_LENGTH = 32;

/** Byte-level BPE: words of the pre-tokenizer, their bytes, merges by rank. */
export class BytePairCodec implements TextCodec {
  readonly #split: (text: string) => string[];
  readonly #vocabulary: Vocabulary;
  readonly #merges: PairTable;
  /** Whole words that are tokens are taken as they are (Llama 3). */
  readonly #ignoreMerges: boolean;
  readonly #cache = new Map<string, readonly number[]>();

  constructor(metadata: GgufMetadata, vocabulary: Vocabulary) {
    const pre = metadata.text('tokenizer.ggml.pre') ?? 'none';
    const split = preTokenizer(pre);
    if (!split) throw unsupported(`the pre-tokenizer "${pre}"`, preTokenizerNames);
    this.#split = split;
    this.#vocabulary = vocabulary;
    this.#merges = readMerges(metadata, vocabulary);
    this.#ignoreMerges = pre.startsWith('llama');
  }

  encode(text: string, into: number[]): void {
    for (const word of this.#split(text)) for (const id of this.#encodeWord(word)) into.push(id);
  }

  bytes(id: number): Uint8Array {
    const text = this.#vocabulary.tokens[id]!;
    const isRaw = this.#vocabulary.types[id] !== TokenType.normal;
    return (isRaw ? undefined : alphabetBytes(text)) ?? Buffer.from(text);
  }

  #encodeWord(word: string): readonly number[] {
    const cached = this.#cache.get(word);
    if (cached) return cached;
    const ids = this.#merge(word);
    if (word.length > CACHED_WORD_LENGTH) return ids;
    if (this.#cache.size >= CACHED_WORDS) this.#cache.clear();
    this.#cache.set(word, ids);
    return ids;
  }

  #merge(word: string): readonly number[] {
    const bytes = Buffer.from(word);
    if (this.#ignoreMerges) {
      const whole = this.#vocabulary.ids.get(Array.from(bytes, (byte) => byteCharacters[byte]).join(''));
      if (whole !== undefined) return [whole];
    }
    const symbols = Array.from(bytes, (byte) => this.#merges.byteSymbols[byte]!);
    const merged = mergeSymbols(symbols, this.#merges);
    const count = this.#vocabulary.tokens.length;
    return merged.some((symbol) => symbol >= count) ? merged.filter((symbol) => symbol < count) : merged;
  }
}

/** Merges by the pair of symbols. Bytes without a token of their own are symbols past the vocabulary. */
class PairTable implements MergeTable {
  readonly byteSymbols: readonly number[];
  readonly #ranks = new Map<number, number>();
  readonly #joined: number[] = [];
  readonly #count: number;

  constructor({ ids, tokens }: Vocabulary) {
    this.#count = tokens.length + 256;
    this.byteSymbols = byteCharacters.map((character, byte) => ids.get(character) ?? tokens.length + byte);
  }

  add(left: number, right: number, joined: number): void {
    const pair = left * this.#count + right;
    if (!this.#ranks.has(pair)) this.#ranks.set(pair, this.#joined.length);
    this.#joined.push(joined);
  }

  rank(a: number, b: number): number {
    return this.#ranks.get(a * this.#count + b) ?? -1;
  }

  join(a: number, b: number): number {
    return this.#joined[this.rank(a, b)]!;
  }
}

function readMerges(metadata: GgufMetadata, vocabulary: Vocabulary): PairTable {
  const merges = metadata.texts('tokenizer.ggml.merges');
  if (!merges) throw metadata.malformed('"tokenizer.ggml.merges"', 'is missing');
  const table = new PairTable(vocabulary);
  merges.forEach((merge, rank) => {
    const space = merge.indexOf(' ', 1);
    const [left, right] = [merge.slice(0, space), merge.slice(space + 1)];
    const ids = [left, right, left + right].map((text) => vocabulary.ids.get(text));
    const [a, b, joined] = ids;
    if (space < 0 || a === undefined || b === undefined || joined === undefined) {
      throw metadata.malformed(`merge ${rank}`, 'is not a pair of tokens that make a third');
    }
    table.add(a, b, joined);
  });
  return table;
}
