import type { Tokenizer } from './tokenizer.ts';

/** Turns tokens into text one at a time; a character comes out when its last byte has come in, or never. */
export class Detokenizer {
  readonly #tokenizer: Tokenizer;
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });

  constructor(tokenizer: Tokenizer) {
    this.#tokenizer = tokenizer;
  }

  /** The text that this token completes; often empty in the middle of a character. */
  push(id: number): string {
    return this.#decoder.decode(this.#tokenizer.bytes(id), { stream: true });
  }
}
