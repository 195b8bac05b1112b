import { Detokenizer } from '../../engine/detokenizer.ts';
import type { Tokenizer } from '../../engine/tokenizer.ts';
import type { ChosenLogProbability } from './log-probabilities.ts';
import { StopStrings } from './stop-strings.ts';

/** A piece of a reply, with the log-probabilities of the tokens that began in it, where they are asked for. */
export interface TextPiece {
  text: string;
  logprobs: readonly PlacedLogProbability[];
}

export interface PlacedLogProbability extends ChosenLogProbability {
  /** Characters of the reply before the token. */
  offset: number;
}

export interface ReplyRules {
  /** The reply ends before the first of them. */
  stops: readonly string[];
  /** Control tokens whose text is part of the reply. */
  shownControls?: ReadonlySet<number> | undefined;
}

/** Tokens in, pieces of text out: whole characters only, and nothing from a stop string on. */
export class ReplyText {
  readonly #tokenizer: Tokenizer;
  readonly #shownControls: ReplyRules['shownControls'];
  readonly #detokenizer: Detokenizer;
  readonly #stops: StopStrings;
  readonly #onPiece: (piece: TextPiece) => void;
  /** Log-probabilities of tokens whose text is not given out yet. */
  #waiting: PlacedLogProbability[] = [];
  #decoded = 0;
  #given = 0;

  constructor(
    tokenizer: Tokenizer,
    { stops, shownControls }: ReplyRules,
    onPiece: (piece: TextPiece) => void,
  ) {
    this.#tokenizer = tokenizer;
    this.#shownControls = shownControls;
    this.#detokenizer = new Detokenizer(tokenizer);
    this.#stops = new StopStrings(stops);
    this.#onPiece = onPiece;
  }

  /** False once a stop string has come. */
  push(token: number, logprob: ChosenLogProbability | undefined): boolean {
    if (logprob) this.#waiting.push({ ...logprob, offset: this.#decoded });
    const text = this.#textOf(token);
    this.#decoded += text.length;
    this.#give(this.#stops.push(text));
    return !this.#stops.found;
  }

  /** Gives what was held back, when the reply has ended. */
  finish(): void {
    const rest = this.#stops.finish();
    if (this.#stops.found) this.#waiting = [];
    this.#give(rest, Number.POSITIVE_INFINITY);
  }

  #textOf(token: number): string {
    if (!this.#shownControls?.has(token)) return this.#detokenizer.push(token);
    return this.#tokenizer.decode([token], { special: true });
  }

  /** Gives text out, with the tokens that begin before its end. */
  #give(text: string, end = this.#given + text.length): void {
    this.#given += text.length;
    const count = this.#waiting.findIndex(({ offset }) => offset >= end);
    const logprobs = this.#waiting.splice(0, count < 0 ? this.#waiting.length : count);
    if (text !== '' || logprobs.length > 0) this.#onPiece({ text, logprobs });
  }
}
