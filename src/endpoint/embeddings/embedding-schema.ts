import { z } from 'zod';
import { tokenIds } from '../generation/generation-schema.ts';

export const embeddingSchema = z.looseObject({
  model: z.string().nullish(),
  input: z.union([
    z.string().min(1),
    tokenIds.min(1),
    z.array(z.string().min(1)).min(1).max(2048),
    z.array(tokenIds).min(1).max(2048),
  ]),
  encoding_format: z.enum(['float', 'base64']).nullish(),
  dimensions: z.number().int().min(1).nullish(),
});
export type EmbeddingBody = z.infer<typeof embeddingSchema>;
