import {
  type ChatTemplate,
  compileChatTemplate,
  type TemplateMessage,
  textOf,
} from '../engine/chat-template.ts';
import { Detokenizer } from '../engine/detokenizer.ts';
import type { Engine } from '../engine/engine.ts';
import { Sampler, type SamplerSettings } from '../engine/sampler.ts';
import { ApiError, badRequest } from './api-error.ts';
import { PromptLimit } from './prompt-limit.ts';
import { Scheduler, type SchedulerOptions } from './scheduler.ts';
import { StopStrings } from './stop-strings.ts';

export interface TextRequest {
  prompt: readonly number[];
  /** Cut to what the context leaves; undefined takes all of it. */
  maxTokens: number | undefined;
  sampling: SamplerSettings;
  stops: readonly string[];
  cacheKey: string | undefined;
}

export interface TextResult {
  finishReason: 'stop' | 'length';
  promptTokens: number;
  cachedTokens: number;
  completionTokens: number;
}

/** Text in, text out, over one engine: what the routes share. */
export class TextService {
  readonly engine: Engine;
  readonly scheduler: Scheduler;
  readonly #template: ChatTemplate | undefined;
  readonly #limit: PromptLimit;

  constructor(engine: Engine, options: SchedulerOptions, chatTemplate?: string) {
    this.engine = engine;
    this.scheduler = new Scheduler(engine, options);
    this.#limit = new PromptLimit(engine.tokenizer, this.scheduler.contextLength);
    const source = chatTemplate ?? engine.facts.chatTemplate;
    this.#template = source === undefined ? undefined : compileChatTemplate(source, engine.tokenizer);
  }

  /** The tokens of a conversation, up to where the assistant answers. Throws `ApiError`. */
  encodeChat(messages: readonly TemplateMessage[]): number[] {
    if (!this.#template) {
      throw badRequest(
        'This model has no chat template. Serve it with --chat-template NAME|FILE, or use /v1/completions.',
        'messages',
        'no_chat_template',
      );
    }
    this.#limit.checkText(
      messages.map(({ content }) => textOf(content)),
      'messages',
    );
    return this.#template.encode(messages);
  }

  /** The tokens of a raw prompt, in which control tokens count as such. Throws `ApiError`. */
  encodePrompt(prompt: string | readonly number[]): number[] {
    const { tokenizer } = this.engine;
    if (typeof prompt !== 'string') return [...prompt];
    this.#limit.checkText([prompt], 'prompt');
    const ids = tokenizer.encode(prompt, { special: true, addBos: true });
    if (ids.length === 0 && tokenizer.bosId !== undefined) return [tokenizer.bosId];
    return ids;
  }

  /** Throws `ApiError` where a request can be refused before any of its reply is sent. */
  check({ prompt }: TextRequest, param: 'messages' | 'prompt'): void {
    if (prompt.length === 0) throw badRequest(`${param}: the prompt is empty.`, param);
    const strange = prompt.find((id) => id >= this.engine.tokenizer.vocabularySize);
    if (strange !== undefined) throw badRequest(`${param}: this model has no token ${strange}.`, param);
    this.#limit.checkTokens(prompt.length, param);
    this.scheduler.ensureRoom();
  }

  /** Generates one reply; `onText` gets it piece by piece. Rejects with the signal's reason on abort. */
  async generate(
    request: TextRequest,
    signal: AbortSignal,
    onText: (text: string) => void,
  ): Promise<TextResult> {
    const { prompt, sampling, stops, cacheKey } = request;
    const { tokenizer } = this.engine;
    const room = this.scheduler.contextLength - prompt.length;
    const detokenizer = new Detokenizer(tokenizer);
    const stopStrings = new StopStrings(stops);
    const give = (text: string) => {
      if (text !== '') onText(text);
    };
    const { finish, cachedTokens, completionTokens } = await this.scheduler.run({
      prompt,
      maxTokens: Math.min(request.maxTokens ?? room, room),
      chooser: new Sampler(sampling, prompt),
      cacheKey,
      signal,
      accept(token) {
        if (tokenizer.stopIds.has(token)) return false;
        give(stopStrings.push(detokenizer.push(token)));
        return !stopStrings.found;
      },
    });
    give(stopStrings.finish());
    return { finishReason: finish, promptTokens: prompt.length, cachedTokens, completionTokens };
  }

  tokenize(content: string, options: { special: boolean; addBos: boolean }): number[] {
    if (content.length > TOKENIZE_LIMIT) {
      throw new ApiError(413, `content: at most ${TOKENIZE_LIMIT} characters.`, { param: 'content' });
    }
    return this.engine.tokenizer.encode(content, options);
  }
}

/** Tokenising is quick, but it holds up everybody's streams while it lasts. */
const TOKENIZE_LIMIT = 4_000_000;
