import { Detokenizer } from '../../engine/detokenizer.ts';
import type { Tokenizer } from '../../engine/tokenizer.ts';
import type { ConstraintStart } from '../tools/constraint-start.ts';
import { tokenText } from './log-probabilities.ts';
import type { ReplyLimit } from './text-service.ts';
import { maskOf, type TokenMask } from './token-mask.ts';

export interface Delay {
  /** Watches for the place where the limit begins. */
  start: ConstraintStart;
  /** The text whose end is that place. */
  marker: string;
  /** The marker has to come: the reply may not end without it, and it is written for the model in good time. */
  isRequired: boolean;
}

/**
 * Free text up to a marker, then whatever the limit allows. No token may reach past the marker's end, so that the limit
 * sees all of its text, and none may complete the marker when too few tokens are left for what must follow.
 */
export class DelayedLimit implements ReplyLimit {
  readonly #tokenizer: Tokenizer;
  readonly #delay: Delay;
  readonly #limit: ReplyLimit;
  readonly #detokenizer: Detokenizer;
  readonly #markerTokens: readonly number[];
  /** Tokens of the marker that must come now. */
  #closing: number[] | undefined;
  /** The end of the text so far, which may hold the marker's beginning. */
  #tail = '';

  constructor(tokenizer: Tokenizer, delay: Delay, limit: ReplyLimit) {
    this.#tokenizer = tokenizer;
    this.#delay = delay;
    this.#limit = limit;
    this.#detokenizer = new Detokenizer(tokenizer);
    this.#markerTokens = tokenizer.encode(delay.marker, { special: true });
  }

  mask(tokensLeft: number): TokenMask | undefined {
    if (this.#delay.start.begun) return this.#limit.mask(tokensLeft);
    const size = this.#tokenizer.vocabularySize;
    const after = this.#limit.shortestCompletion();
    if (this.#delay.isRequired && tokensLeft - 1 < this.#markerTokens.length + after) {
      this.#closing ??= [...this.#markerTokens];
      return maskOf(this.#closing.slice(0, 1), size);
    }
    const forbidden = this.#overreaching(tokensLeft - 1 >= after);
    if (this.#delay.isRequired) forbidden.push(...this.#tokenizer.stopIds);
    return forbidden.length === 0 ? undefined : maskOf(forbidden, size).map((bits) => ~bits);
  }

  accept(token: number): void {
    const { start, marker } = this.#delay;
    if (start.begun) {
      this.#limit.accept(token);
      return;
    }
    this.#closing?.shift();
    const text = this.#textOf(token);
    this.#tail = (this.#tail + text).slice(-marker.length);
    const rest = start.push(text) ?? '';
    for (const id of this.#tokenizer.encode(rest)) this.#limit.accept(id);
  }

  forced(tokensLeft: number): readonly number[] {
    return this.#delay.start.begun ? this.#limit.forced(tokensLeft) : [];
  }

  /** A reply may do without a marker that is not required. */
  shortestCompletion(): number {
    const { start, isRequired } = this.#delay;
    if (start.begun) return this.#limit.shortestCompletion();
    return isRequired ? this.#markerTokens.length + this.#limit.shortestCompletion() : 1;
  }

  /** Some models have their tags as control tokens. */
  #textOf(token: number): string {
    const isControl = this.#tokenizer.isControl(token);
    return isControl ? this.#tokenizer.decode([token], { special: true }) : this.#detokenizer.push(token);
  }

  /** The tokens that must not come now: those that complete the marker and go on, or all that do where it does not fit. */
  #overreaching(fits: boolean): number[] {
    const { marker } = this.#delay;
    const before = this.#tail.slice(-(marker.length - 1));
    const tokens = completing(this.#tokenizer, marker).filter(({ text }) => {
      const at = (before + text).indexOf(marker);
      return at >= 0 && (!fits || at + marker.length < before.length + text.length);
    });
    return tokens.map(({ id }) => id);
  }
}

interface Token {
  id: number;
  text: string;
}
const known = new WeakMap<Tokenizer, Map<string, readonly Token[]>>();

/** The tokens that could complete a marker: those whose text holds its last character. Found once for each. */
function completing(tokenizer: Tokenizer, marker: string): readonly Token[] {
  const last = marker.at(-1)!;
  const lists = known.get(tokenizer) ?? new Map<string, readonly Token[]>();
  known.set(tokenizer, lists);
  const tokens = lists.get(last) ?? tokensWith(tokenizer, last);
  lists.set(last, tokens);
  return tokens;
}

function tokensWith(tokenizer: Tokenizer, character: string): Token[] {
  const ids = Array.from({ length: tokenizer.vocabularySize }, (_, id) => id);
  const tokens = ids.map((id) => ({ id, text: tokenText(tokenizer, id).token }));
  return tokens.filter(({ text }) => text.includes(character));
}
