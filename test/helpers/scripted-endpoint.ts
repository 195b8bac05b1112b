import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { type Message, messageSchema } from '../../src/run.ts';

const bodySchema = z.looseObject({ messages: z.array(messageSchema) });
export type AskedBody = z.infer<typeof bodySchema>;

/** Says the reply to a conversation; a number is an HTTP status to fail with. */
export type Speaker = (messages: readonly Message[], body: AskedBody) => string | number;

export interface ScriptedEndpoint {
  /** Ends in `/v1`. */
  baseUrl: string;
  /** Every chat request, in order of arrival. */
  asked: AskedBody[];
  close(): Promise<void>;
}

/**
 * An OpenAI-compatible server on a free loopback port that serves the model `scripted`, whose every reply `speak`
 * gives. Who starts it closes it.
 */
export async function scriptedEndpoint(
  speak: Speaker,
  { contextLength = 8192 }: { contextLength?: number } = {},
): Promise<ScriptedEndpoint> {
  const asked: AskedBody[] = [];
  const answer = async (request: IncomingMessage): Promise<[status: number, body: object]> => {
    if (request.url === '/v1/models')
      return [
        200,
        { object: 'list', data: [{ id: 'scripted', object: 'model', context_length: contextLength }] },
      ];
    if (request.url !== '/v1/chat/completions') return [404, failure('no such route')];
    const body = bodySchema.parse(JSON.parse(await textOf(request)));
    asked.push(body);
    const reply = speak(body.messages, body);
    return typeof reply === 'number' ? [reply, failure('scripted failure')] : [200, completion(body, reply)];
  };
  const server = createServer(async (request, response) => {
    const [status, body] = await answer(request).catch((error) => [500, failure(String(error))] as const);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    asked,
    close: () => {
      server.closeAllConnections();
      return new Promise((closed) => server.close(() => closed()));
    },
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function failure(message: string) {
  return { error: { message, type: 'server_error' } };
}

function completion({ messages }: AskedBody, content: string) {
  const prompt = messages.reduce((sum, message) => sum + Math.ceil(message.content.length / 4), 0);
  const usage = { prompt_tokens: prompt, completion_tokens: Math.ceil(content.length / 4) };
  return {
    ...{ id: 'chatcmpl-1', object: 'chat.completion', created: 1, model: 'scripted' },
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
    usage: { ...usage, total_tokens: usage.prompt_tokens + usage.completion_tokens },
  };
}
