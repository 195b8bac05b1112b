import type { Engine } from '../../engine/engine.ts';
import type { SamplerSettings } from '../../engine/sampler.ts';
import { badRequest } from '../api-error.ts';
import type { PromptLimit } from '../prompt-limit.ts';
import type { GenerationRequest, GenerationResult } from '../scheduling/job.ts';
import { type AuditResult, joinAudits } from '../scheduling/kv-audit.ts';
import type { Scheduler } from '../scheduling/scheduler.ts';
import { ReplyText, type TextPiece } from './reply-text.ts';
import { TextChooser, type TokenLimit } from './text-chooser.ts';
import { maskOf, type TokenMask } from './token-mask.ts';

export interface TextRequest {
  prompt: readonly number[];
  /** Cut to what the context leaves; undefined takes all of it. */
  maxTokens: number | undefined;
  sampling: SamplerSettings;
  stops: readonly string[];
  cacheKey: string | undefined;
  /** Whom the queue is fair to; undefined: the cache key. */
  client?: string | undefined;
  /** How many replies; reply i is drawn with the seed plus i. */
  choices: number;
  minTokens: number;
  ignoreEos: boolean;
  /** Attend to keys and values in full precision, where there is a low-bit copy. */
  fullPrecision?: boolean | undefined;
  /** How many likely tokens to tell at each place; undefined tells none. */
  topLogprobs: number | undefined;
  /** A fresh limit for one reply, where it has one. */
  limit?: (() => ReplyLimit) | undefined;
  /** How many tokens of prompt and reply later requests can begin with; undefined: all. */
  indexable?: number | undefined;
  /** Control tokens whose text is part of the reply: those that a model has for its tags. */
  shownControls?: ReadonlySet<number> | undefined;
}

/** A limit that knows how many tokens the shortest reply takes, the one that ends it included. */
export interface ReplyLimit extends TokenLimit {
  shortestCompletion(): number;
}

export interface TextResult {
  /** Of each reply. */
  choices: readonly { finishReason: 'stop' | 'length'; completionTokens: number }[];
  promptTokens: number;
  cachedTokens: number;
  /** Over all replies; undefined where no step was audited. */
  audit?: AuditResult | undefined;
}

export interface TextListener {
  onPiece(choice: number, piece: TextPiece): void;
  /** Of the prompt, while it is computed. */
  onProgress?(done: number, total: number): void;
  /** Each time tokens of a reply have come. */
  onToken?(choice: number): void;
}

/** Prompt tokens in, text out, over one engine: what all routes that generate share. */
export class TextService {
  readonly engine: Engine;
  readonly scheduler: Scheduler;
  readonly #limit: PromptLimit;
  readonly #stops: TokenMask;

  constructor(engine: Engine, scheduler: Scheduler, limit: PromptLimit) {
    this.engine = engine;
    this.scheduler = scheduler;
    this.#limit = limit;
    this.#stops = maskOf(engine.tokenizer.stopIds, engine.tokenizer.vocabularySize);
  }

  /** Throws `ApiError` where a request can be refused before any of its reply is sent. */
  check(request: TextRequest, param: string): void {
    const { prompt, limit } = request;
    this.checkPrompt(prompt, param);
    if (limit) this.#checkBudget(request, limit().shortestCompletion());
    this.scheduler.ensureRoom(request.choices);
  }

  /** Throws `ApiError` for a prompt that is empty, too long or of tokens that there are not. */
  checkPrompt(prompt: readonly number[], param: string): void {
    if (prompt.length === 0) throw badRequest(`${param}: the prompt is empty.`, param);
    const strange = prompt.find((id) => id >= this.engine.tokenizer.vocabularySize);
    if (strange !== undefined) throw badRequest(`${param}: this model has no token ${strange}.`, param);
    this.#limit.checkTokens(prompt.length, param);
  }

  /** Generates the replies at once; their pieces come as they are made. Rejects with the signal's reason on abort. */
  async generate(request: TextRequest, signal: AbortSignal, listener: TextListener): Promise<TextResult> {
    const replies = Array.from({ length: request.choices }, (_, i) => this.#reply(request, i, listener));
    // One that fails takes the others with it.
    const failed = new AbortController();
    const all = AbortSignal.any([signal, failed.signal]);
    const runs = this.scheduler.runAll(replies.map(({ job }) => ({ ...job, signal: all })));
    const ends = runs.map(async (run, i) => {
      const result = await run;
      replies[i]!.text.finish();
      return result;
    });
    const results = await Promise.all(ends).catch((error) => {
      failed.abort(error);
      throw error;
    });
    return toResult(request.prompt.length, results);
  }

  #reply(request: TextRequest, index: number, listener: TextListener) {
    const { prompt, sampling, stops, minTokens, ignoreEos, topLogprobs, limit, cacheKey } = request;
    const { tokenizer } = this.engine;
    const text = new ReplyText(tokenizer, { stops, shownControls: request.shownControls }, (piece) =>
      listener.onPiece(index, piece),
    );
    const chooser = new TextChooser(
      {
        sampling: { ...sampling, seed: sampling.seed + index },
        stops: this.#stops,
        minTokens,
        ignoreEos,
        limit: limit?.(),
        topLogprobs,
      },
      prompt,
    );
    const job: Omit<GenerationRequest, 'signal'> = {
      prompt,
      maxTokens: this.#maxTokens(request),
      chooser,
      cacheKey,
      client: request.client,
      fullPrecision: request.fullPrecision,
      indexable: request.indexable,
      ...(index === 0 && { onProgress: (done, total) => listener.onProgress?.(done, total) }),
      accept(token) {
        listener.onToken?.(index);
        return !tokenizer.stopIds.has(token) && text.push(token, chooser.logprob);
      },
    };
    return { job, text };
  }

  #maxTokens({ prompt, maxTokens }: TextRequest): number {
    const room = this.scheduler.contextLength - prompt.length;
    return Math.min(maxTokens ?? room, room);
  }

  #checkBudget(request: TextRequest, shortest: number): void {
    const most = this.#maxTokens(request);
    if (shortest <= most) return;
    throw badRequest(
      `The shortest reply in the asked format has ${shortest} tokens, but at most ${most} can come; ` +
        'allow more tokens, or shorten prompt or format.',
      request.maxTokens === most ? 'max_tokens' : 'messages',
      'format_exceeds_budget',
    );
  }
}

function toResult(promptTokens: number, results: readonly GenerationResult[]): TextResult {
  return {
    choices: results.map(({ finish, completionTokens }) => ({ finishReason: finish, completionTokens })),
    promptTokens,
    cachedTokens: results[0]!.cachedTokens,
    audit: joinAudits(results.flatMap(({ audit }) => audit ?? [])),
  };
}
