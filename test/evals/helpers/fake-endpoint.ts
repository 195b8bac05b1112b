import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface FakeEndpoint {
  baseUrl: string;
  /** The last message of every completed or begun chat request, in order of arrival. */
  asked: string[];
  close(): Promise<void>;
}

export interface FakeOptions {
  delayMs?: number;
  /** Reply text, or an HTTP status to fail with. */
  reply?: (lastMessage: string, count: number) => string | number;
}

/** An OpenAI-compatible server with scripted replies. */
export async function fakeEndpoint({
  delayMs = 0,
  reply = () => 'Yes',
}: FakeOptions = {}): Promise<FakeEndpoint> {
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    const send = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    if (request.url === '/v1/models') return send(200, { data: [{ id: 'scripted', context_length: 8192 }] });
    if (request.url !== '/v1/chat/completions') return send(404, { error: { message: 'no such route' } });
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { messages } = JSON.parse(Buffer.concat(chunks).toString()) as { messages: { content: string }[] };
    const last = messages.at(-1)!.content;
    asked.push(last);
    const text = reply(last, asked.length);
    await sleep(delayMs);
    if (typeof text === 'number')
      return send(text, { error: { message: 'scripted failure', type: 'server_error' } });
    const choice = { index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' };
    const usage = { prompt_tokens: 10, completion_tokens: 2, total_tokens: 12 };
    send(200, {
      id: 'x',
      object: 'chat.completion',
      created: 0,
      model: 'scripted',
      choices: [choice],
      usage,
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    asked,
    close: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
