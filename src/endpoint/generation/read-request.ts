import type { Serving } from '../serving.ts';
import type { GenerationBody } from './generation-schema.ts';
import { readSampling } from './read-generation.ts';
import type { TextRequest } from './text-service.ts';

/** What every kind of generation reads alike; the rest differs by route. */
export type CommonRequest = Pick<
  TextRequest,
  'sampling' | 'cacheKey' | 'choices' | 'minTokens' | 'ignoreEos'
>;

export function readCommon({ engine }: Serving, body: GenerationBody): CommonRequest {
  return {
    sampling: readSampling(body, engine.tokenizer.vocabularySize),
    cacheKey: body.prompt_cache_key ?? undefined,
    choices: body.n ?? 1,
    minTokens: body.min_tokens ?? 0,
    ignoreEos: body.ignore_eos ?? false,
  };
}
