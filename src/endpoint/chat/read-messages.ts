import { badRequest } from '../api-error.ts';
import type { ChatMessage } from '../tools/tool-format.ts';
import type { ChatBody, MessageBody } from './chat-schema.ts';
import type { Conversation } from './conversations.ts';

/** The conversation of a body, and what the template is given besides. */
export function readConversation(
  body: Pick<ChatBody, 'messages' | 'tools' | 'tool_choice' | 'chat_template_kwargs'>,
): Conversation {
  const tools = body.tools ?? [];
  return {
    messages: readMessages(body.messages),
    tools,
    toolChoice: body.tool_choice ?? (tools.length > 0 ? 'auto' : 'none'),
    templateArguments: body.chat_template_kwargs ?? {},
  };
}

/** Messages as a tool format takes them: parts are joined to text, null and absent content is empty. */
function readMessages(messages: readonly MessageBody[]): ChatMessage[] {
  return messages.map((message, i) => {
    const { tool_calls, tool_call_id, name, reasoning_content } = message;
    return {
      role: message.role === 'developer' ? 'system' : message.role,
      content: readContent(message.content, `messages[${i}].content`),
      ...(tool_calls?.length && { tool_calls }),
      ...(tool_call_id && { tool_call_id }),
      ...(name && { name }),
      ...(reasoning_content && { reasoning_content }),
    };
  });
}

function readContent(content: MessageBody['content'], param: string): string {
  if (typeof content === 'string') return content;
  const texts = (content ?? []).map(({ type, text, refusal }, i) => {
    if (type === 'text' && typeof text === 'string') return text;
    if (type === 'refusal' && typeof refusal === 'string') return refusal;
    const isText = type === 'text' || type === 'refusal';
    const reason = isText ? 'has no text' : `is of type "${type.slice(0, 40)}"; this model reads text only`;
    throw badRequest(`${param}[${i}] ${reason}.`, `${param}[${i}]`, 'unsupported');
  });
  return texts.join('');
}
