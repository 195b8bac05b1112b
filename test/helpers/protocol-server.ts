import { serve } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { onTestFinished } from 'vitest';

type Handler = (context: Context) => Response | Promise<Response>;

export interface Protocol {
  chat?: Handler;
  models?: Handler;
  tokenize?: Handler;
}

/** A small server that speaks the OpenAI protocol on a free loopback port until the test ends; gives its base URL. */
export async function protocolServer({ chat, models, tokenize }: Protocol): Promise<string> {
  const app = new Hono();
  if (chat) app.post('/v1/chat/completions', chat);
  if (models) app.get('/v1/models', models);
  if (tokenize) app.post('/tokenize', tokenize);
  const { promise, resolve } = Promise.withResolvers<number>();
  const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => resolve(port));
  onTestFinished(() => {
    server.close();
    if ('closeAllConnections' in server) server.closeAllConnections();
  });
  return `http://127.0.0.1:${await promise}/v1`;
}

/** A base URL where nobody listens. */
export async function deadUrl(): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const server = serve({ fetch: () => new Response(), port: 0, hostname: '127.0.0.1' }, ({ port }) =>
    resolve(port),
  );
  const port = await promise;
  await new Promise((closed) => server.close(closed));
  return `http://127.0.0.1:${port}/v1`;
}

/** A completion as an endpoint sends it. */
export function completion(content: string | null, usage?: object) {
  const choices = [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }];
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices,
    ...(usage && { usage }),
  };
}
