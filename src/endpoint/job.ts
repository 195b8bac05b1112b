/** Chooses the tokens of one generation. `tokensLeft` counts those that may still come, the next one included. */
export interface TokenChooser {
  /** What the next choice needs besides logits; called while the forward pass for them runs. */
  prepare?(tokensLeft: number): void;
  /** The next token by the last one's logits (the row may be changed), and any that can only follow it. */
  choose(logits: Float32Array, tokensLeft: number): readonly number[];
}

/** What to generate, and what to do with each token. */
export interface GenerationRequest {
  /** At least one token. */
  prompt: readonly number[];
  /** At least one; prompt and reply must fit the engine's context. */
  maxTokens: number;
  chooser: TokenChooser;
  /** Conversations of one key prefer one slot. */
  cacheKey?: string | undefined;
  signal: AbortSignal;
  /** Called with each token when it is chosen; false ends the generation there. */
  accept(token: number): boolean;
}

export interface GenerationResult {
  /** `stop`: `accept` ended it; `length`: `maxTokens` did. */
  finish: 'stop' | 'length';
  /** Prompt tokens whose keys and values were still there. */
  cachedTokens: number;
  completionTokens: number;
}

/** One request on its way through queue and slot. */
export class Job {
  readonly request: GenerationRequest;
  readonly done: Promise<GenerationResult>;
  /** Prompt and reply so far. */
  readonly tokens: number[];
  cachedTokens = 0;
  isOver = false;
  readonly #resolve: (result: GenerationResult) => void;
  readonly #reject: (reason: unknown) => void;

  constructor(request: GenerationRequest) {
    this.request = request;
    this.tokens = [...request.prompt];
    const { promise, resolve, reject } = Promise.withResolvers<GenerationResult>();
    [this.done, this.#resolve, this.#reject] = [promise, resolve, reject];
  }

  get isDecoding(): boolean {
    return this.tokens.length > this.request.prompt.length;
  }

  /** Tokens that may still come. */
  get tokensLeft(): number {
    return this.request.prompt.length + this.request.maxTokens - this.tokens.length;
  }

  /** Chooses the next token from the last one's logits, and ends the job where it or the limit says so. */
  advance(logits: Float32Array): void {
    try {
      for (const token of this.request.chooser.choose(logits, this.tokensLeft)) {
        this.tokens.push(token);
        const goesOn = this.request.accept(token);
        if (goesOn && this.tokensLeft > 0) continue;
        this.#finish(goesOn ? 'length' : 'stop');
        break;
      }
    } catch (error) {
      this.fail(error);
    }
  }

  fail(reason: unknown): void {
    this.isOver = true;
    this.#reject(reason);
  }

  #finish(finish: GenerationResult['finish']): void {
    this.isOver = true;
    const completionTokens = this.tokens.length - this.request.prompt.length;
    this.#resolve({ finish, cachedTokens: this.cachedTokens, completionTokens });
  }
}
