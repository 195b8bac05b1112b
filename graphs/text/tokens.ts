import { countTokens as countCl100k } from 'gpt-tokenizer/encoding/cl100k_base';

/** cl100k_base tokens, in which rendering limits are stated. Special tokens in the text count as plain text. */
export function countTokens(text: string): number {
  return countCl100k(text, { disallowedSpecial: new Set() });
}
