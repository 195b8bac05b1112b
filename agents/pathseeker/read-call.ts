import { z } from 'zod';
import { CallSyntaxError, type Literal, LiteralReader } from './literal.ts';

/** A tool call as a model wrote it, before anyone checked that the tool exists. */
export interface Call {
  tool: string;
  positional: Literal[];
  named: Map<string, Literal>;
}

export type ReadCall = { kind: 'call'; call: Call; ignored: boolean } | { kind: 'malformed'; reason: string };

const MAX_CHARACTERS = 20_000;
const MAX_ARGUMENTS = 16;

/**
 * Reads `name(literal, key=literal)` or its JSON form `{"name": …, "arguments": {…}}`; spec §3.2. Code fences
 * and a leading `obs, info =` are accepted; text on later lines is `ignored`. Never throws, never evaluates.
 */
export function readCall(text: string): ReadCall {
  if (text.length > MAX_CHARACTERS)
    return { kind: 'malformed', reason: `the call is longer than ${MAX_CHARACTERS} characters` };
  const source = withoutFence(text).trim();
  try {
    return source.startsWith('{') ? readJsonCall(source) : readPythonCall(source);
  } catch (error) {
    if (error instanceof CallSyntaxError) return { kind: 'malformed', reason: error.message };
    throw error;
  }
}

function withoutFence(text: string): string {
  const opened = text.trimStart();
  if (!opened.startsWith('`')) return text;
  const body = opened.replace(/^`{1,3}(?:[a-zA-Z_]*\n|(?:python|json|py|tool_code)\s)?/, '');
  const end = body.indexOf('```');
  return (end < 0 ? body : body.slice(0, end)).replace(/`+\s*$/, '');
}

function readPythonCall(source: string): ReadCall {
  const reader = new LiteralReader(source);
  reader.peek();
  reader.take(/[A-Za-z_]\w*[ \t]*(?:,[ \t]*[A-Za-z_]\w*[ \t]*)?=(?!=)/y); // `obs, info =`, as the reference runs it
  reader.peek();
  const tool = reader.take(/[A-Za-z_]\w{0,63}(?!\w)/y);
  if (tool === undefined || !reader.skip('('))
    throw new CallSyntaxError('it must be one call, like name("…")');
  const call: Call = { tool, positional: [], named: new Map() };
  while (!reader.skip(')')) {
    readArgument(reader, call);
    if (!reader.skip(',') && reader.peek() !== ')')
      throw new CallSyntaxError('a ")" or a comma is missing after an argument');
  }
  return { kind: 'call', call, ignored: textFollows(reader.rest()) };
}

function readArgument(reader: LiteralReader, call: Call): void {
  if (call.positional.length + call.named.size >= MAX_ARGUMENTS)
    throw new CallSyntaxError(`more than ${MAX_ARGUMENTS} arguments`);
  reader.peek();
  const name = reader.take(/[A-Za-z_]\w{0,63}(?=\s*=(?!=))/y);
  if (name === undefined) {
    if (call.named.size > 0) throw new CallSyntaxError('an argument without name follows one with name');
    call.positional.push(reader.literal());
    return;
  }
  if (call.named.has(name)) throw new CallSyntaxError(`the argument ${name} is given twice`);
  reader.skip('=');
  call.named.set(name, reader.literal());
}

/** Prose on a later line is harmless; anything that continues the expression would have to be evaluated. */
function textFollows(rest: string): boolean {
  const [line = ''] = rest.split('\n', 1);
  if (!/^[;.`]*\s*(?:#.*)?$/.test(line.trim())) throw new CallSyntaxError('only one plain call can be made');
  return /\S/.test(rest.slice(line.length));
}

const jsonCallSchema = z.object({
  name: z.string().max(64).optional(),
  tool: z.string().max(64).optional(),
  function: z.string().max(64).optional(),
  arguments: z.unknown().optional(),
  args: z.unknown().optional(),
  parameters: z.unknown().optional(),
});

function readJsonCall(source: string): ReadCall {
  const parsed = jsonCallSchema.safeParse(parseJson(source));
  const tool = parsed.data?.name ?? parsed.data?.tool ?? parsed.data?.function;
  if (!parsed.success || tool === undefined)
    throw new CallSyntaxError('a JSON call is {"name": "…", "arguments": {…}}');
  const given = parsed.data.arguments ?? parsed.data.args ?? parsed.data.parameters ?? {};
  const values: unknown = typeof given === 'string' ? parseJson(given) : given;
  const call: Call = { tool, positional: [], named: new Map() };
  if (Array.isArray(values))
    call.positional = values.slice(0, MAX_ARGUMENTS).map((value) => toLiteral(value));
  else if (typeof values === 'object' && values !== null)
    for (const [name, value] of Object.entries(values).slice(0, MAX_ARGUMENTS))
      call.named.set(name, toLiteral(value));
  else throw new CallSyntaxError('the arguments of a JSON call are an object or a list');
  return { kind: 'call', call, ignored: false };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new CallSyntaxError('it starts like JSON but is not valid JSON');
  }
}

function toLiteral(value: unknown, depth = 0): Literal {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value;
  if (Array.isArray(value) && depth < 8) return value.slice(0, 256).map((item) => toLiteral(item, depth + 1));
  throw new CallSyntaxError('an argument is neither text, number nor list');
}
