import type { Tokenizer } from '../../engine/tokenizer.ts';
import { type TokenLogProbability, tokenText } from '../generation/log-probabilities.ts';
import type { TextPiece } from '../generation/reply-text.ts';
import type { ReplyPart } from '../tools/tool-format.ts';

/** Chat's shape of log-probabilities. */
export function chatLogprobs(tokenizer: Tokenizer, tokens: TextPiece['logprobs']) {
  const shown = ({ id, logprob }: TokenLogProbability) => ({ ...tokenText(tokenizer, id), logprob });
  const content = tokens.map((token) => ({ ...shown(token), top_logprobs: token.top.map(shown) }));
  return { content, refusal: null };
}

/** A part of a reply as the delta of a streamed chunk. */
export function deltaOf(part: ReplyPart): object {
  switch (part.kind) {
    case 'content':
      return { content: part.text };
    case 'reasoning':
      return { reasoning_content: part.text };
    case 'call': {
      const { index, id, name } = part;
      return { tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] };
    }
    case 'arguments':
      return { tool_calls: [{ index: part.index, function: { arguments: part.text } }] };
  }
}

export interface ReplyCall {
  id: string;
  name: string;
  arguments: string;
}

/** The parts of a whole reply, put together. */
export class WholeReply {
  content = '';
  reasoning = '';
  readonly calls: ReplyCall[] = [];

  add(parts: readonly ReplyPart[]): void {
    for (const part of parts) {
      if (part.kind === 'content') this.content += part.text;
      else if (part.kind === 'reasoning') this.reasoning += part.text;
      else if (part.kind === 'call') this.calls[part.index] = { id: part.id, name: part.name, arguments: '' };
      else this.calls[part.index]!.arguments += part.text;
    }
  }

  /** The assistant's message. Content is null where there are only calls. */
  get message(): object {
    const { content, reasoning, calls } = this;
    return {
      role: 'assistant',
      content: content === '' && calls.length > 0 ? null : content,
      refusal: null,
      ...(reasoning !== '' && { reasoning_content: reasoning }),
      ...(calls.length > 0 && { tool_calls: calls.map(toolCall) }),
    };
  }
}

const toolCall = ({ id, name, arguments: text }: ReplyCall) => ({
  id,
  type: 'function',
  function: { name, arguments: text },
});
