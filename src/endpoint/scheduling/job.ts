import { AuditBook, type AuditResult } from './kv-audit.ts';

/** Chooses the tokens of one generation. `tokensLeft` counts those that may still come, the next one included. */
export interface TokenChooser {
  /** What the next choice needs besides logits; called while the forward pass for them runs, sometimes twice. */
  prepare?(tokensLeft: number): void;
  /** The next token by the last one's logits (the row may be changed), and any that can only follow it. */
  choose(logits: Float32Array, tokensLeft: number): readonly number[];
}

/** What to generate, and what to do with each token. */
export interface GenerationRequest {
  /** At least one token. */
  prompt: readonly number[];
  /** At least one; prompt and reply must fit the scheduler's context. */
  maxTokens: number;
  chooser: TokenChooser;
  /** The conversation of a key stays cached for longer. */
  cacheKey?: string | undefined;
  /** Whom to be fair to: a key of the API, an address. Default: the cache key. */
  client?: string | undefined;
  /** How many of the first tokens of prompt and reply may be cached for other requests. Default: all. */
  indexable?: number | undefined;
  /** Attend to keys and values in full precision, where the engine has a low-bit copy. */
  fullPrecision?: boolean | undefined;
  signal: AbortSignal;
  /** Called with each token when it is chosen; false ends the generation there. */
  accept(token: number): boolean;
  /** Called after each step of the prompt, with the tokens done of all. */
  onProgress?(done: number, total: number): void;
}

export interface GenerationResult {
  /** `stop`: `accept` ended it; `length`: `maxTokens` did. */
  finish: 'stop' | 'length';
  /** Prompt tokens whose keys and values were still there. */
  cachedTokens: number;
  completionTokens: number;
  /** Undefined where nothing was audited. */
  audit: AuditResult | undefined;
}

/** One request on its way through queue and batch. */
export class Job {
  readonly request: GenerationRequest;
  readonly done: Promise<GenerationResult>;
  /** Prompt and reply so far. */
  readonly tokens: number[];
  /** Undefined until its prompt was looked up. */
  cachedTokens: number | undefined;
  /** When it left the queue first; undefined until then. */
  startedAt: number | undefined;
  /** Jobs of the same prompt that begin when it is computed. */
  followers: Job[] = [];
  isOver = false;
  readonly audit = new AuditBook();
  readonly #stop = new AbortController();
  readonly #resolve: (result: GenerationResult) => void;
  readonly #reject: (reason: unknown) => void;

  constructor(request: GenerationRequest) {
    this.request = request;
    this.tokens = [...request.prompt];
    const { promise, resolve, reject } = Promise.withResolvers<GenerationResult>();
    [this.done, this.#resolve, this.#reject] = [promise, resolve, reject];
  }

  get client(): string {
    return this.request.client ?? this.request.cacheKey ?? '';
  }

  /** Aborts when the job has failed, for whatever reason. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  get promptLength(): number {
    return this.request.prompt.length;
  }

  get completionTokens(): number {
    return this.tokens.length - this.promptLength;
  }

  /** Tokens that may still come. */
  get tokensLeft(): number {
    return this.request.maxTokens - this.completionTokens;
  }

  /** To be called while the forward pass runs whose logits `advance` gets. */
  prepare(): void {
    this.#try(() => this.request.chooser.prepare?.(this.tokensLeft));
  }

  /** Chooses the next token from the last one's logits, and ends the job where it or the limit says so. */
  advance(logits: Float32Array): void {
    this.#try(() => {
      const chosen = this.request.chooser.choose(logits, this.tokensLeft);
      if (chosen.length === 0) throw new Error('no token was chosen'); // or the same step would come for ever
      for (const token of chosen) {
        this.tokens.push(token);
        if (!this.request.accept(token)) this.#finish('stop');
        else if (this.tokensLeft === 0) this.#finish('length');
        if (this.isOver) return;
      }
    });
  }

  tellProgress(done: number): void {
    this.#try(() => this.request.onProgress?.(Math.min(done, this.promptLength), this.promptLength));
  }

  fail(reason: unknown): void {
    if (this.isOver) return;
    this.isOver = true;
    this.#reject(reason);
    this.#stop.abort(reason);
  }

  /** A callback that throws fails its own job. */
  #try(act: () => void): void {
    if (this.isOver) return;
    try {
      act();
    } catch (error) {
      this.fail(error);
    }
  }

  #finish(finish: GenerationResult['finish']): void {
    this.isOver = true;
    const { completionTokens, cachedTokens = 0 } = this;
    this.#resolve({ finish, cachedTokens, completionTokens, audit: this.audit.result });
  }
}
