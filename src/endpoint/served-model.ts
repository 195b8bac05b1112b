import type { Engine } from '../engine/engine.ts';
import { conversationMemory } from '../engine/kv-memory.ts';
import { ApiError } from './api-error.ts';

export interface ServedModelOptions {
  /** The name in `/v1/models`. */
  id: string;
  /** Other names that requests may use. */
  aliases?: readonly string[] | undefined;
  /** SHA-256 of the model file. */
  sha256: string;
  /** pathact's version. */
  version: string;
}

/** The one model that this endpoint serves, as the wire knows it. */
export class ServedModel {
  readonly id: string;
  /** Replies with the same fingerprint, request and seed are the same. */
  readonly fingerprint: string;
  /** pathact's. */
  readonly version: string;
  readonly #names: ReadonlySet<string>;
  readonly #entry: object;

  constructor(engine: Engine, { id, aliases = [], sha256, version }: ServedModelOptions) {
    const { facts, contextLength, simd, lowBit } = engine;
    this.id = id;
    this.#names = new Set([id, facts.name, ...aliases]);
    this.version = version;
    const predictor = lowBit?.predictor ?? 'exact';
    // Where it lies changes no reply.
    const kv = lowBit
      ? `specache${lowBit.bits}x${lowBit.fetch}${predictor === 'exact' ? '' : predictor}`
      : 'full';
    this.fingerprint = `pathact-${version}-${sha256.slice(0, 12)}-${simd}-${kv}`;
    this.#entry = {
      id,
      object: 'model',
      created: Math.floor(Date.now() / 1000),
      owned_by: 'pathact',
      context_length: contextLength,
      meta: {
        name: facts.name,
        architecture: facts.architecture,
        quantisation: facts.quantisation,
        n_params: facts.parameters,
        n_vocab: facts.vocabularySize,
        n_ctx: contextLength,
        n_ctx_train: facts.contextLength,
        kv: kvOf(engine),
        size: facts.fileBytes,
        sha256,
      },
    };
  }

  /** An entry of `/v1/models`. */
  get entry(): object {
    return this.#entry;
  }

  /** Throws `ApiError` 404 for a name that is not this model's. No name at all is this model. */
  check(name: string | null | undefined): void {
    if (name === null || name === undefined || this.#names.has(name)) return;
    throw new ApiError(404, `The model "${name.slice(0, 100)}" is not served here; this is "${this.id}".`, {
      param: 'model',
      code: 'model_not_found',
    });
  }
}

/** How replies attend, and the memory of a conversation as long as the context. */
function kvOf(engine: Engine): object {
  const { lowBit, contextLength, kvTokenBytes } = engine;
  const { memory, fast, formula } = conversationMemory(engine, contextLength);
  const bytes = {
    bytes_per_token: kvTokenBytes,
    memory_bytes: memory,
    fast_bytes: fast,
    formula_bytes: formula,
  };
  if (!lowBit) return { mode: 'full', ...bytes };
  const { bits, fetch, predictor = 'exact', slow } = lowBit;
  return { mode: 'specache', bits, fetch, predictor, slow: slow?.tier ?? 'ram', ...bytes };
}
