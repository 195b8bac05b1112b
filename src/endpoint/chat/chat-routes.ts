import { type Context, Hono } from 'hono';
import { badRequest } from '../api-error.ts';
import { eventStream } from '../event-stream.ts';
import { envelope, usageOf } from '../generation/envelope.ts';
import { readFormat } from '../generation/read-format.ts';
import { readStops, refusedEverywhere, refuseFields } from '../generation/read-generation.ts';
import { readCommon } from '../generation/read-request.ts';
import type { PlacedLogProbability } from '../generation/reply-text.ts';
import { readBody } from '../read-body.ts';
import type { Serving } from '../serving.ts';
import { type ChatBody, chatSchema } from './chat-schema.ts';
import type { ChatRequest, PreparedChat } from './chat-service.ts';
import { WholeReply } from './chat-shape.ts';
import { ChatStream, logprobsOf } from './chat-stream.ts';
import { readConversation } from './read-messages.ts';

const refused = {
  ...refusedEverywhere,
  functions: 'not supported; use tools.',
  function_call: 'not supported; use tool_choice.',
  audio: 'not supported; this model writes text only.',
  web_search_options: 'not supported; this endpoint does not search the web.',
  continue_final_message: 'not supported; /v1/completions continues any text.',
} as const;

/** `/v1/chat/completions`. */
export function chatRoutes(serving: Serving): Hono {
  const routes = new Hono();
  routes.post('/v1/chat/completions', async (c) => {
    const body = await readBody(c, chatSchema);
    serving.model.check(body.model);
    refuseFields(body, refused);
    const chat = serving.chats.prepare(toRequest(serving, body, c));
    serving.texts.check(chat.text, 'messages');
    return body.stream ? stream(c, serving, chat, body) : whole(c, serving, chat);
  });
  return routes;
}

function toRequest(serving: Serving, body: ChatBody, c: Context): ChatRequest {
  return {
    ...readCommon(serving, body, c),
    ...readConversation(body),
    parallelCalls: body.parallel_tool_calls ?? true,
    format: readFormat(body),
    maxTokens: body.max_completion_tokens ?? body.max_tokens ?? undefined,
    stops: readStops(body.stop),
    topLogprobs: readTopLogprobs(body),
  };
}

function readTopLogprobs({ logprobs, top_logprobs }: ChatBody): number | undefined {
  if (logprobs) return top_logprobs ?? 0;
  if (!top_logprobs) return undefined;
  throw badRequest('top_logprobs: is given with logprobs: true only.', 'top_logprobs');
}

async function whole(c: Context, serving: Serving, chat: PreparedChat): Promise<Response> {
  const replies = Array.from({ length: chat.text.choices }, () => new WholeReply());
  const tokens: PlacedLogProbability[][] = replies.map(() => []);
  const result = await serving.chat(chat, c.req.raw.signal, {
    onParts(choice, parts, logprobs) {
      replies[choice]!.add(parts);
      tokens[choice]!.push(...logprobs);
    },
  });
  const choices = replies.map(({ message }, index) => ({
    index,
    message,
    logprobs: logprobsOf(serving, chat, tokens[index]!),
    finish_reason: result.choices[index]!.chatFinish,
  }));
  const head = envelope('chatcmpl-', 'chat.completion', serving.model);
  return c.json({ ...head, choices, usage: usageOf(result, result.reasoningTokens) });
}

function stream(c: Context, serving: Serving, chat: PreparedChat, body: ChatBody): Response {
  return eventStream({
    signal: c.req.raw.signal,
    end: '[DONE]',
    explain: (sink, error) => sink.send(serving.explain(error).body),
    produce: (sink) => new ChatStream(serving, chat, sink, body).run(),
  });
}
