import type { Tokenizer } from '../../engine/tokenizer.ts';
import { type ChosenLogProbability, tokenText } from '../generation/log-probabilities.ts';
import type { PlacedLogProbability } from '../generation/reply-text.ts';

/** The legacy shape: one list for each thing that is known of the tokens. */
export function completionLogprobs(tokenizer: Tokenizer, tokens: readonly PlacedLogProbability[]) {
  return {
    tokens: tokens.map(({ id }) => tokenText(tokenizer, id).token),
    token_logprobs: tokens.map(({ logprob }) => logprob),
    top_logprobs: tokens.map((token) => topOf(tokenizer, token)),
    text_offset: tokens.map(({ offset }) => offset),
  };
}

/** By text; of tokens that look the same, halves of characters for example, the likeliest. */
function topOf(tokenizer: Tokenizer, { id, logprob, top }: ChosenLogProbability): Record<string, number> {
  const entries = [...top.toReversed(), { id, logprob }];
  return Object.fromEntries(entries.map((entry) => [tokenText(tokenizer, entry.id).token, entry.logprob]));
}
