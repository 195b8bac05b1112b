/** Text to token ids and back, from the model file's own vocabulary. */
export interface Tokenizer {
  readonly vocabularySize: number;
  readonly bosId: number | undefined;
  readonly eosId: number | undefined;
  /** Every id that ends a generation: EOS, EOT and the usual end tokens found by text. */
  readonly stopIds: ReadonlySet<number>;
  /** Every control token with its text, e.g. `<|im_start|>`. */
  readonly controlTokens: readonly { id: number; text: string }[];
  /**
   * `special: true` reads control tokens such as `<|im_start|>` as their ids; `false` (the default)
   * treats them as plain text. No BOS is added unless `addBos` is true and the file asks for one.
   */
  encode(text: string, options?: { special?: boolean; addBos?: boolean }): number[];
  decode(ids: ArrayLike<number>, options?: { special?: boolean }): string;
  /** The raw bytes of one token; empty for control tokens. */
  bytes(id: number): Uint8Array;
  isControl(id: number): boolean;
}
