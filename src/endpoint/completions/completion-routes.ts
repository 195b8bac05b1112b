import { type Context, Hono } from 'hono';
import { badRequest } from '../api-error.ts';
import { eventStream } from '../event-stream.ts';
import { envelope, usageOf } from '../generation/envelope.ts';
import { readFormat } from '../generation/read-format.ts';
import { readStops, refusedEverywhere, refuseFields } from '../generation/read-generation.ts';
import { readCommon } from '../generation/read-request.ts';
import type { PlacedLogProbability } from '../generation/reply-text.ts';
import type { TextRequest, TextResult } from '../generation/text-service.ts';
import { readBody } from '../read-body.ts';
import type { Serving } from '../serving.ts';
import { completionLogprobs } from './completion-logprobs.ts';
import { type CompletionBody, completionSchema } from './completion-schema.ts';

const refused = {
  ...refusedEverywhere,
  echo: 'not supported; the reply alone is given.',
  suffix: 'not supported; this model only continues a text.',
};

/** `/v1/completions`: one prompt, text or token ids, is continued. */
export function completionRoutes(serving: Serving): Hono {
  const routes = new Hono();
  routes.post('/v1/completions', async (c) => {
    const body = await readBody(c, completionSchema);
    serving.model.check(body.model);
    refuseFields(body, refused);
    if ((body.best_of ?? 1) > (body.n ?? 1)) {
      throw badRequest('best_of: not supported beyond n; every reply is given.', 'best_of', 'unsupported');
    }
    const request = toRequest(serving, body, c);
    serving.texts.check(request, 'prompt');
    return body.stream ? stream(c, serving, request, body) : whole(c, serving, request);
  });
  return routes;
}

function toRequest(serving: Serving, body: CompletionBody, c: Context): TextRequest {
  const format = readFormat(body);
  return {
    ...readCommon(serving, body, c),
    limit: format && serving.constraints.limit(format, format.param),
    prompt: serving.prompts.encode(onePrompt(body.prompt), 'prompt'),
    maxTokens: body.max_tokens ?? 16,
    stops: readStops(body.stop),
    topLogprobs: body.logprobs ?? undefined,
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

async function whole(c: Context, serving: Serving, request: TextRequest): Promise<Response> {
  const texts = Array.from({ length: request.choices }, () => '');
  const logprobs: PlacedLogProbability[][] = texts.map(() => []);
  const result = await serving.generate(request, c.req.raw.signal, {
    onPiece(choice, piece) {
      texts[choice] += piece.text;
      logprobs[choice]!.push(...piece.logprobs);
    },
  });
  const choices = texts.map((text, index) => ({
    index,
    text,
    logprobs: logprobsOf(serving, request, logprobs[index]!),
    finish_reason: result.choices[index]!.finishReason,
  }));
  return c.json({ ...head(serving), choices, usage: usageOf(result) });
}

function stream(c: Context, serving: Serving, request: TextRequest, body: CompletionBody): Response {
  const includeUsage = body.stream_options?.include_usage ?? false;
  const opening = { ...head(serving), ...(includeUsage && { usage: null }) };
  return eventStream({
    signal: c.req.raw.signal,
    end: '[DONE]',
    explain: (sink, error) => sink.send(serving.explain(error).body),
    async produce(sink) {
      const send = (
        index: number,
        text: string,
        tokens: readonly PlacedLogProbability[],
        end: string | null,
      ) => {
        const logprobs = logprobsOf(serving, request, tokens);
        sink.send({ ...opening, choices: [{ index, text, logprobs, finish_reason: end }] });
      };
      const result: TextResult = await serving.generate(request, sink.signal, {
        onPiece: (choice, piece) => send(choice, piece.text, piece.logprobs, null),
        onProgress: (done, total) => {
          sink.status = `prefill ${done}/${total}`;
        },
      });
      for (const [index, { finishReason }] of result.choices.entries()) send(index, '', [], finishReason);
      if (includeUsage) sink.send({ ...opening, choices: [], usage: usageOf(result) });
    },
  });
}

const head = ({ model }: Serving) => envelope('cmpl-', 'text_completion', model);

function logprobsOf({ engine }: Serving, request: TextRequest, tokens: readonly PlacedLogProbability[]) {
  return request.topLogprobs === undefined ? null : completionLogprobs(engine.tokenizer, tokens);
}
