import { BytePairCodec } from './byte-pair.ts';
import type { GgufMetadata } from './gguf-metadata.ts';
import { SentencePieceCodec } from './sentence-piece.ts';
import { SpecialTokens } from './special-tokens.ts';
import type { TextCodec } from './text-codec.ts';
import type { Tokenizer } from './tokenizer.ts';
import { unsupported } from './unsupported.ts';
import { readVocabulary, TokenType, type Vocabulary } from './vocabulary.ts';

/**
 * The tokenizer that a model file describes: byte-level BPE (`gpt2`) or SentencePiece (`llama`). Equal to
 * llama.cpp's, token for token. Throws `MalformedFileError` on a broken vocabulary, `PathactError` on a
 * kind we do not know.
 */
export function loadTokenizer(metadata: GgufMetadata): Tokenizer {
  const vocabulary = readVocabulary(metadata);
  const codec = createCodec(metadata, vocabulary);
  const spacePrefix = codec instanceof SentencePieceCodec && readSpacePrefix(metadata);
  return new VocabularyTokenizer(vocabulary, codec, spacePrefix);
}

function createCodec(metadata: GgufMetadata, vocabulary: Vocabulary): TextCodec {
  const kind = metadata.text('tokenizer.ggml.model') ?? 'none';
  switch (kind) {
    case 'gpt2':
      return new BytePairCodec(metadata, vocabulary);
    case 'llama':
      return new SentencePieceCodec(metadata, vocabulary);
    default:
      throw unsupported(`the tokenizer "${kind}"`, ['gpt2', 'llama']);
  }
}

const readSpacePrefix = (metadata: GgufMetadata) => metadata.flag('tokenizer.ggml.add_space_prefix') ?? true;

class VocabularyTokenizer implements Tokenizer {
  readonly vocabularySize: number;
  readonly bosId: number | undefined;
  readonly eosId: number | undefined;
  readonly stopIds: ReadonlySet<number>;
  readonly controlTokens: readonly { id: number; text: string }[];
  readonly #vocabulary: Vocabulary;
  readonly #codec: TextCodec;
  readonly #spacePrefix: boolean;
  /** All special tokens, and those that are read in plain text too: the user-defined ones. */
  readonly #specials: SpecialTokens;
  readonly #userDefined: SpecialTokens;

  constructor(vocabulary: Vocabulary, codec: TextCodec, spacePrefix: boolean) {
    this.vocabularySize = vocabulary.tokens.length;
    this.bosId = vocabulary.bosId;
    this.eosId = vocabulary.eosId;
    this.stopIds = vocabulary.stopIds;
    this.#vocabulary = vocabulary;
    this.#codec = codec;
    this.#spacePrefix = spacePrefix;
    const tokens = vocabulary.tokens.map((text, id) => ({ text, id }));
    const userDefined = tokens.filter(({ id }) => vocabulary.types[id] === TokenType.userDefined);
    this.#userDefined = new SpecialTokens(userDefined);
    this.controlTokens = tokens.filter(({ id }) => this.isControl(id));
    this.#specials = new SpecialTokens([...this.controlTokens, ...userDefined]);
  }

  encode(text: string, options: { special?: boolean; addBos?: boolean } = {}): number[] {
    const ids: number[] = [];
    const { bosId, addBos } = this.#vocabulary;
    if (options.addBos && addBos && bosId !== undefined) ids.push(bosId);
    const specials = options.special ? this.#specials : this.#userDefined;
    let afterSpecial = true;
    for (const piece of specials.split(text.toWellFormed())) {
      if ('id' in piece) ids.push(piece.id);
      else this.#codec.encode(this.#spacePrefix && afterSpecial ? ` ${piece.text}` : piece.text, ids);
      afterSpecial = 'id' in piece;
    }
    return ids;
  }

  decode(ids: ArrayLike<number>, options: { special?: boolean } = {}): string {
    const parts = Array.from(ids, (id) =>
      options.special && this.isControl(id) ? Buffer.from(this.#vocabulary.tokens[id]!) : this.bytes(id),
    );
    const text = Buffer.concat(parts).toString('utf8');
    return this.#spacePrefix && text.startsWith(' ') ? text.slice(1) : text;
  }

  bytes(id: number): Uint8Array {
    this.#check(id);
    return this.isControl(id) ? new Uint8Array() : this.#codec.bytes(id);
  }

  isControl(id: number): boolean {
    const type = this.#vocabulary.types[id];
    return type === TokenType.control || type === TokenType.unknown;
  }

  #check(id: number): void {
    if (!Number.isInteger(id) || id < 0 || id >= this.vocabularySize) {
      throw new RangeError(`token id ${id} is not in a vocabulary of ${this.vocabularySize}`);
    }
  }
}
