import { createServer, type Server } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { PathactError } from '../errors.ts';
import type { Endpoint } from './app.ts';

export interface RunningServer {
  /** e.g. `http://127.0.0.1:8080`; the API lies under `/v1`. */
  url: string;
  port: number;
  /** Refuses new requests, lets running ones end, closes every connection. On abort it closes them at once. */
  close(signal?: AbortSignal): Promise<void>;
}

/** How long a client may take for what it sends; one that dawdles is cut off, so that it holds no connection for long. */
export interface ServerTimeouts {
  headersTimeout: number;
  /** For the whole request. Answers may take as long as they need. */
  requestTimeout: number;
  /** Between two requests of one connection. */
  keepAliveTimeout: number;
  /** How often the first two are checked. */
  connectionsCheckingInterval: number;
}
const defaultTimeouts: ServerTimeouts = {
  headersTimeout: 10_000,
  requestTimeout: 60_000,
  keepAliveTimeout: 30_000,
  connectionsCheckingInterval: 2000,
};

/**
 * Puts an endpoint on a socket. Port 0 takes a free one. Throws `PathactError` that names the port
 * when it cannot be had.
 */
export async function listen(
  endpoint: Endpoint,
  host: string,
  port: number,
  timeouts: Partial<ServerTimeouts> = {},
): Promise<RunningServer> {
  const listener = getRequestListener((request) => endpoint.fetch(request));
  const server = createServer({ ...defaultTimeouts, ...timeouts }, listener);
  await bind(server, host, port);
  const address = server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  const shown = host.includes(':') ? `[${host}]` : host;
  return {
    url: `http://${shown}:${bound}`,
    port: bound,
    close: (signal) => close(server, endpoint, signal),
  };
}

function bind(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => reject(explainBind(cause, host, port)));
    server.listen(port, host, () => resolve());
  });
}

function explainBind(cause: NodeJS.ErrnoException, host: string, port: number): PathactError {
  switch (cause.code) {
    case 'EADDRINUSE':
      return new PathactError(`port ${port} on ${host} is in use`, {
        hint: 'Stop the program that uses it, or choose another with --port (0 takes a free one).',
        cause,
      });
    case 'EACCES':
      return new PathactError(`this user may not open port ${port}`, {
        hint: 'Choose one above 1023 with --port.',
        cause,
      });
    default:
      return new PathactError(`cannot listen on ${host}:${port}: ${cause.message}`, {
        hint: 'Is --host an address of this machine? 127.0.0.1 is the default.',
        cause,
      });
  }
}

async function close(server: Server, endpoint: Endpoint, signal?: AbortSignal): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const cut = () => server.closeAllConnections();
  signal?.addEventListener('abort', cut, { once: true });
  if (signal?.aborted) cut();
  server.closeIdleConnections();
  await endpoint.drain();
  server.closeIdleConnections();
  await closed;
  signal?.removeEventListener('abort', cut);
}
