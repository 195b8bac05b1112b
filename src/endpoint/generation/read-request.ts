import type { Context } from 'hono';
import type { Engine } from '../../engine/engine.ts';
import { badRequest } from '../api-error.ts';
import type { Serving } from '../serving.ts';
import type { GenerationBody } from './generation-schema.ts';
import { readSampling } from './read-generation.ts';
import type { TextRequest } from './text-service.ts';

/** What every kind of generation reads alike; the rest differs by route. */
export type CommonRequest = Pick<
  TextRequest,
  'sampling' | 'cacheKey' | 'client' | 'choices' | 'minTokens' | 'ignoreEos' | 'fullPrecision'
>;

export function readCommon({ engine, clientOf }: Serving, body: GenerationBody, c: Context): CommonRequest {
  return {
    client: clientOf(c),
    sampling: readSampling(body, engine.tokenizer.vocabularySize),
    cacheKey: body.prompt_cache_key ?? undefined,
    choices: body.n ?? 1,
    minTokens: body.min_tokens ?? 0,
    ignoreEos: body.ignore_eos ?? false,
    fullPrecision: readFullPrecision(engine, body.kv),
  };
}

function readFullPrecision({ lowBit }: Engine, kv: GenerationBody['kv']): boolean {
  if (kv === 'specache' && lowBit === undefined) {
    throw badRequest(
      'kv: this endpoint keeps no low-bit copy; it was started with --kv full.',
      'kv',
      'unsupported',
    );
  }
  return kv === 'full';
}
