import type { ChatOpenAI } from '@langchain/openai';
import { z } from 'zod';
import { UsageError } from '../errors.ts';
import type { Message } from '../run.ts';
import type { ChatModel, ChatOptions, ChatReply, ServedModel } from './chat-model.ts';
import {
  explainEndpointFailure,
  explainErrorResponse,
  notTheProtocol,
  unreachable,
} from './endpoint-errors.ts';
import { readCompletion } from './read-completion.ts';
import { readServedModel } from './served-model.ts';
import { TokenEstimate } from './token-estimate.ts';

export interface ModelOptions {
  /** Ends in `/v1`. */
  baseUrl: string;
  /** The model's name at the endpoint. */
  name: string;
  /** Local endpoints take any; the client library insists on one. */
  apiKey?: string | undefined;
  /** For endpoints that do not tell their window, in tokens. */
  contextLength?: number | undefined;
  /** Tries after the first one failed by connection, 408, 409, 429 or 5xx. */
  maxRetries?: number | undefined;
  /** A single reply may take this long. */
  timeoutMs?: number | undefined;
  /** Asks our endpoint to attend in full where it would use its low-bit copy. */
  kv?: 'full' | undefined;
}

type Sampling = Pick<ChatOptions, 'temperature' | 'maxTokens' | 'frequencyPenalty' | 'schema'>;

const tokenizeSchema = z.object({ count: z.number().int().nonnegative() });

/** A model behind any OpenAI-compatible URL, asked through LangChain's `ChatOpenAI`. Throws `UsageError` on a wrong URL. */
export function openAiChatModel(options: ModelOptions): ChatModel {
  return new OpenAiChatModel(options);
}

class OpenAiChatModel implements ChatModel {
  readonly name: string;
  readonly #options: ModelOptions;
  readonly #clients = new Map<string, Promise<ChatOpenAI>>();
  readonly #estimate = new TokenEstimate();
  #served: ServedModel | undefined;
  #canTokenize = true;

  constructor(options: ModelOptions) {
    this.name = options.name;
    this.#options = { ...options, baseUrl: checkedUrl(options.baseUrl) };
  }

  async chat(messages: readonly Message[], options: ChatOptions = {}): Promise<ChatReply> {
    const reply = await this.#invoke(messages, options);
    // The library's own reading loses thinking, text in parts and the cached tokens of some providers.
    const { text, usage } = readCompletion(reply.additional_kwargs.__raw_response, this.#options.baseUrl);
    if (usage !== undefined) this.#estimate.record(messages, usage.promptTokens);
    return { text, usage };
  }

  async served(signal?: AbortSignal): Promise<ServedModel> {
    this.#served ??= await this.#readServed(signal);
    return this.#served;
  }

  async countTokens(messages: readonly Message[], signal?: AbortSignal): Promise<number> {
    const exact = this.#canTokenize ? await this.#tokenize(messages, signal) : undefined;
    if (exact !== undefined) return exact;
    this.#canTokenize = false;
    return this.#estimate.of(messages);
  }

  async #invoke(messages: readonly Message[], { signal, seed, stop, cacheKey, ...sampling }: ChatOptions) {
    signal?.throwIfAborted();
    try {
      const client = await this.#client(sampling);
      return await client.invoke([...messages], {
        ...(signal && { signal }),
        ...(seed !== undefined && { seed }),
        ...(stop && { stop: [...stop] }),
        ...(cacheKey !== undefined && { promptCacheKey: cacheKey }),
      });
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof TypeError) throw notTheProtocol(this.#options.baseUrl, 'a chat completion', error);
      throw explainEndpointFailure(error, this.#options.baseUrl);
    }
  }

  /** `ChatOpenAI` fixes its sampling when it is made, so each kind of sampling has its own. */
  #client(sampling: Sampling): Promise<ChatOpenAI> {
    const { temperature, maxTokens, frequencyPenalty, schema } = sampling;
    const key = `${temperature} ${maxTokens} ${frequencyPenalty} ${JSON.stringify(schema)}`;
    const known = this.#clients.get(key);
    if (known) return known;
    if (this.#clients.size >= 64) this.#clients.clear(); // reply budgets vary with the prompt's length
    const client = this.#newClient(sampling);
    this.#clients.set(key, client);
    return client;
  }

  async #newClient({ temperature, maxTokens, frequencyPenalty, schema }: Sampling): Promise<ChatOpenAI> {
    const { baseUrl, apiKey, maxRetries, timeoutMs, kv } = this.#options;
    // A third of a second to load: only commands that ask a model pay for it.
    const { ChatOpenAI } = await import('@langchain/openai');
    return new ChatOpenAI({
      model: this.name,
      apiKey: apiKey ?? 'none',
      maxRetries: maxRetries ?? 2,
      timeout: timeoutMs ?? 600_000,
      configuration: { baseURL: baseUrl, ...(schema && { fetch: fetchWithFormat(schema) }) },
      __includeRawResponse: true,
      ...(kv !== undefined && { modelKwargs: { kv } }),
      ...(temperature !== undefined && { temperature }),
      ...(maxTokens !== undefined && { maxTokens }),
      ...(frequencyPenalty !== undefined && { frequencyPenalty }),
    });
  }

  async #readServed(signal: AbortSignal | undefined): Promise<ServedModel> {
    const { baseUrl, contextLength } = this.#options;
    const response = await this.#fetch(`${baseUrl}/models`, undefined, signal);
    if (!response.ok) throw explainErrorResponse(response.status, await response.text(), baseUrl);
    return readServedModel(await jsonOf(response), this.name, contextLength, baseUrl);
  }

  /** Undefined where the endpoint cannot: only ours and vLLM answer with a `count`. */
  async #tokenize(messages: readonly Message[], signal: AbortSignal | undefined) {
    const url = `${this.#options.baseUrl.replace(/\/v1$/, '')}/tokenize`;
    const response = await this.#fetch(url, { model: this.name, messages }, signal);
    const answer = tokenizeSchema.safeParse(await jsonOf(response));
    return response.ok && answer.success ? answer.data.count : undefined;
  }

  async #fetch(url: string, body: unknown, signal: AbortSignal | undefined): Promise<Response> {
    const headers = {
      authorization: `Bearer ${this.#options.apiKey ?? 'none'}`,
      'content-type': 'application/json',
    };
    const post = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    try {
      return await fetch(url, { headers, ...post, ...(signal && { signal }) });
    } catch (error) {
      signal?.throwIfAborted();
      throw unreachable(this.#options.baseUrl, error);
    }
  }
}

/**
 * Adds `response_format` to the request on its way. Where the library sees the field itself, it throws away a reply that
 * the length limit cut; such a reply is for the caller to judge.
 */
function fetchWithFormat(schema: object): typeof fetch {
  const json_schema = { name: 'reply', strict: true, schema };
  return (url, init) => {
    if (typeof init?.body !== 'string') return fetch(url, init);
    const body = { ...JSON.parse(init.body), response_format: { type: 'json_schema', json_schema } };
    return fetch(url, { ...init, body: JSON.stringify(body) });
  };
}

/** A password in the URL would end up in messages and records, and `fetch` refuses it anyway. */
function checkedUrl(baseUrl: string): string {
  const url = URL.parse(baseUrl);
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password)
    throw new UsageError('the endpoint must be an http(s) URL without user name and password', {
      hint: 'For example http://127.0.0.1:8080/v1; a key goes into OPENAI_API_KEY.',
    });
  return baseUrl.replace(/\/+$/, '');
}

async function jsonOf(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    return undefined;
  }
}
