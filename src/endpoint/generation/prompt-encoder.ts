import type { Engine } from '../../engine/engine.ts';
import { ApiError } from '../api-error.ts';
import type { PromptLimit } from '../prompt-limit.ts';

/** Tokenising is quick, but it holds up everybody's streams while it lasts. */
const TOKENIZE_LIMIT = 4_000_000;

/** Raw text as tokens. */
export class PromptEncoder {
  readonly #engine: Engine;
  readonly #limit: PromptLimit;

  constructor(engine: Engine, limit: PromptLimit) {
    this.#engine = engine;
    this.#limit = limit;
  }

  /** The tokens of a raw prompt, in which control tokens count as such. Throws `ApiError`. */
  encode(prompt: string | readonly number[], param: string): number[] {
    const { tokenizer } = this.#engine;
    if (typeof prompt !== 'string') return [...prompt];
    this.#limit.checkText([prompt], param);
    const ids = tokenizer.encode(prompt, { special: true, addBos: true });
    if (ids.length === 0 && tokenizer.bosId !== undefined) return [tokenizer.bosId];
    return ids;
  }

  /** For counting: may be longer than the context. */
  tokenize(content: string, options: { special: boolean; addBos: boolean }): number[] {
    if (content.length > TOKENIZE_LIMIT) {
      throw new ApiError(413, `content: at most ${TOKENIZE_LIMIT} characters.`, { param: 'content' });
    }
    return this.#engine.tokenizer.encode(content, options);
  }
}
