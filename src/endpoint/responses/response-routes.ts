import { type Context, Hono } from 'hono';
import type { PreparedChat } from '../chat/chat-service.ts';
import { chatLogprobs } from '../chat/chat-shape.ts';
import { type EventSink, eventStream } from '../event-stream.ts';
import { newId, nowInSeconds, usageOf } from '../generation/envelope.ts';
import { refuseFields } from '../generation/read-generation.ts';
import type { PlacedLogProbability } from '../generation/reply-text.ts';
import { readBody } from '../read-body.ts';
import type { Serving } from '../serving.ts';
import { readResponseRequest } from './read-response-request.ts';
import { type OutputEvent, type OutputItem, ResponseOutput } from './response-output.ts';
import { type ResponseBody, responseSchema } from './response-schema.ts';

const refused = {
  previous_response_id: 'not supported, as no response is stored; send the earlier items as input.',
  conversation: 'not supported, as no response is stored; send the earlier items as input.',
  prompt: 'not supported; send instructions and input.',
  background: 'not supported; wait for the response, or stream it.',
} as const;

/** `/v1/responses`: the stateless part of it. */
export function responseRoutes(serving: Serving): Hono {
  const routes = new Hono();
  routes.post('/v1/responses', async (c) => {
    const body = await readBody(c, responseSchema);
    serving.model.check(body.model);
    refuseFields(body, refused);
    const chat = serving.chats.prepare({
      ...readResponseRequest(body, serving.engine.tokenizer.vocabularySize),
      client: serving.clientOf(c),
    });
    serving.texts.check(chat.text, 'input');
    return body.stream ? stream(c, serving, chat, body) : whole(c, serving, chat, body);
  });
  return routes;
}

async function whole(
  c: Context,
  serving: Serving,
  chat: PreparedChat,
  body: ResponseBody,
): Promise<Response> {
  const output = new ResponseOutput();
  const opening = openResponse(serving, chat, body);
  return c.json(await run(serving, chat, output, c.req.raw.signal, opening));
}

function stream(c: Context, serving: Serving, chat: PreparedChat, body: ResponseBody): Response {
  let sequence = 0;
  const emit = (sink: EventSink, event: OutputEvent) =>
    sink.send({ ...event, sequence_number: sequence++ }, event.type);
  return eventStream({
    signal: c.req.raw.signal,
    explain(sink, error) {
      const { code, message, param } = serving.explain(error).body.error;
      emit(sink, { type: 'error', code, message, param });
    },
    async produce(sink) {
      const opening = openResponse(serving, chat, body);
      emit(sink, { type: 'response.created', response: opening });
      emit(sink, { type: 'response.in_progress', response: opening });
      const output = new ResponseOutput((event) => emit(sink, event));
      const response = await run(serving, chat, output, sink.signal, opening, (done, total) => {
        sink.status = `prefill ${done}/${total}`;
      });
      emit(sink, { type: `response.${response.status}`, response });
    },
  });
}

async function run(
  serving: Serving,
  chat: PreparedChat,
  output: ResponseOutput,
  signal: AbortSignal,
  opening: object,
  onProgress: (done: number, total: number) => void = () => {},
) {
  let waiting: PlacedLogProbability[] = [];
  const result = await serving.chat(chat, signal, {
    onProgress,
    onParts(_, parts, logprobs) {
      waiting.push(...logprobs);
      for (const part of parts) {
        output.add(part, part.kind === 'content' ? shownLogprobs(serving, waiting) : []);
        waiting = [];
      }
    },
  });
  const [choice] = result.choices;
  const isCut = choice!.finishReason === 'length';
  output.finish(isCut);
  const ended = isCut
    ? { status: 'incomplete' as const, incomplete_details: { reason: 'max_output_tokens' } }
    : { status: 'completed' as const, incomplete_details: null, completed_at: nowInSeconds() };
  return {
    ...opening,
    ...ended,
    output: output.items,
    usage: toUsage(usageOf(result, result.reasoningTokens)),
  };
}

const shownLogprobs = ({ engine }: Serving, tokens: readonly PlacedLogProbability[]) =>
  chatLogprobs(engine.tokenizer, tokens).content;

/** The response before its first token; it tells the settings that hold, given or by default. */
function openResponse({ model }: Serving, { text }: PreparedChat, body: ResponseBody) {
  const output: OutputItem[] = [];
  return {
    id: newId('resp_'),
    object: 'response',
    created_at: nowInSeconds(),
    status: 'in_progress',
    completed_at: null as number | null,
    error: null,
    incomplete_details: null as { reason: string } | null,
    instructions: body.instructions ?? null,
    max_output_tokens: body.max_output_tokens ?? null,
    model: model.id,
    output,
    parallel_tool_calls: body.parallel_tool_calls ?? true,
    previous_response_id: null,
    reasoning: { effort: null, summary: null },
    store: false,
    temperature: text.sampling.temperature,
    text: { format: shownFormat(body) },
    tool_choice: body.tool_choice ?? 'auto',
    tools: (body.tools ?? []).map(({ name, description, parameters, strict }) => ({
      type: 'function',
      name,
      description: description ?? null,
      parameters: parameters ?? null,
      strict: strict ?? false,
    })),
    top_logprobs: text.topLogprobs ?? 0,
    top_p: text.sampling.topP,
    truncation: 'disabled',
    metadata: body.metadata ?? {},
  };
}

function shownFormat({ text }: ResponseBody): object {
  const format = text?.format ?? { type: 'text' };
  if (format.type !== 'json_schema') return { type: format.type };
  const { schema, strict } = format as { schema: unknown; strict?: boolean };
  return { type: 'json_schema', name: format.name ?? 'reply', schema, strict: strict ?? false };
}

function toUsage(usage: ReturnType<typeof usageOf>) {
  return {
    input_tokens: usage.prompt_tokens,
    input_tokens_details: { ...usage.prompt_tokens_details, cache_write_tokens: 0 },
    output_tokens: usage.completion_tokens,
    output_tokens_details: usage.completion_tokens_details,
    total_tokens: usage.total_tokens,
    ...(usage.kv_audit && { kv_audit: usage.kv_audit }),
  };
}
