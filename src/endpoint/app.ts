import { randomUUID } from 'node:crypto';
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { cors } from 'hono/cors';
import type { Engine } from '../engine/engine.ts';
import { ApiError } from './api-error.ts';
import { keyCheck, keyOf } from './api-keys.ts';
import { chatRoutes } from './chat/chat-routes.ts';
import { completionRoutes } from './completions/completion-routes.ts';
import { embeddingRoutes } from './embeddings/embedding-routes.ts';
import { ModelFile } from './model-file.ts';
import { openApiDocument } from './openapi/openapi-document.ts';
import { responseRoutes } from './responses/response-routes.ts';
import type { SchedulerOptions } from './scheduling/scheduler-options.ts';
import { ServedModel, type ServedModelOptions } from './served-model.ts';
import { Serving } from './serving.ts';
import { tokenRoutes } from './tokens/token-routes.ts';

/** Requests computed at once where memory permits; it is what limits them, by `kvBudgetBytes`. */
export const DEFAULT_PARALLEL = 16;

export interface EndpointOptions extends ServedModelOptions, Omit<SchedulerOptions, 'slots' | 'queueLimit'> {
  /** Requests computed at once, memory permitting. Default 16. */
  parallel?: number | undefined;
  /** Requests that may wait beyond those. Default 256. */
  queueLimit?: number | undefined;
  /** When there are any, every route but /health asks for one of them. */
  apiKeys?: readonly string[] | undefined;
  /** Web pages of these origins may call the endpoint; `*` stands for all. Default none. */
  origins?: readonly string[] | undefined;
  /** A Jinja template in place of the model file's own. */
  chatTemplate?: string | undefined;
  /** The model's file, to notice when it is changed in place. */
  modelFile?: string | undefined;
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
  const { parallel, queueLimit, apiKeys = [], origins = [], modelFile, chatTemplate, onError } = options;
  const scheduler = { ...options, slots: parallel ?? DEFAULT_PARALLEL, queueLimit: queueLimit ?? 256 };
  const model = new ServedModel(engine, options);
  // One key that all share tells nobody apart.
  const clientOf = apiKeys.length > 1 ? keyOf : undefined;
  const serving = new Serving(engine, model, { scheduler, chatTemplate, clientOf, onError });
  const app = new Hono();
  app.use(async (c, next) => {
    c.header('x-request-id', `req_${randomUUID().replaceAll('-', '')}`);
    await next();
    serving.metrics.answered(c.res.status);
  });
  if (origins.length > 0) app.use(cors({ origin: [...origins] }));
  app.get('/health', (c) => c.json({ status: 'ok', model: serving.model.id, ...serving.scheduler.load }));
  if (apiKeys.length > 0) app.use(keyCheck(apiKeys));
  app.use(bodyLimit({ maxSize: BODY_BYTES, onError: refuseLargeBody }));
  app.route('/', factRoutes(serving));
  if (modelFile !== undefined) app.use(fileCheck(new ModelFile(modelFile)));
  app.route('/', chatRoutes(serving));
  app.route('/', completionRoutes(serving));
  app.route('/', responseRoutes(serving));
  app.route('/', embeddingRoutes(serving));
  app.route('/', tokenRoutes(serving));
  app.notFound((c) => errorResponse(c, new ApiError(404, `There is no ${c.req.method} ${c.req.path} here.`)));
  app.onError((error, c) => {
    if (c.req.raw.signal.aborted) return new Response(null, { status: 499 }); // nobody reads it
    return errorResponse(c, serving.explain(error));
  });
  return { fetch: (request) => app.fetch(request), drain: () => serving.drain() };
}

/** What is known without computing anything. */
function factRoutes({ model, metrics }: Serving): Hono {
  const routes = new Hono();
  const document = openApiDocument(model.version);
  routes.get('/openapi.json', (c) => c.json(document));
  routes.get('/metrics', async (c) =>
    c.text(await metrics.text(), 200, { 'content-type': metrics.contentType }),
  );
  routes.get('/v1/models', (c) => c.json({ object: 'list', data: [model.entry] }));
  routes.get('/v1/models/:id{.+}', (c) => {
    model.check(c.req.param('id'));
    return c.json(model.entry);
  });
  return routes;
}

function fileCheck(file: ModelFile) {
  return async (_: Context, next: () => Promise<void>) => {
    file.check();
    await next();
  };
}

function errorResponse(c: Context, error: ApiError): Response {
  if (error.retryAfterSeconds !== undefined) c.header('retry-after', String(error.retryAfterSeconds));
  if (error.status === 504) c.header('x-should-retry', 'false'); // it would take as long again
  return c.json(error.body, error.status);
}

function refuseLargeBody(): never {
  throw new ApiError(413, `The request body is larger than ${BODY_BYTES} bytes.`, { code: 'body_too_large' });
}
