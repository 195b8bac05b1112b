import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Engine } from '../engine/engine.ts';
import { ApiError, toApiError } from './api-error.ts';
import { generationRoutes } from './generation-routes.ts';
import type { SchedulerOptions } from './scheduler.ts';
import { ServedModel, type ServedModelOptions } from './served-model.ts';
import { TextService } from './service.ts';
import { tokenRoutes } from './token-routes.ts';

/** Requests computed at once where memory permits; it is what limits them, by `kvBudgetBytes`. */
export const DEFAULT_PARALLEL = 16;

export interface EndpointOptions extends ServedModelOptions, Omit<SchedulerOptions, 'slots' | 'queueLimit'> {
  /** Requests computed at once, memory permitting. Default 16. */
  parallel?: number | undefined;
  /** Requests that may wait beyond those. Default 256. */
  queueLimit?: number | undefined;
  /** When set, every route but /health asks for it. */
  apiKey?: string | undefined;
  /** Jinja source of the chat template, instead of the model file's own. */
  chatTemplate?: string | undefined;
  /** Told of every failure that is not the client's. */
  onError?: ((error: unknown) => void) | undefined;
}

/** An OpenAI-compatible endpoint as a web-standard handler; `server.ts` puts it on a socket. */
export interface Endpoint {
  fetch(request: Request): Response | Promise<Response>;
  /** Refuses new requests and resolves when the running ones have ended. The engine stays open. */
  drain(): Promise<void>;
}

const BODY_BYTES = 32 * 1024 * 1024;

/** Throws `MalformedFileError` when the model's chat template cannot be read. */
export function createEndpoint(engine: Engine, options: EndpointOptions): Endpoint {
  const scheduler = {
    ...options,
    slots: options.parallel ?? DEFAULT_PARALLEL,
    queueLimit: options.queueLimit ?? 256,
  };
  const service = new TextService(engine, scheduler, options.chatTemplate);
  const model = new ServedModel(engine, options);
  const explain = (error: unknown): ApiError => {
    const apiError = toApiError(error);
    if (apiError.status === 500) options.onError?.(error);
    return apiError;
  };
  const app = new Hono();
  app.use(async (c, next) => {
    c.header('x-request-id', `req_${randomUUID().replaceAll('-', '')}`);
    await next();
  });
  app.get('/health', (c) => c.json({ status: 'ok', model: model.id, ...service.scheduler.load }));
  if (options.apiKey !== undefined) app.use(keyCheck(options.apiKey));
  app.use(bodyLimit({ maxSize: BODY_BYTES, onError: refuseLargeBody }));
  app.get('/v1/models', (c) => c.json({ object: 'list', data: [model.entry] }));
  app.get('/v1/models/:id{.+}', (c) => {
    model.check(c.req.param('id'));
    return c.json(model.entry);
  });
  app.route(
    '/',
    generationRoutes(service, model, (error) => explain(error).body),
  );
  app.route('/', tokenRoutes(service, model));
  app.notFound((c) => errorResponse(c, new ApiError(404, `There is no ${c.req.method} ${c.req.path} here.`)));
  app.onError((error, c) => {
    if (c.req.raw.signal.aborted) return new Response(null, { status: 499 }); // nobody reads it
    return errorResponse(c, explain(error));
  });
  return { fetch: (request) => app.fetch(request), drain: () => service.scheduler.drain() };
}

function errorResponse(c: Context, error: ApiError): Response {
  if (error.retryAfterSeconds !== undefined) c.header('retry-after', String(error.retryAfterSeconds));
  if (error.status === 504) c.header('x-should-retry', 'false'); // it would take as long again
  return c.json(error.body, error.status);
}

function refuseLargeBody(): never {
  throw new ApiError(413, `The request body is larger than ${BODY_BYTES} bytes.`, { code: 'body_too_large' });
}

function keyCheck(apiKey: string) {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  const expected = digest(`Bearer ${apiKey}`);
  return async (c: Context, next: () => Promise<void>) => {
    // Digests have one length, so the comparison tells nothing of the key.
    if (!timingSafeEqual(digest(c.req.header('authorization') ?? ''), expected)) {
      throw new ApiError(401, 'The API key is missing or wrong.', { code: 'invalid_api_key' });
    }
    await next();
  };
}
