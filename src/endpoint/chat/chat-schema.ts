import { z } from 'zod';
import { count, generationFields } from '../generation/generation-schema.ts';
import { toolCallSchema, toolChoiceSchema, toolsSchema } from '../tools/tool-schemas.ts';

const partSchema = z.looseObject({
  type: z.string(),
  text: z.string().nullish(),
  refusal: z.string().nullish(),
});

export const messageSchema = z.looseObject({
  role: z.enum(['system', 'developer', 'user', 'assistant', 'tool']),
  content: z.union([z.string(), z.array(partSchema).max(10_000)]).nullish(),
  name: z.string().max(256).nullish(),
  tool_calls: z.array(toolCallSchema).max(1000).nullish(),
  tool_call_id: z.string().max(256).nullish(),
  reasoning_content: z.string().nullish(),
});
export type MessageBody = z.infer<typeof messageSchema>;

export const messagesSchema = z.array(messageSchema).min(1).max(100_000);

/** Handed to the template as they are, e.g. Qwen 3's `enable_thinking`. */
export const templateArgumentsSchema = z.record(z.string().max(100), z.json());

export const toolFields = {
  tools: toolsSchema.nullish(),
  tool_choice: toolChoiceSchema.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
};

export const chatSchema = z.looseObject({
  ...generationFields,
  ...toolFields,
  messages: messagesSchema,
  max_completion_tokens: count,
  logprobs: z.boolean().nullish(),
  top_logprobs: z.number().int().min(0).max(20).nullish(),
  chat_template_kwargs: templateArgumentsSchema.nullish(),
});
export type ChatBody = z.infer<typeof chatSchema>;
