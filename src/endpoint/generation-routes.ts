import { randomUUID } from 'node:crypto';
import { type Context, Hono } from 'hono';
import { badRequest, type ErrorBody } from './api-error.ts';
import { eventStream } from './event-stream.ts';
import { readBody } from './read-body.ts';
import { readMessages, readSampling, readStops, refuseUnsupported } from './read-request.ts';
import { type CompletionBody, chatSchema, completionSchema, type GenerationBody } from './request-schemas.ts';
import type { ServedModel } from './served-model.ts';
import type { TextRequest, TextResult, TextService } from './service.ts';

/** How the two kinds of completion differ on the wire. */
interface Shape {
  idPrefix: string;
  object: string;
  chunkObject: string;
  whole(text: string): object;
  /** Of a streamed piece; undefined text is the opening chunk, for kinds that have one. */
  piece(text: string): object;
  opening: object | undefined;
  last: object;
}

const chatShape: Shape = {
  idPrefix: 'chatcmpl-',
  object: 'chat.completion',
  chunkObject: 'chat.completion.chunk',
  whole: (text) => ({ message: { role: 'assistant', content: text, refusal: null } }),
  piece: (text) => ({ delta: { content: text } }),
  opening: { delta: { role: 'assistant', content: '' } },
  last: { delta: {} },
};
const completionShape: Shape = {
  idPrefix: 'cmpl-',
  object: 'text_completion',
  chunkObject: 'text_completion',
  whole: (text) => ({ text }),
  piece: (text) => ({ text }),
  opening: undefined,
  last: { text: '' },
};

/** `/v1/chat/completions` and `/v1/completions`. */
export function generationRoutes(
  service: TextService,
  model: ServedModel,
  explain: (error: unknown) => ErrorBody,
): Hono {
  const routes = new Hono();
  routes.post('/v1/chat/completions', async (c) => {
    const body = await readBody(c, chatSchema);
    model.check(body.model);
    refuseUnsupported(body);
    const maxTokens = body.max_completion_tokens ?? body.max_tokens;
    const request = toRequest(body, maxTokens, service, () =>
      service.encodeChat(readMessages(body.messages)),
    );
    service.check(request, 'messages');
    return answer(c, service, { request, body, model, shape: chatShape, explain });
  });
  routes.post('/v1/completions', async (c) => {
    const body = await readBody(c, completionSchema);
    model.check(body.model);
    refuseUnsupported(body);
    const encode = () => service.encodePrompt(onePrompt(body.prompt));
    const request = toRequest(body, body.max_tokens ?? 16, service, encode);
    service.check(request, 'prompt');
    return answer(c, service, { request, body, model, shape: completionShape, explain });
  });
  return routes;
}

function toRequest(
  body: GenerationBody,
  maxTokens: number | null | undefined,
  service: TextService,
  encode: () => number[],
): TextRequest {
  return {
    sampling: readSampling(body, service.engine.tokenizer.vocabularySize),
    stops: readStops(body.stop),
    prompt: encode(),
    maxTokens: maxTokens ?? undefined,
    cacheKey: body.prompt_cache_key ?? undefined,
  };
}

function onePrompt(prompt: CompletionBody['prompt']): string | readonly number[] {
  if (typeof prompt === 'string') return prompt;
  const [first] = prompt;
  if (first === undefined) throw badRequest('prompt: is empty.', 'prompt');
  if (typeof first === 'number') return prompt as number[];
  if (prompt.length === 1) return first;
  throw badRequest('prompt: this endpoint takes one prompt a request.', 'prompt', 'unsupported');
}

interface Answer {
  request: TextRequest;
  body: GenerationBody;
  model: ServedModel;
  shape: Shape;
  /** What a client is told of an error in the middle of its stream. */
  explain: (error: unknown) => ErrorBody;
}

function answer(c: Context, service: TextService, what: Answer): Response | Promise<Response> {
  return what.body.stream ? stream(c, service, what) : whole(c, service, what);
}

async function whole(c: Context, service: TextService, { request, model, shape }: Answer): Promise<Response> {
  let text = '';
  const result = await service.generate(request, c.req.raw.signal, (piece) => {
    text += piece;
  });
  const choice = { index: 0, ...shape.whole(text), logprobs: null, finish_reason: result.finishReason };
  const head = envelope(shape.object, shape, model);
  return c.json({ ...head, choices: [choice], usage: toUsage(result) });
}

function stream(
  c: Context,
  service: TextService,
  { request, body, model, shape, explain }: Answer,
): Response {
  const includeUsage = body.stream_options?.include_usage ?? false;
  const head = envelope(shape.chunkObject, shape, model);
  const chunk = (part: object, finish: string | null) => ({
    ...head,
    choices: [{ index: 0, ...part, logprobs: null, finish_reason: finish }],
    ...(includeUsage && { usage: null }),
  });
  const produce = async (send: (event: unknown) => void, signal: AbortSignal) => {
    if (shape.opening) send(chunk(shape.opening, null));
    const result = await service.generate(request, signal, (text) => send(chunk(shape.piece(text), null)));
    send(chunk(shape.last, result.finishReason));
    if (includeUsage) send({ ...head, choices: [], usage: toUsage(result) });
  };
  return eventStream(c.req.raw.signal, produce, explain);
}

function envelope(object: string, { idPrefix }: Shape, model: ServedModel) {
  return {
    id: idPrefix + randomUUID().replaceAll('-', ''),
    object,
    created: Math.floor(Date.now() / 1000),
    model: model.id,
    system_fingerprint: model.fingerprint,
  };
}

function toUsage({ promptTokens, cachedTokens, completionTokens }: TextResult) {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: cachedTokens },
  };
}
