import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { MalformedFileError } from '../../src/errors.ts';

/** A question and a function that may answer it, as the Berkeley function-calling benchmark has them. */
export interface ToolSchema {
  question: string;
  name: string;
  /** Its parameters, as JSON Schema. */
  schema: Record<string, unknown>;
}

const rowSchema = z.object({
  question: z.array(z.array(z.object({ content: z.string() }))),
  function: z.array(z.object({ name: z.string(), parameters: z.record(z.string(), z.unknown()) })),
});

/**
 * The functions of all rows in these JSON-lines files, each schema once, the first `count` of an order that the seed
 * gives. Throws `MalformedFileError` with file and line.
 */
export function readToolSchemas(files: readonly string[], count: number, random: () => number): ToolSchema[] {
  const found = new Map<string, ToolSchema>();
  for (const file of files) {
    const lines = readFileSync(file, 'utf8').split('\n');
    for (const [i, line] of lines.entries()) {
      if (line.trim() === '') continue;
      for (const tool of readRow(line, `${file}:${i + 1}`)) {
        const key = JSON.stringify(tool.schema);
        if (!found.has(key)) found.set(key, tool);
      }
    }
  }
  const order = [...found.values()].map((tool) => ({ tool, key: random() }));
  return order.sort((a, b) => a.key - b.key).flatMap(({ tool }, i) => (i < count ? [tool] : []));
}

function readRow(line: string, place: string): ToolSchema[] {
  try {
    const row = rowSchema.parse(JSON.parse(line));
    const question = row.question[0]?.map(({ content }) => content).join('\n') ?? '';
    return row.function.map(({ name, parameters }) => ({
      question,
      name,
      schema: normalisedSchema(parameters),
    }));
  } catch (cause) {
    throw new MalformedFileError(`${place} is no row of a tool-calling benchmark`, { cause });
  }
}

/** Names that the rows have for types, in lower case; those missing here say nothing that JSON Schema could check. */
const typeNames: Readonly<Record<string, string>> = {
  dict: 'object',
  object: 'object',
  float: 'number',
  number: 'number',
  integer: 'integer',
  string: 'string',
  boolean: 'boolean',
  array: 'array',
  tuple: 'array',
  null: 'null',
};

/** Types by JSON Schema's names, in schemas and properties alike; `any` becomes no type. */
export function normalisedSchema(schema: Record<string, unknown>): Record<string, unknown> {
  const { type, properties, items, ...rest } = schema;
  const name = typeof type === 'string' ? typeNames[type.toLowerCase()] : undefined;
  return {
    ...rest,
    ...(name && { type: name }),
    ...(isRecord(properties) && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([key, value]) => [
          key,
          isRecord(value) ? normalisedSchema(value) : value,
        ]),
      ),
    }),
    ...(isRecord(items) && { items: normalisedSchema(items) }),
  };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
