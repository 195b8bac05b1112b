import type { ConstraintSpec } from '../../engine/constraint/constraint.ts';
import { selectTools } from './select-tools.ts';
import type { ToolConstraint } from './tool-format.ts';
import type { ToolChoice, ToolDefinition } from './tool-schemas.ts';

/** How calls are spelled, exactly as the model was trained to spell them. */
export interface CallSpelling {
  /** In front of the first call's JSON, of which `trigger` is the beginning. */
  before: string;
  between: string;
  after: string;
  /** The key of the arguments. */
  argumentsKey: 'arguments' | 'parameters';
  /** With `auto`, a reply in which this comes has to go on as a call. */
  trigger: string;
  triggersAtStart: boolean;
}

/**
 * The constraint that a choice of tools puts on the reply. Undefined: none. Each call's arguments follow the tool's
 * schema; under `auto` that begins with the trigger. Throws `ApiError` when the choice names a missing tool.
 */
export function callConstraint(
  spelling: CallSpelling,
  tools: readonly ToolDefinition[],
  choice: ToolChoice,
  parallel: boolean,
): ToolConstraint | undefined {
  const { mode, callable } = selectTools(tools, choice);
  if (mode === 'none') return undefined;
  const { trigger, triggersAtStart } = spelling;
  const written = mode === 'auto' ? trigger : '';
  const max = parallel && !isNamed(choice) ? undefined : 1;
  const withSchemas = calls(spelling, callable, written, max, argumentsSchema);
  const loosely = calls(spelling, callable, written, max, (tool) =>
    tool.function.strict ? argumentsSchema(tool) : { kind: 'json' },
  );
  return {
    spec: withSchemas,
    ...(!callable.every((tool) => tool.function.strict) && { fallback: loosely }),
    ...(mode === 'auto' && { trigger, ...(triggersAtStart && { atStart: true as const }) }),
  };
}

const isNamed = (choice: ToolChoice) => typeof choice === 'object' && choice.type === 'function';

type ArgumentsOf = (tool: ToolDefinition) => ConstraintSpec;

/** One call or several, less the `written` text that has come already. */
function calls(
  { before, between, after, argumentsKey }: CallSpelling,
  tools: readonly ToolDefinition[],
  written: string,
  max: number | undefined,
  argumentsOf: ArgumentsOf,
): ConstraintSpec {
  const call = (skipped: number): ConstraintSpec => ({
    kind: 'any-of',
    options: tools.map((tool) => {
      const head = `{"name": ${JSON.stringify(tool.function.name)}, "${argumentsKey}": `;
      return { kind: 'sequence', parts: [text(head.slice(skipped)), argumentsOf(tool), text('}')] };
    }),
  });
  const rest = text(before.slice(written.length));
  const skipped = Math.max(0, written.length - before.length);
  if (skipped === 0) {
    const all: ConstraintSpec = { kind: 'repeat', part: call(0), min: 1, max, separator: between };
    return sequence([rest, all, text(after)]);
  }
  const another = sequence([text(between), call(0)]);
  const others: ConstraintSpec[] = max === 1 ? [] : [{ kind: 'repeat', part: another, min: 0 }];
  return sequence([call(skipped), ...others, text(after)]);
}

function sequence(parts: readonly ConstraintSpec[]): ConstraintSpec {
  return { kind: 'sequence', parts: parts.filter((part) => part.kind !== 'text' || part.text !== '') };
}

const text = (value: string): ConstraintSpec => ({ kind: 'text', text: value });

/** A tool's arguments: an object, of no other keys than the schema names unless it says that there may be. */
function argumentsSchema(tool: ToolDefinition): ConstraintSpec {
  const schema = tool.function.parameters ?? { type: 'object', properties: {} };
  const typed = 'type' in schema || isComposed(schema) ? schema : { type: 'object', ...schema };
  return { kind: 'schema', schema: tool.function.strict ? typed : closed(typed, 0) };
}

const COMPOSING = ['allOf', 'anyOf', 'oneOf', '$ref', 'if', 'not'];
const isComposed = (schema: object) => COMPOSING.some((key) => key in schema);

// A schema means by its properties those that there are; a small model left free to invent others does.
function closed(schema: unknown, depth: number): unknown {
  if (depth > 100 || typeof schema !== 'object' || schema === null || Array.isArray(schema)) return schema;
  if (isComposed(schema)) return schema;
  const { properties, items } = schema as { properties?: unknown; items?: unknown };
  const isOpen = 'additionalProperties' in schema || 'patternProperties' in schema;
  return {
    ...schema,
    ...(isObject(properties) && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, inner]) => [name, closed(inner, depth + 1)]),
      ),
    }),
    ...(isObject(properties) && !isOpen && { additionalProperties: false }),
    ...(items !== undefined && { items: closed(items, depth + 1) }),
  };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
