/** One way of turning plain text into tokens; special tokens are split off before it. */
export interface TextCodec {
  /** Appends the tokens of well-formed text. */
  encode(text: string, into: number[]): void;
  /** What a token stands for. */
  bytes(id: number): Uint8Array;
}
