import type { Context } from 'hono';
import type { Engine } from '../engine/engine.ts';
import { type ApiError, toApiError } from './api-error.ts';
import { ChatLimits } from './chat/chat-limits.ts';
import { type ChatListener, type ChatResult, ChatService, type PreparedChat } from './chat/chat-service.ts';
import { Conversations } from './chat/conversations.ts';
import { Embedder } from './embeddings/embedder.ts';
import { ConstraintStore } from './generation/constraint-store.ts';
import { PromptEncoder } from './generation/prompt-encoder.ts';
import {
  type TextListener,
  type TextRequest,
  type TextResult,
  TextService,
} from './generation/text-service.ts';
import { Metrics } from './metrics.ts';
import { PromptLimit } from './prompt-limit.ts';
import { Scheduler } from './scheduling/scheduler.ts';
import type { SchedulerOptions } from './scheduling/scheduler-options.ts';
import type { ServedModel } from './served-model.ts';

export interface ServingOptions {
  scheduler: SchedulerOptions;
  /** A Jinja template in place of the model file's own. */
  chatTemplate?: string | undefined;
  /** Whom a request is from, so that the queue is fair to each; undefined where that is not known. */
  clientOf?: ((c: Context) => string | undefined) | undefined;
  /** Told of every failure that is not the client's. */
  onError?: ((error: unknown) => void) | undefined;
}

/** One model at work: what the routes share. */
export class Serving {
  readonly engine: Engine;
  readonly model: ServedModel;
  readonly scheduler: Scheduler;
  readonly prompts: PromptEncoder;
  readonly constraints: ConstraintStore;
  readonly conversations: Conversations;
  readonly texts: TextService;
  readonly chats: ChatService;
  readonly embedder: Embedder;
  readonly metrics: Metrics;
  readonly clientOf: (c: Context) => string | undefined;
  readonly #onError: ServingOptions['onError'];

  /** Throws `MalformedFileError` when the model's chat template cannot be read. */
  constructor(engine: Engine, model: ServedModel, options: ServingOptions) {
    this.scheduler = new Scheduler(engine, options.scheduler);
    const limit = new PromptLimit(engine.tokenizer, this.scheduler.contextLength);
    this.engine = engine;
    this.model = model;
    this.prompts = new PromptEncoder(engine, limit);
    this.constraints = new ConstraintStore(engine.tokenizer);
    this.conversations = new Conversations(engine, limit, options.chatTemplate);
    this.texts = new TextService(engine, this.scheduler, limit);
    this.chats = new ChatService(this.conversations, new ChatLimits(engine.tokenizer, this.constraints));
    this.embedder = new Embedder(engine);
    this.metrics = new Metrics(this.scheduler, engine);
    this.clientOf = options.clientOf ?? (() => undefined);
    this.#onError = options.onError;
  }

  /** Generates text, and lets the metrics follow it. */
  async generate(request: TextRequest, signal: AbortSignal, listener: TextListener): Promise<TextResult> {
    const times = this.metrics.follow();
    const result = await this.texts.generate(request, signal, {
      ...listener,
      onToken(choice) {
        times.token(choice);
        listener.onToken?.(choice);
      },
    });
    times.end();
    this.metrics.finished(result);
    return result;
  }

  chat(chat: PreparedChat, signal: AbortSignal, listener: ChatListener): Promise<ChatResult> {
    return this.chats.generate(chat, (...request) => this.generate(...request), signal, listener);
  }

  /** What a client is told of an error; what is not its fault is reported. */
  explain(error: unknown): ApiError {
    const apiError = toApiError(error);
    if (apiError.status === 500) this.#onError?.(error);
    return apiError;
  }

  /** Refuses new requests and resolves when the running ones have ended. */
  async drain(): Promise<void> {
    await Promise.all([this.scheduler.drain(), this.embedder.drain()]);
    this.metrics.close();
  }
}
