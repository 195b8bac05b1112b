import { z } from 'zod';

/** Request bodies as clients send them. Unknown fields pass; null counts as absent, as at OpenAI. */
const penalty = z.number().min(-2).max(2).nullish();
const count = z.number().int().min(1).nullish();

const generationFields = {
  model: z.string().nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  max_tokens: count,
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
  n: z.number().int().nullish(),
  prompt_cache_key: z.string().max(1024).nullish(),
};
const generationSchema = z.looseObject(generationFields);
export type GenerationBody = z.infer<typeof generationSchema>;

const partSchema = z.looseObject({ type: z.string(), text: z.string().optional() });
export const messageSchema = z.looseObject({
  role: z.enum(['system', 'developer', 'user', 'assistant', 'tool']),
  content: z.union([z.string(), z.array(partSchema)]).nullish(),
  tool_calls: z.array(z.unknown()).nullish(),
});
export type MessageBody = z.infer<typeof messageSchema>;

const messages = z.array(messageSchema).min(1).max(100_000);

export const chatSchema = z.looseObject({
  ...generationFields,
  messages,
  max_completion_tokens: count,
  logprobs: z.boolean().nullish(),
  tool_choice: z.unknown().optional(),
  response_format: z.looseObject({ type: z.string() }).nullish(),
});
export type ChatBody = z.infer<typeof chatSchema>;

const ids = z.array(z.number().int().nonnegative());
export const completionSchema = z.looseObject({
  ...generationFields,
  prompt: z.union([z.string(), ids, z.array(z.string()), z.array(ids)]),
  logprobs: z.number().int().nullish(),
  echo: z.boolean().nullish(),
  suffix: z.string().nullish(),
  best_of: z.number().int().nullish(),
});
export type CompletionBody = z.infer<typeof completionSchema>;

export const tokenizeSchema = z.looseObject({
  model: z.string().nullish(),
  content: z.string().nullish(),
  messages: messages.nullish(),
  add_special: z.boolean().nullish(),
  parse_special: z.boolean().nullish(),
});

export const detokenizeSchema = z.looseObject({ tokens: ids.max(4_000_000) });
