import { type TemplateMessage, textOf } from '../../engine/chat-template.ts';
import type { ChatMessage } from './tool-format.ts';
import type { ToolCall } from './tool-schemas.ts';

/** What a template that knows tools wants of earlier calls. */
export interface NativeShape {
  /** Arguments as a JSON value, or as the text they came in. */
  arguments: 'object' | 'string';
  /** Some templates take one call a turn: then each call is followed by its result. */
  callsPerTurn: 'one' | 'many';
}

/** A conversation for a template that knows calls and results. */
export function nativeMessages(messages: readonly ChatMessage[], shape: NativeShape): TemplateMessage[] {
  const turns = shape.callsPerTurn === 'one' ? oneCallATurn(messages) : messages;
  return turns.map(({ role, content, name, tool_calls, tool_call_id, reasoning_content }) => ({
    role,
    content: textOf(content),
    ...(name && { name }),
    ...(tool_call_id && { tool_call_id }),
    ...(typeof reasoning_content === 'string' && { reasoning_content }),
    ...(tool_calls?.length && { tool_calls: tool_calls.map((call) => nativeCall(call, shape)) }),
  }));
}

function nativeCall({ id, function: { name, arguments: text } }: ToolCall, shape: NativeShape): object {
  const value = shape.arguments === 'object' ? readArguments(text || '{}') : text || '{}';
  return { ...(id && { id }), type: 'function', function: { name, arguments: value } };
}

function readArguments(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text; // as a model may have written it
  }
}

function oneCallATurn(messages: readonly ChatMessage[]): ChatMessage[] {
  const turns: ChatMessage[] = [];
  for (let at = 0; at < messages.length; at++) {
    const message = messages[at]!;
    const calls = message.tool_calls ?? [];
    if (calls.length < 2) {
      turns.push(message);
      continue;
    }
    const results = resultsAfter(messages, at);
    at += results.length;
    calls.forEach((call, i) => {
      const turn = i === 0 ? message : { role: 'assistant', content: '' };
      turns.push({ ...turn, tool_calls: [call] }, ...takeResult(call, results, i));
    });
    turns.push(...results.filter((result) => result !== undefined));
  }
  return turns;
}

function resultsAfter(messages: readonly ChatMessage[], at: number): (ChatMessage | undefined)[] {
  let end = at + 1;
  while (messages[end]?.role === 'tool') end++;
  return messages.slice(at + 1, end);
}

/** The result of a call by its id, or by its place; taken out of the results. */
function takeResult(call: ToolCall, results: (ChatMessage | undefined)[], place: number): ChatMessage[] {
  const byId = results.findIndex((result) => result?.tool_call_id && result.tool_call_id === call.id);
  const at = byId >= 0 ? byId : place;
  const result = results[at];
  if (!result || (byId < 0 && result.tool_call_id && call.id)) return [];
  results[at] = undefined;
  return [result];
}
