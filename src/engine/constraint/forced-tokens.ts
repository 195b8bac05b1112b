import type { Configuration } from './configuration.ts';
import type { ConstraintVocabulary } from './constraint-vocabulary.ts';
import { childOf, type TokenTrie } from './token-trie.ts';

/** Longer forced texts come in pieces. */
const MOST_BYTES = 512;

/** See `ConstraintState.forced`. */
export function forcedTokens(
  from: Configuration,
  vocabulary: ConstraintVocabulary,
  tokensLeft: number | undefined,
): number[] {
  const { bytes, end } = forcedBytes(from);
  if (bytes.length === 0) return [];
  const { tokenizer, trie } = vocabulary;
  const tokens: number[] = [];
  let at: Configuration | null = from;
  let start = 0;
  for (const token of tokenizer.encode(wholeCharacters(bytes))) {
    const piece = tokenizer.bytes(token);
    if (!startsWith(bytes, start, piece) || mayGoOn(trie, bytes.subarray(start), end)) break;
    for (const byte of piece) at = at?.step(byte) ?? null;
    if (!at || !fits(from.cost, at.cost, tokens.length + 1, tokensLeft)) break;
    tokens.push(token);
    start += piece.length;
  }
  return tokens;
}

/** The bytes that can only come next, and where they lead. */
function forcedBytes(from: Configuration): { bytes: Uint8Array; end: Configuration } {
  const bytes: number[] = [];
  let end = from;
  for (let byte = end.onlyByte; byte !== undefined && bytes.length < MOST_BYTES; byte = end.onlyByte) {
    bytes.push(byte);
    end = end.step(byte)!;
  }
  return { bytes: Uint8Array.from(bytes), end };
}

/** The text up to the last whole character; empty where it begins within one. */
function wholeCharacters(bytes: Uint8Array): string {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes, { stream: true });
  return text.startsWith('\ufffd') ? '' : text;
}

const startsWith = (bytes: Uint8Array, at: number, piece: Uint8Array) =>
  piece.length > 0 && piece.length <= bytes.length - at && piece.every((byte, i) => byte === bytes[at + i]);

/** True where a token runs through all that is left of the forced text and on into what may follow. */
function mayGoOn(trie: TokenTrie, rest: Uint8Array, end: Configuration): boolean {
  let node = 0;
  for (const byte of rest) {
    const child = childOf(trie, node, byte);
    if (child === undefined) return false;
    node = child;
  }
  for (let child = node + 1; child < trie.next[node]!; child = trie.next[child]!) {
    if (end.step(trie.byte[child]!)) return true;
  }
  return false;
}

/** Whether `count` tokens leave enough to finish: of the tokens left, or of any number that was enough before. */
const fits = (before: number, after: number, count: number, tokensLeft: number | undefined) =>
  tokensLeft === undefined ? count <= before - after : count + after + 1 <= tokensLeft;
