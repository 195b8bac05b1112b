import { z } from 'zod';

/** Tools as clients send them. Names are OpenAI's kind of name, so they can stand in a prompt as they are. */
const name = z.string().regex(/^[\w.-]{1,64}$/, 'is 1 to 64 letters, digits, "_", "-" or "."');

/** Deeper schemas are nobody's tool, and would end in somebody's recursion. */
const DEPTH_LIMIT = 64;

function isDeeper(value: unknown, than: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return than === 0 || Object.values(value).some((inner) => isDeeper(inner, than - 1));
}

export const toolDefinitionSchema = z.looseObject({
  type: z.literal('function'),
  function: z.looseObject({
    name,
    description: z.string().nullish(),
    /** A JSON Schema of the arguments, which are an object. Absent: no arguments. */
    parameters: z
      .record(z.string(), z.unknown())
      .refine((schema) => !isDeeper(schema, DEPTH_LIMIT), `nests deeper than ${DEPTH_LIMIT}`)
      .nullish(),
    strict: z.boolean().nullish(),
  }),
});
export type ToolDefinition = z.infer<typeof toolDefinitionSchema>;

export const toolsSchema = z
  .array(toolDefinitionSchema)
  .max(256)
  .refine((tools) => new Set(tools.map((tool) => tool.function.name)).size === tools.length, {
    error: 'two tools have the same name',
  });

const namedSchema = z.looseObject({ type: z.literal('function'), function: z.looseObject({ name }) });
const allowedSchema = z.looseObject({
  type: z.literal('allowed_tools'),
  allowed_tools: z.looseObject({ mode: z.enum(['auto', 'required']), tools: z.array(namedSchema).min(1) }),
});

export const toolChoiceSchema = z.union([z.enum(['auto', 'none', 'required']), namedSchema, allowedSchema]);
export type ToolChoice = z.infer<typeof toolChoiceSchema>;

/** A call in an assistant turn of the conversation. */
export const toolCallSchema = z.looseObject({
  id: z.string().nullish(),
  type: z.literal('function').nullish(),
  function: z.looseObject({ name: z.string(), arguments: z.string().nullish() }),
});
export type ToolCall = z.infer<typeof toolCallSchema>;
