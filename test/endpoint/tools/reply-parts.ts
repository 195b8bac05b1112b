import type { ReplyParser, ReplyPart } from '../../../src/endpoint/tools/tool-format.ts';

/** A reply put together from its parts; neighbouring text of one kind is one. */
export interface Reply {
  content: string;
  reasoning: string;
  calls: { name: string; arguments: string }[];
}

/** What a parser makes of a text that comes in these pieces. Checks that parts come in an order a client can follow. */
export function parseReply(parser: ReplyParser, pieces: readonly string[]): Reply {
  return joinParts([...pieces.flatMap((piece) => parser.push(piece)), ...parser.finish()]);
}

export function joinParts(parts: readonly ReplyPart[]): Reply {
  const reply: Reply = { content: '', reasoning: '', calls: [] };
  for (const part of parts) {
    switch (part.kind) {
      case 'content':
        reply.content += part.text;
        break;
      case 'reasoning':
        reply.reasoning += part.text;
        break;
      case 'call':
        if (part.index !== reply.calls.length)
          throw new Error(`call ${part.index} after ${reply.calls.length}`);
        reply.calls.push({ name: part.name, arguments: '' });
        break;
      case 'arguments':
        if (part.index !== reply.calls.length - 1) throw new Error(`arguments of call ${part.index}`);
        reply.calls[part.index]!.arguments += part.text;
        break;
    }
  }
  return reply;
}
