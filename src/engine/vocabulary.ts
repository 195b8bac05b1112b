import type { GgufMetadata } from './gguf-metadata.ts';

/** A model's tokens and what is special about some of them. */
export interface Vocabulary {
  tokens: readonly string[];
  /** Of each token; see `TokenType`. */
  types: ArrayLike<number>;
  ids: ReadonlyMap<string, number>;
  bosId: number | undefined;
  eosId: number | undefined;
  /** The file wants BOS in front of a prompt. */
  addBos: boolean;
  stopIds: ReadonlySet<number>;
}

/** `tokenizer.ggml.token_type`. */
export const TokenType = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;

/** Texts that end a turn or a document. Some files forget to mark them; like llama.cpp, we take them as control tokens. */
const endTexts = [
  '<|im_end|>',
  '<|endoftext|>',
  '<|eot_id|>',
  '<|eom_id|>',
  '<|end_of_text|>',
  '<|end|>',
  '<end_of_turn>',
  '<end_of_utterance>',
  '</s>',
];

/** These end a turn too, where the file says that they are control tokens; elsewhere they may be ordinary text. */
const endControls = [
  '<eos>',
  '<EOT>',
  '< EOT >',
  '_<EOT>',
  '[EOT]',
  '[EOS]',
  '<|eos|>',
  '<|eot|>',
  '<|eom|>',
  '<|eod|>',
  '<|return|>',
  '<|call|>',
  '<|endofturn|>',
  '<|end_of_turn|>',
  '<｜end▁of▁sentence｜>',
];

/** Special tokens are searched for in every text; real ones are a few thousand short strings. */
const LIMITS = { specialLength: 512, allSpecialLengths: 1_000_000 } as const;

/** Throws `MalformedFileError` when the file has no vocabulary or one that contradicts itself. */
export function readVocabulary(metadata: GgufMetadata): Vocabulary {
  const tokens = metadata.texts('tokenizer.ggml.tokens');
  if (!tokens?.length) throw metadata.malformed('"tokenizer.ggml.tokens"', 'is missing or empty');
  const ids = new Map(tokens.map((text, id) => [text, id]));
  const types = readTypes(metadata, tokens.length);
  const idsOf = (texts: readonly string[]) =>
    texts.map((text) => ids.get(text)).filter((id) => id !== undefined);
  const ends = idsOf(endTexts);
  for (const id of ends) types[id] = TokenType.control;
  ends.push(...idsOf(endControls).filter((id) => types[id] === TokenType.control));
  checkSpecial(metadata, tokens, types);
  const bosId = readId(metadata, 'bos_token_id', tokens.length);
  const eosId = readId(metadata, 'eos_token_id', tokens.length);
  const eotId = readId(metadata, 'eot_token_id', tokens.length);
  const eomId = readId(metadata, 'eom_token_id', tokens.length);
  const stopIds = new Set([...ends, eosId, eotId, eomId].filter((id) => id !== undefined));
  return { tokens, types, ids, bosId, eosId, addBos: readAddBos(metadata), stopIds };
}

function readTypes(metadata: GgufMetadata, count: number): Uint8Array {
  const types = metadata.numbers('tokenizer.ggml.token_type');
  if (!types) return new Uint8Array(count).fill(TokenType.normal);
  if (types.length === count) return Uint8Array.from(types);
  throw metadata.malformed('"tokenizer.ggml.token_type"', `has ${types.length} entries for ${count} tokens`);
}

function checkSpecial(metadata: GgufMetadata, tokens: readonly string[], types: Uint8Array): void {
  const lengths = tokens.filter((_, id) => isSpecial(types[id]!)).map((text) => text.length);
  const all = lengths.reduce((sum, length) => sum + length, 0);
  if (lengths.some((length) => length > LIMITS.specialLength) || all > LIMITS.allSpecialLengths) {
    throw metadata.malformed('"tokenizer.ggml.tokens"', 'has special tokens of absurd length');
  }
}

const isSpecial = (type: number) =>
  type === TokenType.control || type === TokenType.unknown || type === TokenType.userDefined;

function readId(metadata: GgufMetadata, name: string, count: number): number | undefined {
  const id = metadata.integer(`tokenizer.ggml.${name}`);
  if (id === undefined || (id >= 0 && id < count)) return id;
  throw metadata.malformed(`"tokenizer.ggml.${name}"`, `is ${id}; there are ${count} tokens`);
}

// Files that do not say mean what llama.cpp assumes for their kind.
function readAddBos(metadata: GgufMetadata): boolean {
  const stated = metadata.flag('tokenizer.ggml.add_bos_token');
  const llama3 = metadata.text('tokenizer.ggml.pre') === 'llama-bpe';
  return stated ?? (llama3 || metadata.text('tokenizer.ggml.model') === 'llama');
}
