import type { Tokenizer } from '../engine/tokenizer.ts';
import { type ApiError, badRequest } from './api-error.ts';

/** Refuses prompts that leave no room for a reply. */
export class PromptLimit {
  readonly #contextLength: number;
  readonly #longestToken: number;

  constructor(tokenizer: Tokenizer, contextLength: number) {
    this.#contextLength = contextLength;
    let longest = tokenizer.controlTokens.reduce((most, { text }) => Math.max(most, text.length), 1);
    for (let id = 0; id < tokenizer.vocabularySize; id++)
      longest = Math.max(longest, tokenizer.bytes(id).length);
    this.#longestToken = longest;
  }

  /** Before rendering and tokenising, which take their time on megabytes: no texts have fewer tokens than this. */
  checkText(texts: readonly string[], param: string): void {
    const characters = texts.reduce((sum, text) => sum + text.length, 0);
    const least = Math.max(texts.length, Math.ceil(characters / this.#longestToken));
    if (least >= this.#contextLength) throw this.#tooLong(`at least ${least}`, param);
  }

  checkTokens(count: number, param: string): void {
    if (count >= this.#contextLength) throw this.#tooLong(String(count), param);
  }

  #tooLong(count: string, param: string): ApiError {
    return badRequest(
      `This model's context length is ${this.#contextLength} tokens, but the prompt has ${count} tokens; ` +
        'shorten it, or serve the model with a larger --ctx.',
      param,
      'context_length_exceeded',
    );
  }
}
