import { createEndpoint, type EndpointOptions } from '../endpoint/app.ts';
import { listen } from '../endpoint/server.ts';
import type { Engine, LowBitOptions } from '../engine/engine.ts';
import { loadEngine } from '../engine/load-engine.ts';
import type { Logger } from '../log.ts';
import { locateModel } from './model-files.ts';
import { packageVersion } from './package-root.ts';

export type Scheduling = Pick<
  EndpointOptions,
  'parallel' | 'queueLimit' | 'kvBudgetBytes' | 'prefixCacheBytes' | 'queueTimeoutMs' | 'requestTimeoutMs'
>;

export interface ModelServerOptions {
  /** A catalogue id, the id of an added model, or a GGUF file. */
  model: string;
  host: string;
  /** 0 takes a free one. */
  port: number;
  contextLength?: number | undefined;
  threads?: number | undefined;
  /** Replies attend to a low-bit copy of keys and values. Default: in full. */
  lowBit?: LowBitOptions | undefined;
  /** Requests computed at once, how many may wait, and what memory and time they get. */
  scheduling?: Scheduling | undefined;
  apiKeys?: readonly string[] | undefined;
  /** Origins of web pages that may call the endpoint. */
  origins?: readonly string[] | undefined;
  /** Jinja source, instead of the model file's own. */
  chatTemplate?: string | undefined;
  log: Logger;
}

export interface ModelServer {
  /** e.g. `http://127.0.0.1:8080`; the API lies under `/v1`. */
  url: string;
  model: string;
  /** SHA-256 of the model file. */
  modelHash: string;
  engine: Engine;
  /** Lets running replies end, at once on abort, then gives back port and memory. */
  close(cut?: AbortSignal): Promise<void>;
}

/**
 * Loads a model and serves it. Throws `MissingError` where the model or the native core is absent,
 * `PathactError` where the port cannot be had.
 */
export async function startModelServer(
  options: ModelServerOptions,
  signal: AbortSignal,
): Promise<ModelServer> {
  const found = await locateModel(options.model, signal);
  const { threads, contextLength, lowBit, scheduling, apiKeys, origins, chatTemplate, log } = options;
  const engine = await loadEngine(found.file, { threads, contextLength, lowBit });
  try {
    signal.throwIfAborted();
    const endpoint = createEndpoint(engine, {
      id: found.id,
      aliases: [options.model],
      sha256: found.sha256,
      version: packageVersion(),
      ...scheduling,
      apiKeys,
      origins,
      modelFile: found.file,
      chatTemplate,
      onError: (error) => log.error({ err: error }, 'a request failed'),
    });
    const server = await listen(endpoint, options.host, options.port);
    const close = async (cut?: AbortSignal) => {
      await server.close(cut);
      engine.close();
    };
    return { url: server.url, model: found.id, modelHash: found.sha256, engine, close };
  } catch (error) {
    engine.close();
    throw error;
  }
}
