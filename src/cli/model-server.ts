import { mkdirSync } from 'node:fs';
import { createEndpoint, type EndpointOptions } from '../endpoint/app.ts';
import { listen } from '../endpoint/server.ts';
import type { Engine, LowBitOptions } from '../engine/engine.ts';
import { loadEngine } from '../engine/load-engine.ts';
import { UsageError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { locateModel } from './model-files.ts';
import { packageVersion } from './package-root.ts';

export type Scheduling = Pick<
  EndpointOptions,
  | 'auditRate'
  | 'parallel'
  | 'queueLimit'
  | 'kvBudgetBytes'
  | 'prefixCacheBytes'
  | 'queueTimeoutMs'
  | 'requestTimeoutMs'
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
  /** A context longer than the model was trained on is meant. */
  contextOverride?: boolean | undefined;
  /** Where keys and values of prompts stay for the next start. Default: nowhere. */
  disk?: { folder: string; budgetBytes: number } | undefined;
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
  if (lowBit?.slow?.tier === 'file') mkdirSync(lowBit.slow.folder, { recursive: true, mode: 0o700 });
  const engine = await loadEngine(found.file, { threads, contextLength, lowBit });
  try {
    signal.throwIfAborted();
    checkContext(engine, options.contextOverride ?? false);
    const endpoint = createEndpoint(engine, {
      id: found.id,
      aliases: [options.model],
      sha256: found.sha256,
      version: packageVersion(),
      ...scheduling,
      diskCache: options.disk && { ...options.disk, identity: identityOf(found.sha256, engine) },
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

function checkContext({ contextLength, facts }: Engine, isMeant: boolean): void {
  if (contextLength <= facts.contextLength || isMeant) return;
  throw new UsageError(
    `--ctx ${contextLength} is more than the ${facts.contextLength} tokens that this model was trained on`,
    { hint: 'Past them its text gets worse; --ctx-override serves them all the same.' },
  );
}

/** Everything that keys and values of the same tokens depend on. */
function identityOf(sha256: string, { simd, lowBit }: Engine): string {
  return JSON.stringify({ sha256, version: packageVersion(), simd, bits: lowBit?.bits ?? 0 });
}
