import { errorCode, SourceFailedError } from './source-failed.ts';

/** A server that has not answered by then is left for the next source. */
const answerMs = 8_000;
const maxRedirects = 5;

export interface HttpReply {
  response: Response;
  /** Names this version of the file: the hub's ETag of the stored file, else the server's own ETag. */
  identity: string | undefined;
  /** The body. Fails when nothing arrives for the idle time. */
  chunks(): AsyncIterable<Uint8Array>;
  close(): void;
}

/**
 * One GET, following redirects by hand: the hub puts the file's hash on the first answer and the bytes behind a
 * redirect to another host, which must not see the token. Throws `SourceFailedError` unless the answer is
 * 200, 206 or 416.
 */
export async function request(
  url: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
  idleMs: number = answerMs,
  firstByteMs: number = answerMs,
): Promise<HttpReply> {
  const watchdog = new Watchdog(signal);
  try {
    watchdog.expectWithin(firstByteMs);
    const { response, identity } = await follow(url, headers, watchdog.signal);
    refuseStatus(response.status);
    return {
      response,
      identity,
      chunks: () => bodyOf(response, watchdog, idleMs),
      close: () => watchdog.end(),
    };
  } catch (error) {
    watchdog.end();
    throw signal.aborted ? signal.reason : explain(error, firstByteMs);
  }
}

async function follow(url: string, headers: Readonly<Record<string, string>>, signal: AbortSignal) {
  let target = new URL(url);
  let sent: Record<string, string> = { 'accept-encoding': 'identity', ...headers };
  let identity: string | undefined;
  for (let hop = 0; hop <= maxRedirects; hop++) {
    const response = await fetch(target, { headers: sent, redirect: 'manual', signal });
    identity ??= etagOf(response, 'x-linked-etag');
    const location = response.headers.get('location');
    if (response.status < 300 || response.status >= 400 || !location) {
      return { response, identity: identity ?? etagOf(response, 'etag') };
    }
    await response.body?.cancel();
    const next = new URL(location, target);
    if (target.protocol === 'https:' && next.protocol !== 'https:') {
      throw new SourceFailedError('redirects to an insecure address');
    }
    if (next.origin !== target.origin) sent = withoutAuthorization(sent);
    target = next;
  }
  throw new SourceFailedError('redirects in circles');
}

function withoutAuthorization({ authorization: _, ...rest }: Record<string, string>): Record<string, string> {
  return rest;
}

function etagOf(response: Response, header: string): string | undefined {
  return response.headers
    .get(header)
    ?.replace(/^W\//, '')
    .replace(/^"(.*)"$/, '$1');
}

function refuseStatus(status: number): void {
  if (status === 200 || status === 206 || status === 416) return;
  if (status === 401 || status === 403) {
    throw new SourceFailedError(`refuses access (HTTP ${status}): a token in HF_TOKEN may be needed`);
  }
  if (status === 404) throw new SourceFailedError('does not have the file (HTTP 404)');
  throw new SourceFailedError(`answered HTTP ${status}`);
}

async function* bodyOf(response: Response, watchdog: Watchdog, idleMs: number): AsyncGenerator<Uint8Array> {
  if (!response.body) return;
  watchdog.expectWithin(idleMs);
  for await (const chunk of response.body) {
    watchdog.expectWithin(idleMs);
    yield chunk;
  }
}

function explain(error: unknown, waitedMs: number): unknown {
  if (error instanceof SourceFailedError) return error;
  if (error instanceof DOMException && error.name === 'TimeoutError') {
    return new SourceFailedError(`did not answer within ${waitedMs / 1000} s`, { cause: error });
  }
  const why = errorCode(error) ?? (error instanceof Error ? error.message : String(error));
  return new SourceFailedError(`cannot be reached (${why})`, { cause: error });
}

/** Aborts when the caller does, or when what was expected did not come in time. */
class Watchdog {
  readonly signal: AbortSignal;
  readonly #overdue = new AbortController();
  #timer: NodeJS.Timeout | undefined;

  constructor(outer: AbortSignal) {
    this.signal = AbortSignal.any([outer, this.#overdue.signal]);
  }

  expectWithin(ms: number): void {
    clearTimeout(this.#timer);
    const late = () => this.#overdue.abort(new DOMException('nothing came in time', 'TimeoutError'));
    this.#timer = setTimeout(late, ms);
  }

  /** Stops the clock, and the transfer if it is still going on. */
  end(): void {
    clearTimeout(this.#timer);
    this.#overdue.abort(new DOMException('no longer wanted', 'AbortError'));
  }
}
