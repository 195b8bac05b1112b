import type { ChatModel, ChatOptions, ChatReply, ServedModel } from '../../src/model/chat-model.ts';
import type { Message } from '../../src/run.ts';

/** A line to say, or a function of the conversation (which may throw, or wait on the signal). */
export type Line =
  | string
  | ((messages: readonly Message[], options: ChatOptions) => string | Promise<string>);

export interface ScriptedModel extends ChatModel {
  /** Every conversation it was asked with, in order. */
  readonly asked: { messages: Message[]; options: ChatOptions }[];
}

export interface ScriptOptions {
  name?: string;
  served?: Partial<ServedModel>;
  /** Said when the lines are used up; without it that is an error. */
  afterwards?: Line;
}

/** A `ChatModel` that says its lines and remembers what it was asked. Counts four characters as a token. */
export function scriptedModel(lines: readonly Line[], options: ScriptOptions = {}): ScriptedModel {
  const asked: ScriptedModel['asked'] = [];
  const countTokens = async (messages: readonly Message[]) =>
    messages.reduce((sum, { content }) => sum + 3 + Math.ceil(content.length / 4), 3);
  const chat = async (messages: readonly Message[], chatOptions: ChatOptions = {}): Promise<ChatReply> => {
    chatOptions.signal?.throwIfAborted();
    const line = lines[asked.length] ?? options.afterwards;
    asked.push({ messages: messages.map((message) => ({ ...message })), options: chatOptions });
    if (line === undefined) throw new Error(`the script has only ${lines.length} lines`);
    const text = typeof line === 'string' ? line : await line(messages, chatOptions);
    const promptTokens = await countTokens(messages);
    return { text, usage: { promptTokens, cachedTokens: 0, completionTokens: Math.ceil(text.length / 4) } };
  };
  return {
    name: options.name ?? 'scripted',
    asked,
    chat,
    countTokens,
    served: async () => ({
      contextLength: 8192,
      contextFrom: 'endpoint',
      parameters: undefined,
      sha256: undefined,
      kv: undefined,
      ...options.served,
    }),
  };
}
