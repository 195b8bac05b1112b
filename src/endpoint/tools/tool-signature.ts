import type { ToolDefinition } from './tool-schemas.ts';

/**
 * A tool in a few words, for models whose template has no place for tools: a signature in the manner of TypeScript,
 * what it does, and what each parameter means. `weather(city: string, unit?: "c" | "f"): The weather at a place.`
 */
export function toolSignature({ function: tool }: ToolDefinition): string {
  const parameters = parametersOf(tool.parameters ?? {});
  const list = parameters.map(({ name, optional, type }) => `${name}${optional ? '?' : ''}: ${type}`);
  const head = `${tool.name}(${list.join(', ')})${tool.description ? `: ${oneLine(tool.description)}` : ''}`;
  const meanings = parameters.filter(({ meaning }) => meaning !== '');
  return [head, ...meanings.map(({ name, meaning }) => `  ${name}: ${meaning}`)].join('\n');
}

interface Parameter {
  name: string;
  optional: boolean;
  type: string;
  meaning: string;
}

function parametersOf(schema: object, depth = 0): Parameter[] {
  const properties = entriesOf(field(schema, 'properties'));
  const required = field(schema, 'required');
  const needed = new Set(Array.isArray(required) ? required : []);
  return properties.map(([name, inner]) => ({
    name: oneLine(name),
    optional: !needed.has(name),
    type: typeName(inner, depth + 1),
    meaning: oneLine(String(field(inner, 'description') ?? '')),
  }));
}

/** Deeper shapes are told by their kind alone. */
const DEPTH_LIMIT = 4;

function typeName(schema: unknown, depth: number): string {
  const options =
    field(schema, 'enum') ?? (field(schema, 'const') === undefined ? undefined : [field(schema, 'const')]);
  if (Array.isArray(options)) return options.map((option) => JSON.stringify(option) ?? 'null').join(' | ');
  const either = field(schema, 'anyOf') ?? field(schema, 'oneOf');
  if (Array.isArray(either) && depth < DEPTH_LIMIT)
    return either.map((one) => typeName(one, depth + 1)).join(' | ');
  const type = field(schema, 'type');
  if (Array.isArray(type)) return type.map((one) => String(one)).join(' | ');
  if (type === 'array') return arrayName(field(schema, 'items'), depth);
  if (type === 'object' && depth < DEPTH_LIMIT) return objectName(schema as object, depth);
  return typeof type === 'string' ? oneLine(type) : 'any';
}

function arrayName(items: unknown, depth: number): string {
  const inner = items === undefined || depth >= DEPTH_LIMIT ? 'any' : typeName(items, depth + 1);
  return inner.includes(' | ') ? `(${inner})[]` : `${inner}[]`;
}

function objectName(schema: object, depth: number): string {
  const inner = parametersOf(schema, depth);
  if (inner.length === 0) return 'object';
  return `{${inner.map(({ name, optional, type }) => `${name}${optional ? '?' : ''}: ${type}`).join(', ')}}`;
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}

function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
