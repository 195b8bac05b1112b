import type { Tokenizer } from '../tokenizer.ts';
import { RuleCompiler } from './compile-rules.ts';
import { buildTrie, type TokenTrie } from './token-trie.ts';

/** What constraints need of a tokenizer, made once for it. */
export interface ConstraintVocabulary {
  readonly tokenizer: Tokenizer;
  readonly trie: TokenTrie;
  readonly rules: RuleCompiler;
}

const vocabularies = new WeakMap<Tokenizer, ConstraintVocabulary>();

/** The same object for the same tokenizer. The first call reads all tokens: some 50 ms for 49K, 150 ms for 152K. */
export function constraintVocabulary(tokenizer: Tokenizer): ConstraintVocabulary {
  const known = vocabularies.get(tokenizer);
  if (known) return known;
  const trie = buildTrie(tokenizer);
  const vocabulary = { tokenizer, trie, rules: new RuleCompiler(trie) };
  vocabularies.set(tokenizer, vocabulary);
  return vocabulary;
}
