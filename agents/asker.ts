import type { ChatModel, ChatOptions, ChatReply, ServedModel } from '../src/model/chat-model.ts';
import type { Message, RunEvent } from '../src/run.ts';

export type AskSettings = Pick<
  ChatOptions,
  'temperature' | 'maxTokens' | 'stop' | 'frequencyPenalty' | 'schema'
>;

/** A reply with its time in milliseconds. */
export interface TimedReply extends ChatReply {
  ms: number;
}

/** One run's line to its model: seed, cache key and signal go along with every call. */
export interface Asker {
  readonly served: ServedModel;
  readonly signal: AbortSignal;
  ask(messages: readonly Message[], settings: AskSettings): Promise<TimedReply>;
  countTokens(messages: readonly Message[]): Promise<number>;
}

export interface AskerOptions {
  model: ChatModel;
  seed: number;
  signal: AbortSignal;
  /** Names the conversation to the endpoint's prefix cache. */
  cacheKey?: string | undefined;
}

export async function createAsker({ model, seed, signal, cacheKey }: AskerOptions): Promise<Asker> {
  const ask = async (messages: readonly Message[], settings: AskSettings): Promise<TimedReply> => {
    const started = performance.now();
    const reply = await model.chat(messages, { ...settings, seed, cacheKey, signal });
    return { ...reply, ms: performance.now() - started };
  };
  const countTokens = (messages: readonly Message[]) => model.countTokens(messages, signal);
  return { served: await model.served(signal), signal, ask, countTokens };
}

export type Stage = Extract<RunEvent, { type: 'stage' }>['stage'];

/** One call of a final stage, told as an event; returns what the model said. */
export async function* askStage(
  asker: Asker,
  stage: Stage,
  prompt: readonly Message[],
  settings: AskSettings,
): AsyncGenerator<RunEvent, string> {
  const reply = await asker.ask(prompt, settings);
  yield { type: 'stage', stage, prompt: [...prompt], ...reply };
  return reply.text;
}

/** Tokens left for a reply to `messages` beside `reserve`, at most `wanted` and at least 1. */
export async function replyRoom(
  asker: Asker,
  messages: readonly Message[],
  { reserve, wanted }: { reserve: number; wanted: number },
): Promise<number> {
  const left = asker.served.contextLength - (await asker.countTokens(messages)) - reserve;
  return Math.max(1, Math.min(wanted, left));
}
