import { z } from 'zod';

/** Answers as the OpenAPI document shows them: what is always there, and what is there where it was asked for. */
const usageSchema = z.object({
  prompt_tokens: z.int(),
  completion_tokens: z.int(),
  total_tokens: z.int(),
  prompt_tokens_details: z.object({ cached_tokens: z.int() }),
  completion_tokens_details: z.object({ reasoning_tokens: z.int() }),
  kv_audit: z
    .object({ steps: z.int(), mean_kl: z.number(), max_kl: z.number(), top1_agreement: z.number() })
    .optional()
    .describe(
      'With --audit: decoding steps that were computed in full as well, and how far SpeCache was from them.',
    ),
});

const likelyToken = z.object({ token: z.string(), bytes: z.array(z.int()), logprob: z.number() });
const chatLogprobs = z
  .object({
    content: z.array(likelyToken.extend({ top_logprobs: z.array(likelyToken) })),
    refusal: z.null(),
  })
  .describe('By the logits as they came: before bias, penalties, constraint and temperature.')
  .nullable();
const finish = z.enum(['stop', 'length', 'tool_calls']);
const calledFunction = z.object({ name: z.string(), arguments: z.string() });
const toolCall = z.object({ id: z.string(), type: z.literal('function'), function: calledFunction });

const head = { id: z.string(), created: z.int(), model: z.string(), system_fingerprint: z.string() };
const message = z.object({
  role: z.literal('assistant'),
  content: z.string().nullable(),
  refusal: z.null(),
  reasoning_content: z.string().optional(),
  tool_calls: z.array(toolCall).optional(),
});
const delta = z.object({
  role: z.literal('assistant').optional(),
  content: z.string().optional(),
  reasoning_content: z.string().optional(),
  tool_calls: z
    .array(z.object({ index: z.int(), ...toolCall.partial().shape, function: calledFunction.partial() }))
    .optional(),
});

export const chatAnswerSchema = z.object({
  ...head,
  object: z.literal('chat.completion'),
  choices: z.array(z.object({ index: z.int(), message, logprobs: chatLogprobs, finish_reason: finish })),
  usage: usageSchema,
});

export const chatChunkSchema = z.object({
  ...head,
  object: z.literal('chat.completion.chunk'),
  choices: z.array(
    z.object({ index: z.int(), delta, logprobs: chatLogprobs, finish_reason: finish.nullable() }),
  ),
  usage: usageSchema.nullable().optional(),
});

const completionLogprobs = z
  .object({
    tokens: z.array(z.string()),
    token_logprobs: z.array(z.number()),
    top_logprobs: z.array(z.record(z.string(), z.number())),
    text_offset: z.array(z.int()),
  })
  .nullable();

export const completionAnswerSchema = z.object({
  ...head,
  object: z.literal('text_completion'),
  choices: z.array(
    z.object({
      index: z.int(),
      text: z.string(),
      logprobs: completionLogprobs,
      finish_reason: z.enum(['stop', 'length']).nullable(),
    }),
  ),
  usage: usageSchema.nullable().optional(),
});

export const embeddingsAnswerSchema = z.object({
  object: z.literal('list'),
  data: z.array(
    z.object({
      object: z.literal('embedding'),
      index: z.int(),
      embedding: z.union([z.array(z.number()), z.string()]),
    }),
  ),
  model: z.string(),
  usage: z.object({ prompt_tokens: z.int(), total_tokens: z.int() }),
});

export const modelEntrySchema = z.object({
  id: z.string(),
  object: z.literal('model'),
  created: z.int(),
  owned_by: z.string(),
  context_length: z.int(),
  meta: z.looseObject({}),
});
export const modelListSchema = z.object({ object: z.literal('list'), data: z.array(modelEntrySchema) });

export const tokensAnswerSchema = z.object({ tokens: z.array(z.int()), count: z.int() });
export const contentAnswerSchema = z.object({ content: z.string() });
export const promptAnswerSchema = z.object({ prompt: z.string() });
export const healthSchema = z.looseObject({ status: z.literal('ok'), model: z.string() });
