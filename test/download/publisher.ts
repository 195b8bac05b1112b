import { onTestFinished } from 'vitest';
import { type DataSource, dataSourceSchema } from '../../src/download/data-sources.ts';
import { listen, serveRange } from './fake-hub.ts';

interface Offered {
  content: Uint8Array;
  /** The nth answer stops after so many bytes and drops the connection. */
  dropAfter?: (number | undefined)[];
  /** Sent without a length, as a page that is made as it is asked for. */
  unsized?: boolean;
}

/** A server that offers files as a data publisher does. `files` may be changed while it runs. */
export async function startPublisher(files: Record<string, Offered>) {
  const requests: { path: string; range: string | undefined }[] = [];
  const server = await listen((request, response) => {
    const path = request.url ?? '';
    requests.push({ path, range: request.headers.range });
    const offered = files[path];
    const drop = offered?.dropAfter?.shift();
    if (!offered) response.writeHead(404).end();
    else if (!offered.unsized) serveRange(request, response, offered.content, drop);
    else if (drop === undefined) response.writeHead(200).end(offered.content);
    else response.writeHead(200).write(offered.content.subarray(0, drop), () => response.destroy());
  });
  onTestFinished(() => server.close());
  return { url: server.url, requests };
}

/** A data source with what every source has beside its files. */
export function sourceWith(...files: Record<string, unknown>[]): DataSource {
  return dataSourceSchema.parse({
    id: 'tiny',
    title: 'Tiny pathways',
    use: 'tests',
    homepage: 'https://example.org',
    licence: 'CC-BY-4.0',
    licenceUrl: 'https://creativecommons.org/licenses/by/4.0/',
    notice: 'Name us.',
    files: files.map((file) => ({ sha256: null, aboutBytes: 1, ...file })),
  });
}
