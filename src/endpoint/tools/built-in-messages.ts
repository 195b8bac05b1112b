import { type TemplateMessage, textOf } from '../../engine/chat-template.ts';
import type { ChatMessage } from './tool-format.ts';
import type { ToolCall, ToolDefinition } from './tool-schemas.ts';
import { toolSignature } from './tool-signature.ts';

/**
 * A conversation for a template that knows no tools: they are listed in a system block, calls of earlier turns are
 * text as the model wrote it, results are user turns between tags. `takesSystem`: the template has system turns;
 * otherwise the block opens the first user turn.
 */
export function builtInMessages(
  messages: readonly ChatMessage[],
  tools: readonly ToolDefinition[],
  takesSystem: boolean,
): TemplateMessage[] {
  const names = new Map<string, string>();
  const turns = messages.map((message) => {
    for (const { id, function: called } of message.tool_calls ?? []) if (id) names.set(id, called.name);
    return turnOf(message, names);
  });
  const joined = joinResults(turns).map(({ message }) => message);
  return tools.length === 0 ? joined : withBlock(joined, systemBlock(tools), takesSystem);
}

function systemBlock(tools: readonly ToolDefinition[]): string {
  return `You can call tools. Tools:
${tools.map((tool) => toolSignature(tool)).join('\n')}

To call a tool, write only this, with the tool's name and a JSON object of arguments:
<tool_call>
{"name": "...", "arguments": {...}}
</tool_call>
The result then comes in <tool_response> tags. If no tool helps, answer in plain words.`;
}

interface Turn {
  message: TemplateMessage;
  isResult: boolean;
}

/** `names`: of the tools called so far, by the ids of the calls. */
function turnOf(message: ChatMessage, names: ReadonlyMap<string, string>): Turn {
  const content = textOf(message.content);
  if (message.role === 'tool') {
    const name = message.name ?? names.get(message.tool_call_id ?? '');
    const label = name === undefined ? '' : ` name=${JSON.stringify(name)}`;
    const text = `<tool_response${label}>\n${content}\n</tool_response>`;
    return { message: { role: 'user', content: text }, isResult: true };
  }
  const calls = (message.tool_calls ?? []).map((call) => callText(call));
  const text = [...(content === '' ? [] : [content]), ...calls].join('\n');
  const reasoning = message.reasoning_content ?? undefined;
  const turn = {
    role: message.role,
    content: text,
    ...(reasoning !== undefined && { reasoning_content: reasoning }),
  };
  return { message: turn, isResult: false };
}

// The arguments stand as they were given: where they are what the model wrote, its keys and values are still cached.
function callText({ function: { name, arguments: text } }: ToolCall): string {
  return `<tool_call>\n{"name": ${JSON.stringify(name)}, "arguments": ${text || '{}'}}\n</tool_call>`;
}

/** Results, and a question right after them, are one user turn: many templates want turns to alternate. */
function joinResults(turns: readonly Turn[]): Turn[] {
  const joined: Turn[] = [];
  for (const turn of turns) {
    const last = joined.at(-1);
    if (!last?.isResult || turn.message.role !== 'user') joined.push(turn);
    else {
      const content = `${textOf(last.message.content)}\n${textOf(turn.message.content)}`;
      joined[joined.length - 1] = { message: { role: 'user', content }, isResult: turn.isResult };
    }
  }
  return joined;
}

function withBlock(messages: TemplateMessage[], block: string, takesSystem: boolean): TemplateMessage[] {
  const [first, ...others] = messages;
  const role = takesSystem ? 'system' : 'user';
  if (first?.role === role || (!takesSystem && first?.role === 'system')) {
    const own = textOf(first.content);
    const content = takesSystem ? `${own}\n\n${block}` : `${block}\n\n${own}`;
    return [{ ...first, content: own === '' ? block : content }, ...others];
  }
  return [{ role, content: block }, ...messages];
}
