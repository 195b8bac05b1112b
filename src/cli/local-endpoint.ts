import { randomUUID } from 'node:crypto';
import { createLogger } from '../log.ts';
import { startModelServer } from './model-server.ts';

export interface LocalEndpoint {
  /** Ends in `/v1`. */
  baseUrl: string;
  /** Made for this run, so that nobody else on this machine uses the endpoint. */
  apiKey: string;
  /** The model's name at the endpoint. */
  model: string;
  /** SHA-256 of the model file. */
  modelHash: string;
  /** Stops replies that still run and gives back port and memory. */
  close(): Promise<void>;
}

export interface LocalEndpointOptions {
  model: string;
  threads?: number | undefined;
  contextLength?: number | undefined;
  /** Requests computed at once; set it to the caller's concurrency. */
  parallel?: number | undefined;
  /** Jinja source, instead of the model file's own. */
  chatTemplate?: string | undefined;
}

/**
 * Our endpoint inside this process, on a free loopback port, for commands that were given no `--base-url`.
 * Its opener closes it, in `finally`. Throws `MissingError` where model or native core are absent.
 */
export async function startLocalEndpoint(
  options: LocalEndpointOptions,
  signal: AbortSignal,
): Promise<LocalEndpoint> {
  const apiKey = randomUUID();
  const log = createLogger('error');
  const { parallel, ...others } = options;
  const server = await startModelServer(
    { ...others, scheduling: { parallel }, host: '127.0.0.1', port: 0, apiKeys: [apiKey], log },
    signal,
  );
  return {
    baseUrl: `${server.url}/v1`,
    apiKey,
    model: server.model,
    modelHash: server.modelHash,
    close: () => server.close(AbortSignal.abort()),
  };
}
