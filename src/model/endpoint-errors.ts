import { EndpointError, EndpointUnreachableError, type PathactError } from '../errors.ts';

const hints: Record<number, string> = {
  401: 'Set OPENAI_API_KEY to a key that this endpoint accepts.',
  403: 'The key is known but may not use this model.',
  404: 'See `GET /v1/models` of the endpoint for the names it serves, and give one with --model.',
  413: 'The conversation is longer than the endpoint accepts; serve the model with a larger --ctx.',
  429: 'The endpoint limits requests: lower --concurrency or wait.',
  503: 'The endpoint is starting or busy; try again in a moment.',
};

/** What a foreign error means to the user; the original stays as `cause`. */
export function explainEndpointFailure(error: unknown, baseUrl: string): PathactError {
  const source = innermost(error);
  const status = field(source, 'status');
  if (typeof status !== 'number') return unreachable(baseUrl, error);
  const code = field(source, 'code');
  return refused(messageOf(source), status, typeof code === 'string' ? code : undefined, baseUrl, error);
}

/** An error answer that was read by `fetch`: the status, and the OpenAI error object if there is one. */
export function explainErrorResponse(status: number, body: string, baseUrl: string): PathactError {
  return refused(body.slice(0, 300), status, undefined, baseUrl, undefined);
}

export function unreachable(baseUrl: string, cause: unknown): EndpointUnreachableError {
  return new EndpointUnreachableError(`cannot reach the endpoint at ${baseUrl} (${reasonOf(cause)})`, {
    hint: 'Start one with `pathact serve`, set OPENAI_BASE_URL to a running one, or leave out --base-url.',
    cause,
  });
}

/** An answer with status 200 that is not what the protocol promises. */
export function notTheProtocol(baseUrl: string, what: string, cause?: unknown): EndpointError {
  return new EndpointError(`${baseUrl} answered with something that is not ${what}`, 200, undefined, {
    hint: 'Is it an OpenAI-compatible endpoint, and does its URL end in /v1?',
    cause,
  });
}

/** The error that a body of status 200, or an event in a stream, reports as OpenAI's error object. */
export function reportedError(body: unknown, baseUrl: string): EndpointError | undefined {
  const error = field(body, 'error');
  const message = field(error, 'message');
  if (typeof message !== 'string') return undefined;
  const code = field(error, 'code');
  return new EndpointError(
    `${baseUrl} reported: ${oneLine(message)}`,
    200,
    typeof code === 'string' ? code : undefined,
  );
}

function refused(text: string, status: number, code: string | undefined, baseUrl: string, cause: unknown) {
  const hint = hints[code === 'context_length_exceeded' ? 413 : status];
  const details = { cause, ...(hint === undefined ? {} : { hint }) };
  return new EndpointError(`${baseUrl} answered ${status}: ${oneLine(text)}`, status, code, details);
}

/** LangChain wraps a context overflow once more; the cause holds the status. */
function innermost(error: unknown): unknown {
  const cause = field(error, 'cause');
  return typeof field(error, 'status') !== 'number' && typeof field(cause, 'status') === 'number'
    ? cause
    : error;
}

/** The deepest cause says most: `connect ECONNREFUSED 127.0.0.1:8080` rather than `Connection error.` */
function reasonOf(error: unknown): string {
  let deepest = error;
  for (let depth = 0; depth < 5 && field(deepest, 'cause') instanceof Error; depth++)
    deepest = field(deepest, 'cause');
  const code = field(deepest, 'code');
  return oneLine(messageOf(deepest) || (typeof code === 'string' ? code : 'no reason given'));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message.replace(/^\d{3} /, '') : String(error);
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim().slice(0, 300);
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
