import type { AskedFormat } from '../generation/read-format.ts';
import type { TextPiece } from '../generation/reply-text.ts';
import type { TextListener, TextRequest, TextResult } from '../generation/text-service.ts';
import type { ReplyParser, ReplyPart } from '../tools/tool-format.ts';
import type { ChatLimits } from './chat-limits.ts';
import type { Conversation, Conversations } from './conversations.ts';

export interface ChatRequest extends Omit<TextRequest, 'prompt' | 'limit'>, Conversation {
  parallelCalls: boolean;
  format: AskedFormat | undefined;
}

/** A conversation as tokens, and how to read the reply. */
export interface PreparedChat {
  text: TextRequest;
  parser(): ReplyParser;
}

export type ChatFinish = 'stop' | 'length' | 'tool_calls';

export interface ChatResult extends TextResult {
  choices: readonly { finishReason: 'stop' | 'length'; completionTokens: number; chatFinish: ChatFinish }[];
  reasoningTokens: number;
}

export interface ChatListener extends Pick<TextListener, 'onProgress'> {
  /** The parts that a piece of text made, often none or several. */
  onParts(choice: number, parts: readonly ReplyPart[], logprobs: TextPiece['logprobs']): void;
}

/** Generates texts: what the chat needs of the endpoint below it. */
export type Generate = (
  request: TextRequest,
  signal: AbortSignal,
  listener: TextListener,
) => Promise<TextResult>;

/** Conversations in, parts of replies out: content, reasoning and tool calls. */
export class ChatService {
  readonly #conversations: Conversations;
  readonly #limits: ChatLimits;

  constructor(conversations: Conversations, limits: ChatLimits) {
    this.#conversations = conversations;
    this.#limits = limits;
  }

  /** Throws `ApiError` where the conversation or the format cannot be had. */
  prepare(request: ChatRequest): PreparedChat {
    const { messages, tools, toolChoice, templateArguments, format, parallelCalls, ...text } = request;
    const { format: toolFormat, shownControls } = this.#conversations;
    const { tokens, opensReasoning, stable } = this.#conversations.encode(request);
    const limit = this.#limits.limitOf(request, toolFormat, opensReasoning);
    const callable = toolChoice === 'none' ? [] : tools;
    return {
      text: { ...text, prompt: tokens, limit, indexable: stable, shownControls },
      parser: () => toolFormat.parser(callable, { inReasoning: opensReasoning }),
    };
  }

  async generate(
    { text, parser }: PreparedChat,
    run: Generate,
    signal: AbortSignal,
    listener: ChatListener,
  ): Promise<ChatResult> {
    const replies = Array.from({ length: text.choices }, () => new Reply(parser()));
    const give = (choice: number, parts: ReplyPart[], logprobs: TextPiece['logprobs']) => {
      if (parts.length > 0 || logprobs.length > 0) listener.onParts(choice, parts, logprobs);
    };
    const result = await run(text, signal, {
      ...listener,
      onToken: (choice) => replies[choice]!.countToken(),
      onPiece: (choice, piece) => give(choice, replies[choice]!.push(piece.text), piece.logprobs),
    });
    for (const [choice, reply] of replies.entries()) give(choice, reply.finish(), []);
    const choices = result.choices.map((choice, i) => {
      const calls = replies[i]!.hasCalls && choice.finishReason === 'stop';
      return { ...choice, chatFinish: calls ? ('tool_calls' as const) : choice.finishReason };
    });
    const reasoningTokens = replies.reduce((sum, reply) => sum + reply.reasoningTokens, 0);
    return { ...result, choices, reasoningTokens };
  }
}

/** One reply on its way through the parser. */
class Reply {
  hasCalls = false;
  reasoningTokens = 0;
  readonly #parser: ReplyParser;
  #tokens = 0;

  constructor(parser: ReplyParser) {
    this.#parser = parser;
  }

  countToken(): void {
    this.#tokens++;
  }

  push(text: string): ReplyPart[] {
    return this.#note(this.#parser.push(text));
  }

  finish(): ReplyPart[] {
    return this.#note(this.#parser.finish());
  }

  #note(parts: ReplyPart[]): ReplyPart[] {
    this.hasCalls ||= parts.some(({ kind }) => kind === 'call');
    if (parts.length === 0) return parts;
    if (parts.at(-1)!.kind === 'reasoning') this.reasoningTokens += this.#tokens;
    this.#tokens = 0;
    return parts;
  }
}
