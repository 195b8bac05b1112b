/** What a reply must be. */
export type ConstraintSpec =
  /** Exactly this text. */
  | { kind: 'text'; text: string }
  /** One JSON object. */
  | { kind: 'json' }
  /** One JSON value that is valid against the JSON Schema. */
  | { kind: 'schema'; schema: unknown }
  | { kind: 'choice'; choices: readonly string[] }
  /** The whole text matches. */
  | { kind: 'regex'; pattern: string }
  /** GBNF as llama.cpp reads it; the rule `root` begins. */
  | { kind: 'grammar'; grammar: string }
  | { kind: 'sequence'; parts: readonly ConstraintSpec[] }
  | { kind: 'any-of'; options: readonly ConstraintSpec[] }
  | {
      kind: 'repeat';
      part: ConstraintSpec;
      min: number;
      max?: number | undefined;
      separator?: string | undefined;
    };

/** A compiled spec. It is immutable: one serves any number of requests. */
export interface Constraint {
  start(): ConstraintState;
}

/** How far one reply has come under its constraint. */
export interface ConstraintState {
  /**
   * Bit i is set where token i may come next; ceil(V/32) words, valid until the next call. `tokensLeft` counts the next
   * token too: no token is allowed after which the text could not be completed in the tokens left. With fewer left
   * than `shortestCompletion()`, only the way to the nearest end is allowed. Stop tokens are allowed where the text
   * is complete, control tokens never.
   */
  mask(tokensLeft: number): Uint32Array;
  /** Throws `RangeError` for a token that no mask allowed. */
  accept(token: number): void;
  /**
   * Tokens that can only come next; empty where there is a choice. They are the tokenizer's own for the text that must
   * follow, without those at its end that might be one with what comes after. `tokensLeft` as for `mask`; without it
   * they are as few as fit whatever is left.
   */
  forced(tokensLeft?: number): readonly number[];
  readonly isComplete: boolean;
  /** Tokens of a shortest completion from here, the stop token included; at least this many make the text complete. */
  shortestCompletion(): number;
  fork(): ConstraintState;
}
