import { z } from 'zod';
import { generationFields, tokenIds } from '../generation/generation-schema.ts';

export const completionSchema = z.looseObject({
  ...generationFields,
  prompt: z.union([z.string(), tokenIds, z.array(z.string()), z.array(tokenIds)]),
  logprobs: z.number().int().min(0).max(20).nullish(),
  echo: z.boolean().nullish(),
  suffix: z.string().nullish(),
  best_of: z.number().int().nullish(),
});
export type CompletionBody = z.infer<typeof completionSchema>;
