import type { Sampler } from '../engine/sampler.ts';

/** What to generate, and what to do with each token. */
export interface GenerationRequest {
  /** At least one token. */
  prompt: readonly number[];
  /** At least one; prompt and reply must fit the engine's context. */
  maxTokens: number;
  sampler: Sampler;
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

  /** Chooses the next token from the last one's logits, and ends the job where it or the limit says so. */
  advance(logits: Float32Array): void {
    try {
      const token = this.request.sampler.sample(logits);
      this.tokens.push(token);
      if (!this.request.accept(token)) this.#finish('stop');
      else if (this.tokens.length - this.request.prompt.length >= this.request.maxTokens)
        this.#finish('length');
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
