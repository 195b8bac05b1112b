import type { TemplateMessage } from '../engine/chat-template.ts';
import type { SamplerSettings } from '../engine/sampler.ts';
import { badRequest } from './api-error.ts';
import type { ChatBody, CompletionBody, GenerationBody, MessageBody } from './request-schemas.ts';

/** What a body asks of the sampler; absent fields are OpenAI's defaults, and a random seed. */
export function readSampling(body: GenerationBody, vocabularySize: number): SamplerSettings {
  return {
    temperature: body.temperature ?? 1,
    topK: Math.max(0, body.top_k ?? 0),
    topP: body.top_p ?? 1,
    minP: body.min_p ?? 0,
    repetitionPenalty: body.repetition_penalty ?? body.repeat_penalty ?? 1,
    presencePenalty: body.presence_penalty ?? 0,
    frequencyPenalty: body.frequency_penalty ?? 0,
    logitBias: readLogitBias(body.logit_bias ?? {}, vocabularySize),
    seed: body.seed ?? Math.floor(Math.random() * Number.MAX_SAFE_INTEGER),
  };
}

function readLogitBias(bias: Record<string, number>, vocabularySize: number): Map<number, number> {
  const entries = Object.entries(bias).map(([key, value]): [number, number] => {
    const id = Number(key);
    if (/^\d{1,9}$/.test(key) && id < vocabularySize) return [id, value];
    throw badRequest(`logit_bias: "${key.slice(0, 40)}" is no token id of this model.`, 'logit_bias');
  });
  return new Map(entries);
}

export function readStops(stop: GenerationBody['stop']): string[] {
  const stops = typeof stop === 'string' ? [stop] : (stop ?? []);
  if (stops.some((text) => text.length > 1000)) {
    throw badRequest('stop: at most 1000 characters each.', 'stop');
  }
  return stops.filter((text) => text !== '');
}

/** Messages as the template takes them: null content is empty, text parts are joined. */
export function readMessages(messages: readonly MessageBody[]): TemplateMessage[] {
  return messages.map((message, i) => {
    if (message.tool_calls?.length) {
      throw badRequest('Tool calls are not supported yet.', `messages[${i}].tool_calls`, 'unsupported');
    }
    const role = message.role === 'developer' ? 'system' : message.role;
    return { role, content: readContent(message.content, `messages[${i}].content`) };
  });
}

function readContent(content: MessageBody['content'], param: string): string {
  if (typeof content === 'string') return content;
  const texts = (content ?? []).map(({ type, text }, i) => {
    if (type === 'text' && text !== undefined) return text;
    const reason =
      type === 'text' ? 'has no text' : `is of type "${type.slice(0, 40)}"; this model reads text only`;
    throw badRequest(`${param}[${i}] ${reason}.`, `${param}[${i}]`, 'unsupported');
  });
  return texts.join('');
}

/** Fields whose meaning we cannot give are refused rather than passed over. */
export function refuseUnsupported(body: ChatBody | CompletionBody): void {
  const refuse = (param: string, message: string) => {
    throw badRequest(`${param}: ${message}`, param, 'unsupported');
  };
  if ((body.n ?? 1) !== 1) refuse('n', 'this endpoint gives one reply a request; send the request n times.');
  if (typeof body.logprobs === 'number' || body.logprobs) refuse('logprobs', 'not supported yet.');
  if ('messages' in body) refuseUnsupportedChat(body as ChatBody, refuse);
  else refuseUnsupportedCompletion(body as CompletionBody, refuse);
}

type Refuse = (param: string, message: string) => void;

function refuseUnsupportedChat({ tool_choice, response_format }: ChatBody, refuse: Refuse): void {
  const forced = tool_choice === 'required' || (typeof tool_choice === 'object' && tool_choice !== null);
  if (forced) refuse('tool_choice', 'tools are not supported yet, so none can be required.');
  const format = response_format?.type ?? 'text';
  if (format !== 'text') refuse('response_format', 'only "text" is supported yet.');
}

function refuseUnsupportedCompletion({ echo, suffix, best_of }: CompletionBody, refuse: Refuse): void {
  if (echo) refuse('echo', 'not supported.');
  if (suffix) refuse('suffix', 'not supported.');
  if ((best_of ?? 1) !== 1) refuse('best_of', 'this endpoint gives one reply a request.');
}
