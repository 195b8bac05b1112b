import { z } from 'zod';

/** Request bodies are as clients send them: unknown fields pass, null counts as absent, as at OpenAI. */
const penalty = z.number().min(-2).max(2).nullish();
export const count = z.number().int().min(1).nullish();

/** The most replies to one request; each takes a place of its own. */
export const MOST_CHOICES = 16;

/** vLLM's way to ask for a format; one of them. */
const structuredOutputs = z.looseObject({
  choice: z.array(z.string().min(1).max(10_000)).min(1).max(1000).nullish(),
  regex: z.string().min(1).max(10_000).nullish(),
  grammar: z.string().min(1).max(200_000).nullish(),
  json: z.union([z.string(), z.record(z.string(), z.unknown()), z.boolean()]).nullish(),
  json_object: z.boolean().nullish(),
});

const jsonSchemaFormat = z.looseObject({
  type: z.literal('json_schema'),
  json_schema: z.looseObject({
    name: z.string().max(256).nullish(),
    schema: z.union([z.record(z.string(), z.unknown()), z.boolean()]).nullish(),
    strict: z.boolean().nullish(),
  }),
});
const responseFormat = z.discriminatedUnion('type', [
  z.looseObject({ type: z.enum(['text', 'json_object']) }),
  jsonSchemaFormat,
]);

export const generationFields = {
  model: z.string().nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  max_tokens: count,
  /** From here on vLLM's: the reply has at least so many tokens; it never ends by itself. */
  min_tokens: z.number().int().min(0).nullish(),
  ignore_eos: z.boolean().nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  top_k: z.number().int().min(-1).nullish(),
  min_p: z.number().min(0).max(1).nullish(),
  presence_penalty: penalty,
  frequency_penalty: penalty,
  repetition_penalty: z.number().positive().max(100).nullish(),
  repeat_penalty: z.number().positive().max(100).nullish(),
  logit_bias: z.record(z.string(), z.number().min(-100).max(100)).nullish(),
  seed: z.number().int().nullish(),
  stop: z.union([z.string(), z.array(z.string()).max(16)]).nullish(),
  n: z.number().int().min(1).max(MOST_CHOICES).nullish(),
  /** Ours: `full` attends to keys and values in full precision where the endpoint has a low-bit copy. */
  kv: z.enum(['full', 'specache']).nullish(),
  prompt_cache_key: z.string().max(1024).nullish(),
  response_format: responseFormat.nullish(),
  structured_outputs: structuredOutputs.nullish(),
  /** llama.cpp's: GBNF with the rule `root`. */
  grammar: z.string().min(1).max(200_000).nullish(),
};
const generationSchema = z.looseObject(generationFields);
export type GenerationBody = z.infer<typeof generationSchema>;

export const tokenIds = z.array(z.number().int().nonnegative());
