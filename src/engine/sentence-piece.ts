import type { GgufMetadata } from './gguf-metadata.ts';
import { type MergeTable, mergeSymbols } from './merge.ts';
import type { TextCodec } from './text-codec.ts';
import { TokenType, type Vocabulary } from './vocabulary.ts';

const SPACE = '\u2581';

/**
 * SentencePiece's BPE: characters, joined while the joined text is a token, best score first; what is no
 * token in the end becomes byte tokens `<0xNN>`. No pre-tokenizer: the whole text is one word.
 */
export class SentencePieceCodec implements TextCodec {
  readonly #vocabulary: Vocabulary;
  readonly #ranks: Int32Array;
  readonly #byteIds: readonly (number | undefined)[];
  readonly #bytesOf: ReadonlyMap<number, number>;

  constructor(metadata: GgufMetadata, vocabulary: Vocabulary) {
    const scores = metadata.numbers('tokenizer.ggml.scores');
    if (scores?.length !== vocabulary.tokens.length) {
      throw metadata.malformed('"tokenizer.ggml.scores"', 'does not hold one score for each token');
    }
    this.#vocabulary = vocabulary;
    this.#ranks = rankByScore(scores);
    this.#byteIds = Array.from({ length: 256 }, (_, byte) => vocabulary.ids.get(byteToken(byte)));
    this.#bytesOf = new Map(this.#byteIds.flatMap((id, byte) => (id === undefined ? [] : [[id, byte]])));
  }

  encode(text: string, into: number[]): void {
    const symbols = new Symbols(text.replaceAll(' ', SPACE), this.#vocabulary, this.#ranks);
    for (const symbol of mergeSymbols(symbols.initial, symbols)) {
      const id = symbols.tokenOf(symbol);
      if (id !== undefined) into.push(id);
      else this.#pushBytes(symbols.textOf(symbol), into);
    }
  }

  bytes(id: number): Uint8Array {
    const byte = this.#bytesOf.get(id);
    if (byte !== undefined) return Uint8Array.of(byte);
    const text = this.#vocabulary.tokens[id]!;
    const isNormal = this.#vocabulary.types[id] === TokenType.normal;
    return Buffer.from(isNormal ? text.replaceAll(SPACE, ' ') : text);
  }

  #pushBytes(text: string, into: number[]): void {
    for (const byte of Buffer.from(text)) {
      const id = this.#byteIds[byte] ?? this.#vocabulary.ids.get('<unk>');
      if (id !== undefined) into.push(id);
    }
  }
}

/** Symbols of one text: token ids, and past the vocabulary the text's characters that are no tokens. */
class Symbols implements MergeTable {
  readonly initial: Int32Array;
  readonly #vocabulary: Vocabulary;
  readonly #ranks: Int32Array;
  readonly #strangers: string[] = [];

  constructor(text: string, vocabulary: Vocabulary, ranks: Int32Array) {
    this.#vocabulary = vocabulary;
    this.#ranks = ranks;
    const strangers = new Map<string, number>();
    this.initial = Int32Array.from(text, (character) => {
      const known = vocabulary.ids.get(character) ?? strangers.get(character);
      if (known !== undefined) return known;
      const symbol = vocabulary.tokens.length + this.#strangers.length;
      strangers.set(character, symbol);
      this.#strangers.push(character);
      return symbol;
    });
  }

  tokenOf(symbol: number): number | undefined {
    return symbol < this.#vocabulary.tokens.length ? symbol : undefined;
  }

  textOf(symbol: number): string {
    const count = this.#vocabulary.tokens.length;
    return symbol < count ? this.#vocabulary.tokens[symbol]! : this.#strangers[symbol - count]!;
  }

  join(a: number, b: number): number {
    return this.#vocabulary.ids.get(this.textOf(a) + this.textOf(b)) ?? -1;
  }

  rank(a: number, b: number): number {
    const joined = this.join(a, b);
    return joined < 0 ? -1 : this.#ranks[joined]!;
  }
}

const byteToken = (byte: number) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;

/** Equal scores share a rank, so that the leftmost of them goes first. */
function rankByScore(scores: ArrayLike<number>): Int32Array {
  const distinct = Float64Array.from(new Set(Array.from(scores)))
    .sort()
    .reverse();
  const rankOf = new Map(Array.from(distinct, (score, rank) => [score, rank]));
  return Int32Array.from(scores, (score) => rankOf.get(score)!);
}
