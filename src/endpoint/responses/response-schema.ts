import { z } from 'zod';
import { count } from '../generation/generation-schema.ts';
import { toolDefinitionSchema } from '../tools/tool-schemas.ts';

const parts = z.array(z.looseObject({ type: z.string(), text: z.string().nullish() })).max(10_000);
const content = z.union([z.string(), parts]);

const inputMessage = z.looseObject({
  type: z.literal('message').nullish(),
  role: z.enum(['system', 'developer', 'user', 'assistant']),
  content,
});
const inputCall = z.looseObject({
  type: z.literal('function_call'),
  call_id: z.string().max(256),
  name: z.string().max(256),
  arguments: z.string(),
});
const inputCallOutput = z.looseObject({
  type: z.literal('function_call_output'),
  call_id: z.string().max(256),
  output: content,
});
const inputReasoning = z.looseObject({ type: z.literal('reasoning'), content: parts.nullish() });

export const inputItemSchema = z.union([inputMessage, inputCall, inputCallOutput, inputReasoning]);
export type InputItem = z.infer<typeof inputItemSchema>;

const { name, description, parameters, strict } = toolDefinitionSchema.shape.function.shape;
const tool = z.looseObject({ type: z.literal('function'), name, description, parameters, strict });
export type ResponseTool = z.infer<typeof tool>;
const namedTool = z.looseObject({ type: z.literal('function'), name });
const allowedTools = z.looseObject({
  type: z.literal('allowed_tools'),
  mode: z.enum(['auto', 'required']),
  tools: z.array(namedTool).min(1),
});

const format = z.discriminatedUnion('type', [
  z.looseObject({ type: z.enum(['text', 'json_object']) }),
  z.looseObject({
    type: z.literal('json_schema'),
    name: z.string().max(256).nullish(),
    schema: z.record(z.string(), z.unknown()),
    strict: z.boolean().nullish(),
  }),
]);
export type ResponseFormat = z.infer<typeof format>;

export const responseSchema = z.looseObject({
  model: z.string().nullish(),
  input: z.union([z.string(), z.array(inputItemSchema).min(1).max(100_000)]),
  instructions: z.string().nullish(),
  stream: z.boolean().nullish(),
  max_output_tokens: count,
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  top_logprobs: z.number().int().min(0).max(20).nullish(),
  tools: z.array(tool).max(256).nullish(),
  tool_choice: z.union([z.enum(['auto', 'none', 'required']), namedTool, allowedTools]).nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  text: z.looseObject({ format: format.nullish() }).nullish(),
  include: z.array(z.string()).nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
  prompt_cache_key: z.string().max(1024).nullish(),
});
export type ResponseBody = z.infer<typeof responseSchema>;
