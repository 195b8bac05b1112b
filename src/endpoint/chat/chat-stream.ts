import type { EventSink } from '../event-stream.ts';
import { envelope, usageOf } from '../generation/envelope.ts';
import type { PlacedLogProbability } from '../generation/reply-text.ts';
import type { Serving } from '../serving.ts';
import type { ReplyPart } from '../tools/tool-format.ts';
import type { ChatBody } from './chat-schema.ts';
import type { PreparedChat } from './chat-service.ts';
import { chatLogprobs, deltaOf } from './chat-shape.ts';

/** The chunks of a streamed chat: the role first, then each part as it comes, the reason to finish, and usage if asked for. */
export class ChatStream {
  readonly #serving: Serving;
  readonly #chat: PreparedChat;
  readonly #sink: EventSink;
  readonly #includesUsage: boolean;
  readonly #head: object;
  /** Log-probabilities, by choice, of tokens whose text is not part of a chunk yet. */
  readonly #waiting: PlacedLogProbability[][];

  constructor(serving: Serving, chat: PreparedChat, sink: EventSink, body: ChatBody) {
    this.#serving = serving;
    this.#chat = chat;
    this.#sink = sink;
    this.#includesUsage = body.stream_options?.include_usage ?? false;
    const head = envelope('chatcmpl-', 'chat.completion.chunk', serving.model);
    this.#head = { ...head, ...(this.#includesUsage && { usage: null }) };
    this.#waiting = Array.from({ length: chat.text.choices }, () => []);
  }

  async run(): Promise<void> {
    for (const index of this.#waiting.keys()) this.#send(index, { role: 'assistant', content: '' }, []);
    const result = await this.#serving.chat(this.#chat, this.#sink.signal, {
      onParts: (index, parts, logprobs) => this.#sendParts(index, parts, logprobs),
      onProgress: (done, total) => {
        this.#sink.status = `prefill ${done}/${total}`;
      },
    });
    for (const [index, { chatFinish }] of result.choices.entries()) {
      this.#send(index, {}, this.#waiting[index]!, chatFinish);
    }
    if (!this.#includesUsage) return;
    this.#sink.send({ ...this.#head, choices: [], usage: usageOf(result, result.reasoningTokens) });
  }

  #sendParts(index: number, parts: readonly ReplyPart[], logprobs: readonly PlacedLogProbability[]): void {
    this.#waiting[index]!.push(...logprobs);
    for (const part of parts) this.#send(index, deltaOf(part), this.#waiting[index]!.splice(0));
  }

  #send(index: number, delta: object, tokens: readonly PlacedLogProbability[], finish: string | null = null) {
    const logprobs = logprobsOf(this.#serving, this.#chat, tokens);
    this.#sink.send({ ...this.#head, choices: [{ index, delta, logprobs, finish_reason: finish }] });
  }
}

/** Null where none were asked for. */
export function logprobsOf(
  { engine }: Serving,
  { text }: PreparedChat,
  tokens: readonly PlacedLogProbability[],
) {
  return text.topLogprobs === undefined ? null : chatLogprobs(engine.tokenizer, tokens);
}
