import type { Context } from 'hono';
import type { Serving } from '../serving.ts';
import type { GenerationBody } from './generation-schema.ts';
import { readSampling } from './read-generation.ts';
import type { TextRequest } from './text-service.ts';

/** What every kind of generation reads alike; the rest differs by route. */
export type CommonRequest = Pick<
  TextRequest,
  'sampling' | 'cacheKey' | 'client' | 'choices' | 'minTokens' | 'ignoreEos'
>;

export function readCommon({ engine, clientOf }: Serving, body: GenerationBody, c: Context): CommonRequest {
  return {
    client: clientOf(c),
    sampling: readSampling(body, engine.tokenizer.vocabularySize),
    cacheKey: body.prompt_cache_key ?? undefined,
    choices: body.n ?? 1,
    minTokens: body.min_tokens ?? 0,
    ignoreEos: body.ignore_eos ?? false,
  };
}
