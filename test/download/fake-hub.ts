import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FakeHub {
  url: string;
  /** Every request, in order: the hub itself ("hub") or the host it redirects to ("cdn"). */
  requests: {
    host: 'hub' | 'cdn';
    path: string;
    range: string | undefined;
    authorization: string | undefined;
  }[];
  close(): Promise<void>;
}

export interface HubBehaviour {
  content: Uint8Array;
  /** What the hub claims as the file's SHA-256; the true one if left out, none if null. */
  linkedEtag?: string | null;
  status?: number;
  /** The nth answer of the CDN stops after so many bytes and drops the connection. */
  dropAfter?: (number | undefined)[];
  /** Accept the connection and say nothing. */
  silent?: boolean;
}

const sha256 = (content: Uint8Array) => createHash('sha256').update(content).digest('hex');

/**
 * Two servers that answer as the public hub does: `/OWNER/NAME/resolve/main/FILE` gives a redirect that carries
 * the stored file's hash, and the bytes come from another host that heeds byte ranges.
 */
export async function startFakeHub(behaviour: HubBehaviour): Promise<FakeHub> {
  const requests: FakeHub['requests'] = [];
  const note = (host: 'hub' | 'cdn', { url, headers }: IncomingMessage) =>
    requests.push({ host, path: url ?? '', range: headers.range, authorization: headers.authorization });
  const cdn = await listen((request, response) => {
    note('cdn', request);
    const answers = requests.filter(({ host }) => host === 'cdn').length;
    serveRange(request, response, behaviour.content, behaviour.dropAfter?.[answers - 1]);
  });
  const hub = await listen((request, response) => {
    note('hub', request);
    if (behaviour.silent) return;
    const etag = behaviour.linkedEtag === undefined ? sha256(behaviour.content) : behaviour.linkedEtag;
    const headers: Record<string, string> = { location: `${cdn.url}/stored${request.url}` };
    if (etag) headers['x-linked-etag'] = `"${etag}"`;
    response.writeHead(behaviour.status ?? 302, behaviour.status ? {} : headers).end();
  });
  const close = async () => {
    await Promise.all([hub.close(), cdn.close()]);
  };
  return { url: hub.url, requests, close };
}

export function serveRange(
  { headers }: IncomingMessage,
  response: ServerResponse,
  content: Uint8Array,
  dropAfter: number | undefined,
): void {
  const start = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0);
  const partial = headers.range !== undefined;
  if (partial && start >= content.length) {
    response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end();
    return;
  }
  const range = { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` };
  const etag = `"cdn-${sha256(content).slice(0, 8)}"`;
  const rest = content.subarray(start);
  response.writeHead(partial ? 206 : 200, { 'content-length': rest.length, etag, ...(partial ? range : {}) });
  if (dropAfter === undefined) response.end(rest);
  else response.write(rest.subarray(0, dropAfter), () => setTimeout(() => response.destroy(), 20));
}

/** A server on a free loopback port. */
export async function listen(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<{ url: string; close(): Promise<void> }> {
  const server: Server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  return { url: `http://127.0.0.1:${port}`, close };
}
