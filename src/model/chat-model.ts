import type { Message, Usage } from '../run.ts';

export interface ChatOptions {
  signal?: AbortSignal | undefined;
  temperature?: number | undefined;
  maxTokens?: number | undefined;
  seed?: number | undefined;
  stop?: readonly string[] | undefined;
  /** Taken off a token's logit for each time it was said before; from -2 to 2. */
  frequencyPenalty?: number | undefined;
  /**
   * A JSON Schema that the reply must meet (`response_format` of type `json_schema`). An endpoint may refuse it, or
   * pass over it: whoever asks checks the reply.
   */
  schema?: object | undefined;
  /** Names the conversation, so that an endpoint can keep its prefix at hand (`prompt_cache_key`). */
  cacheKey?: string | undefined;
}

export interface ChatReply {
  text: string;
  usage: Usage | undefined;
}

/** What an endpoint tells of the model it serves. */
export interface ServedModel {
  /** Tokens that prompt and reply may hold together. */
  contextLength: number;
  /** `assumed` when neither the endpoint nor the settings name it. */
  contextFrom: 'endpoint' | 'setting' | 'assumed';
  /** Weights of the model; undefined where the endpoint does not tell. */
  parameters: number | undefined;
  /** Of the model's file; undefined where the endpoint does not tell. */
  sha256: string | undefined;
  /** How replies attend to keys and values; undefined where the endpoint does not tell. */
  kv: 'full' | 'specache' | undefined;
}

/** All that agents know of a language model. */
export interface ChatModel {
  /** As the endpoint names it; stored with every run. */
  readonly name: string;
  /** Throws `EndpointUnreachableError` or `EndpointError`; on abort, the signal's reason. */
  chat(messages: readonly Message[], options?: ChatOptions): Promise<ChatReply>;
  /** Asked once, then remembered. Throws as `chat` does. */
  served(signal?: AbortSignal): Promise<ServedModel>;
  /** Prompt tokens of this conversation: exact where the endpoint has `/tokenize`, else an estimate. */
  countTokens(messages: readonly Message[], signal?: AbortSignal): Promise<number>;
}

/** Below this many weights an answer is marked as smoke-scale wherever it is shown. */
const SMOKE_SCALE_BELOW = 1e9;

export function isSmokeScale(served: ServedModel): boolean {
  return served.parameters !== undefined && served.parameters < SMOKE_SCALE_BELOW;
}
