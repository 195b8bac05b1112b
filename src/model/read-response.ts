import { z } from 'zod';
import type { Usage } from '../run.ts';
import { notTheProtocol, reportedError } from './endpoint-errors.ts';
import { argumentsText, type CompletionReply, type ModelCall } from './read-completion.ts';

const text = z.string().nullish().catch(undefined);
const count = z.number().int().nonnegative().nullish().catch(undefined);
const parts = z
  .array(z.looseObject({ type: z.string(), text }))
  .nullish()
  .catch(undefined);

const itemSchema = z.looseObject({
  type: z.string(),
  id: text,
  content: parts,
  summary: parts,
  call_id: text,
  name: text,
  arguments: z.unknown().optional(),
  input: text,
});
type Item = z.infer<typeof itemSchema>;

const responseSchema = z.looseObject({
  object: z.literal('response'),
  status: text,
  error: z.unknown().optional(),
  incomplete_details: z.looseObject({ reason: text }).nullish().catch(undefined),
  output: z.array(itemSchema),
  usage: z
    .looseObject({
      input_tokens: z.number().int().nonnegative(),
      output_tokens: count,
      input_tokens_details: z.looseObject({ cached_tokens: count }).nullish().catch(undefined),
    })
    .nullish()
    .catch(undefined),
});
type ResponseBody = z.infer<typeof responseSchema>;

/**
 * Reads an answer of OpenAI's Responses API: text, shown thinking, and calls of the client's own tools. What the
 * provider's tools did is left out. Throws `EndpointError` on a reported error and on anything that is no response.
 */
export function readResponse(body: unknown, baseUrl: string): CompletionReply {
  const error = reportedError(body, baseUrl);
  if (error) throw error;
  const parsed = responseSchema.safeParse(body);
  if (!parsed.success) throw notTheProtocol(baseUrl, 'a response', parsed.error);
  const { output, usage } = parsed.data;
  return {
    text: output.map((item) => (item.type === 'message' ? joined(item.content) : '')).join(''),
    reasoning: output.map((item) => thinkingOf(item)).join(''),
    calls: output.flatMap((item) => callOf(item)),
    usage: readUsage(usage),
    finishReason: finishOf(parsed.data),
  };
}

const eventSchema = z.looseObject({
  type: z.string(),
  response: z.unknown().optional(),
  item: itemSchema.optional().catch(undefined),
  output_index: count,
  delta: text,
});
type Event = z.infer<typeof eventSchema>;

/**
 * Reads a streamed response: its events in the order they came. The last event brings the whole response; where the
 * stream breaks off before, what its pieces told is the reply, without usage and finish reason.
 */
export function readResponseEvents(events: Iterable<unknown>, baseUrl: string): CompletionReply {
  const items = new Map<number, Item>();
  let seen = 0;
  for (const one of events) {
    const parsed = eventSchema.safeParse(one);
    if (!parsed.success) throw notTheProtocol(baseUrl, 'an event of a response', parsed.error);
    const event = parsed.data;
    const error =
      event.type === 'error'
        ? (reportedError(one, baseUrl) ?? reportedError({ error: one }, baseUrl))
        : undefined;
    if (error) throw error;
    if (/^response\.(completed|incomplete|failed)$/.test(event.type))
      return readResponse(event.response, baseUrl);
    takePiece(items, event);
    seen++;
  }
  if (seen === 0) throw notTheProtocol(baseUrl, 'a streamed response');
  const output = [...items].sort(([a], [b]) => a - b).map(([, item]) => item);
  return { ...readResponse({ object: 'response', output }, baseUrl), finishReason: undefined };
}

function takePiece(items: Map<number, Item>, { type, item, output_index: index, delta }: Event): void {
  const place = index ?? 0;
  if (item && /^response\.output_item\.(added|done)$/.test(type)) items.set(place, item);
  const known = items.get(place);
  if (!known || !delta) return;
  if (type === 'response.output_text.delta' || type === 'response.reasoning_text.delta') {
    known.content = [...(known.content ?? []), { type, text: delta }];
  } else if (type === 'response.reasoning_summary_text.delta') {
    known.summary = [...(known.summary ?? []), { type, text: delta }];
  } else if (type === 'response.function_call_arguments.delta') {
    known.arguments = argumentsText(known.arguments) + delta;
  } else if (type === 'response.custom_tool_call_input.delta') {
    known.input = (known.input ?? '') + delta;
  }
}

const joined = (pieces: Item['content']) => (pieces ?? []).map((piece) => piece.text ?? '').join('');

function thinkingOf(item: Item): string {
  if (item.type !== 'reasoning') return '';
  return joined(item.content) || joined(item.summary);
}

function callOf(item: Item): ModelCall[] {
  const isCustom = item.type === 'custom_tool_call';
  if (!isCustom && item.type !== 'function_call') return [];
  const given = isCustom ? (item.input ?? '') : argumentsText(item.arguments);
  return [{ id: item.call_id ?? item.id ?? '', name: item.name ?? '', arguments: given }];
}

function readUsage(usage: ResponseBody['usage']): Usage | undefined {
  if (!usage) return undefined;
  return {
    promptTokens: usage.input_tokens,
    cachedTokens: usage.input_tokens_details?.cached_tokens ?? 0,
    completionTokens: usage.output_tokens ?? 0,
  };
}

/** In the words of chat completions. */
function finishOf({ status, incomplete_details, output }: ResponseBody): string | undefined {
  if (status === 'incomplete')
    return incomplete_details?.reason === 'content_filter' ? 'content_filter' : 'length';
  if (status !== 'completed') return undefined;
  return output.some((item) => callOf(item).length > 0) ? 'tool_calls' : 'stop';
}
