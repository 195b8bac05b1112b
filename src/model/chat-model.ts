import type { Message, Usage } from '../run.ts';

export interface ChatOptions {
  signal?: AbortSignal | undefined;
  temperature?: number | undefined;
  maxTokens?: number | undefined;
  seed?: number | undefined;
  stop?: readonly string[] | undefined;
}

export interface ChatReply {
  text: string;
  usage: Usage | undefined;
}

/** All that agents know of a language model. */
export interface ChatModel {
  /** As the endpoint names it; stored with every run. */
  readonly name: string;
  /** Throws `EndpointUnreachableError` or `EndpointError`. */
  chat(messages: readonly Message[], options?: ChatOptions): Promise<ChatReply>;
  /** Tokens that prompt and reply may hold together. */
  contextLength(signal?: AbortSignal): Promise<number>;
  /** Prompt tokens of this conversation: exact where the endpoint has `/tokenize`, else an estimate. */
  countTokens(messages: readonly Message[], signal?: AbortSignal): Promise<number>;
}
