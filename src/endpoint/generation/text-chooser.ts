import { Sampler, type SamplerSettings } from '../../engine/sampler.ts';
import type { TokenChooser } from '../scheduling/job.ts';
import { type ChosenLogProbability, logProbability } from './log-probabilities.ts';
import { allowsOther, keepAllowed, type TokenMask } from './token-mask.ts';

/** What a reply may be, token by token; `ConstraintState` is one. */
export interface TokenLimit {
  /** Undefined allows every token. `tokensLeft` counts the next one too. */
  mask(tokensLeft: number): TokenMask | undefined;
  accept(token: number): void;
  /** Tokens that can only come next. */
  forced(tokensLeft: number): readonly number[];
}

export interface ChooserSettings {
  sampling: SamplerSettings;
  /** The tokens that end a reply. */
  stops: TokenMask;
  /** The reply does not end by itself before it has this many tokens, where its limit allows more. */
  minTokens: number;
  /** The reply never ends by itself. */
  ignoreEos: boolean;
  limit?: TokenLimit | undefined;
  /** How many likely tokens to note at each place; undefined notes nothing. */
  topLogprobs?: number | undefined;
}

/**
 * Chooses a reply's tokens: what limit and stop rules allow, by the sampler. Tokens that can only come next are
 * given at once with the token before them; where log-probabilities are asked for, one by one, as each one's
 * needs logits of its own. The text is the same either way: what is forced costs no random number.
 */
export class TextChooser implements TokenChooser {
  readonly #settings: ChooserSettings;
  readonly #sampler: Sampler;
  #count = 0;
  #mask: TokenMask | undefined;
  /** The count of tokens left that the mask is for. */
  #maskFor: number | undefined;
  /** Forced tokens that are still to be given. */
  #ahead: number[] = [];
  #logprob: ChosenLogProbability | undefined;

  constructor(settings: ChooserSettings, prompt: Iterable<number>) {
    this.#settings = settings;
    this.#sampler = new Sampler(settings.sampling, prompt);
  }

  /** Of the token chosen last; undefined where none are asked for. */
  get logprob(): ChosenLogProbability | undefined {
    return this.#logprob;
  }

  prepare(tokensLeft: number): void {
    if (this.#ahead.length > 0) return;
    this.#mask = this.#settings.limit?.mask(tokensLeft);
    this.#maskFor = tokensLeft;
  }

  choose(logits: Float32Array, tokensLeft: number): readonly number[] {
    const { topLogprobs } = this.#settings;
    const raw = topLogprobs === undefined ? undefined : logits.slice();
    const token = this.#ahead.shift() ?? this.#sample(logits, tokensLeft);
    if (raw) this.#logprob = logProbability(raw, token, topLogprobs!);
    const given = raw ? [token] : [token, ...this.#ahead.splice(0)];
    this.#count += given.length;
    return given;
  }

  #sample(logits: Float32Array, tokensLeft: number): number {
    if (this.#maskFor !== tokensLeft) this.prepare(tokensLeft);
    this.#maskFor = undefined;
    if (this.#mask) keepAllowed(logits, this.#mask);
    if (this.#mayNotStop()) forbid(logits, this.#settings.stops);
    const token = this.#sampler.sample(logits);
    this.#follow(token, tokensLeft - 1);
    return token;
  }

  #mayNotStop(): boolean {
    const { ignoreEos, minTokens, stops } = this.#settings;
    if (!ignoreEos && this.#count >= minTokens) return false;
    return !this.#mask || allowsOther(this.#mask, stops);
  }

  #follow(token: number, tokensLeft: number): void {
    const { limit } = this.#settings;
    if (!limit || isIn(this.#settings.stops, token)) return;
    limit.accept(token);
    this.#ahead = [...limit.forced(tokensLeft)].slice(0, tokensLeft);
    for (const forced of this.#ahead) {
      this.#sampler.note(forced);
      if (!isIn(this.#settings.stops, forced)) limit.accept(forced);
    }
  }
}

const isIn = (mask: TokenMask, id: number) => ((mask[id >>> 5]! >>> (id & 31)) & 1) === 1;

function forbid(logits: Float32Array, mask: TokenMask): void {
  mask.forEach((bits, word) => {
    if (bits === 0) return;
    for (let bit = 0; bit < 32; bit++) {
      if ((bits >>> bit) & 1) logits[word * 32 + bit] = Number.NEGATIVE_INFINITY;
    }
  });
}
