import { z } from 'zod';
import type { Usage } from '../run.ts';
import { notTheProtocol, reportedError } from './endpoint-errors.ts';

/** A call that a model made. */
export interface ModelCall {
  id: string;
  name: string;
  /** JSON, as the model wrote it. */
  arguments: string;
}

/** What a model answered, whatever the provider and whether it came whole or in pieces. */
export interface CompletionReply {
  text: string;
  /** Thinking that the provider shows, or a summary of it. */
  reasoning: string;
  calls: ModelCall[];
  /** Undefined where the provider does not tell. */
  usage: Usage | undefined;
  /** e.g. `stop`, `length`, `tool_calls`; undefined while the reply is not over. */
  finishReason: string | undefined;
}

const text = z.string().nullish().catch(undefined);
const count = z.number().int().nonnegative().nullish().catch(undefined);

const partSchema = z.looseObject({ type: z.string(), text, thinking: z.unknown().optional() });
const contentSchema = z.union([z.string(), z.array(partSchema)]).nullish();
type Content = z.infer<typeof contentSchema>;

const callSchema = z.looseObject({
  index: count,
  id: text,
  function: z.looseObject({ name: text, arguments: z.unknown().optional() }).nullish(),
});
const messageSchema = z.looseObject({
  content: contentSchema,
  reasoning_content: text, // DeepSeek, Alibaba, xAI, Moonshot, ours
  reasoning: text, // Groq, OpenRouter
  tool_calls: z.array(callSchema).nullish(),
});
type MessagePart = z.infer<typeof messageSchema>;

const usageSchema = z.looseObject({
  prompt_tokens: z.number().int().nonnegative(),
  completion_tokens: count,
  prompt_tokens_details: z.looseObject({ cached_tokens: count }).nullish().catch(undefined),
  prompt_cache_hit_tokens: count, // DeepSeek
});
const choiceSchema = z.looseObject({
  index: count,
  message: messageSchema.nullish(),
  delta: messageSchema.nullish(),
  text, // of /v1/completions
  finish_reason: text,
});
type Choice = z.infer<typeof choiceSchema>;
const completionSchema = z.looseObject({
  choices: z.array(choiceSchema),
  usage: usageSchema.nullish().catch(undefined),
});

/**
 * Reads the first choice of a completion, chat or text, as OpenAI and those who answer like OpenAI send it. Takes a
 * text in parts, calls without index or with arguments that are no string, and the names that providers give to
 * thinking and cached tokens. Throws `EndpointError` on an error object and on anything that is no completion.
 */
export function readCompletion(body: unknown, baseUrl: string): CompletionReply {
  const { choices, usage } = parse(body, baseUrl, 'a chat completion');
  const choice = choices.find(isFirst);
  if (!choice) throw notTheProtocol(baseUrl, 'a chat completion');
  const reply = new CompletionBuilder();
  reply.add(choice, choice.message);
  return reply.finish(readUsage(usage));
}

/** The same of a streamed completion: its chunks in the order they came, `[DONE]` left out. */
export function readCompletionChunks(chunks: Iterable<unknown>, baseUrl: string): CompletionReply {
  const reply = new CompletionBuilder();
  let counted: Usage | undefined;
  let seen = 0;
  for (const chunk of chunks) {
    const { choices, usage } = parse(chunk, baseUrl, 'a chunk of a chat completion');
    counted = readUsage(usage) ?? counted; // some repeat it in each chunk; the last one is whole
    for (const choice of choices.filter(isFirst)) reply.add(choice, choice.delta);
    seen++;
  }
  if (seen === 0) throw notTheProtocol(baseUrl, 'a streamed chat completion');
  return reply.finish(counted);
}

const isFirst = ({ index }: Choice) => (index ?? 0) === 0;

function parse(body: unknown, baseUrl: string, what: string) {
  const error = reportedError(body, baseUrl);
  if (error) throw error;
  const parsed = completionSchema.safeParse(body);
  if (!parsed.success) throw notTheProtocol(baseUrl, what, parsed.error);
  return parsed.data;
}

function readUsage(usage: z.infer<typeof completionSchema>['usage']): Usage | undefined {
  if (!usage) return undefined;
  return {
    promptTokens: usage.prompt_tokens,
    cachedTokens: usage.prompt_tokens_details?.cached_tokens ?? usage.prompt_cache_hit_tokens ?? 0,
    completionTokens: usage.completion_tokens ?? 0,
  };
}

/** Puts a reply together from a message or from deltas. */
class CompletionBuilder {
  #text = '';
  #reasoning = '';
  readonly #calls: (ModelCall & { index: number | undefined })[] = [];
  #finishReason: string | undefined;

  add(choice: Choice, part: MessagePart | null | undefined): void {
    this.#text += choice.text ?? '';
    this.#finishReason = choice.finish_reason ?? this.#finishReason;
    if (!part) return;
    this.#text += textOf(part.content);
    this.#reasoning += part.reasoning_content ?? part.reasoning ?? thinkingOf(part.content);
    for (const call of part.tool_calls ?? []) this.#addCall(call);
  }

  finish(usage: Usage | undefined): CompletionReply {
    const calls = this.#calls.map(({ id, name, arguments: given }) => ({ id, name, arguments: given }));
    return { text: this.#text, reasoning: this.#reasoning, calls, usage, finishReason: this.#finishReason };
  }

  #addCall({ index, id, function: called }: z.infer<typeof callSchema>): void {
    let call = this.#find(index ?? undefined, id ?? '');
    if (!call) {
      call = { index: index ?? undefined, id: '', name: '', arguments: '' };
      this.#calls.push(call);
    }
    call.id ||= id ?? '';
    call.name ||= called?.name ?? ''; // some repeat it
    call.arguments += argumentsText(called?.arguments);
  }

  /** The call that a piece goes on with: by index, or where there is none by id, or the last. */
  #find(index: number | undefined, id: string) {
    if (index !== undefined) return this.#calls.find((call) => call.index === index);
    return id === '' ? this.#calls.at(-1) : this.#calls.find((call) => call.id === id);
  }
}

/** Arguments are JSON as text; a few servers send the JSON itself. */
export function argumentsText(given: unknown): string {
  if (given === undefined || given === null) return '';
  return typeof given === 'string' ? given : JSON.stringify(given);
}

function textOf(content: Content): string {
  if (typeof content === 'string') return content;
  return (content ?? []).map(({ text: piece }) => piece ?? '').join('');
}

/** Mistral sends thinking as a part of the content, in parts of its own. */
function thinkingOf(content: Content): string {
  if (typeof content === 'string') return '';
  return (content ?? [])
    .map(({ thinking }) => {
      const inner = contentSchema.safeParse(thinking);
      return inner.success ? textOf(inner.data) : '';
    })
    .join('');
}
