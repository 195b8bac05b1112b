import type { Literal } from './literal.ts';
import type { Call } from './read-call.ts';

/** The values that tools take. `line` is the number of a line that was shown; counts are undefined if not given. */
export interface Arguments {
  keywords: string[];
  line: number;
  entity: string;
  targetSize: number | undefined;
  topk: number | undefined;
  topEdges: number | undefined;
}

export interface Parameter {
  /** Ours first, then the reference's. */
  names: readonly string[];
  gives: keyof Arguments;
  required?: boolean;
}

/** A wrong call; its message is told to the model, which may try again. */
export class CallError extends Error {}

const MAX_KEYWORDS = 32;
const MAX_KEYWORD_LENGTH = 4000;
const MAX_COUNT = 512;

/** Puts a call's arguments into a tool's parameters. Throws `CallError` with what is missing or of a wrong kind. */
export function bindArguments(
  call: Call,
  parameters: readonly Parameter[],
  { strict = false } = {},
): Arguments {
  if (call.positional.length > parameters.length)
    throw new CallError(`${call.tool} takes at most ${parameters.length} arguments`);
  const given = new Map<Parameter, Literal>(call.positional.map((value, i) => [parameters[i]!, value]));
  for (const [name, value] of call.named) {
    const parameter = parameters.find(({ names }) => names.includes(name));
    if (!parameter) throw new CallError(`${call.tool} has no argument ${name}`);
    if (given.has(parameter)) throw new CallError(`the argument ${name} is given twice`);
    given.set(parameter, value);
  }
  const missing = parameters.find((parameter) => parameter.required && !given.has(parameter));
  if (missing) throw new CallError(`${call.tool} needs ${missing.names[0]}`);
  return read(given, strict);
}

function read(given: ReadonlyMap<Parameter, Literal>, strict: boolean): Arguments {
  const values: Arguments = {
    keywords: [],
    line: -1,
    entity: '',
    targetSize: undefined,
    topk: undefined,
    topEdges: undefined,
  };
  for (const [{ names, gives }, value] of given) {
    const name = names[0]!;
    if (gives === 'keywords') values.keywords = readKeywords(value, name, strict);
    else if (gives === 'line') values.line = readWhole(value, name, strict);
    else if (gives === 'entity') values.entity = readEntity(value, name);
    else if (value !== null) values[gives] = Math.min(MAX_COUNT, Math.max(1, readWhole(value, name, strict)));
  }
  return values;
}

function readKeywords(value: Literal, name: string, strict: boolean): string[] {
  if (typeof value === 'string' && !strict) return [value.slice(0, MAX_KEYWORD_LENGTH)];
  if (value === null && !strict) return [];
  if (!Array.isArray(value)) throw new CallError(`${name} must be a list of texts`);
  if (value.length > MAX_KEYWORDS) throw new CallError(`${name} has more than ${MAX_KEYWORDS} texts`);
  return value.map((item) => {
    if (typeof item !== 'string' && typeof item !== 'number')
      throw new CallError(`${name} must be a list of texts`);
    return String(item).slice(0, MAX_KEYWORD_LENGTH);
  });
}

/** Models write a line's number as `3`, `"3"` or `"line 3"`. */
function readWhole(value: Literal, name: string, strict: boolean): number {
  const digits =
    typeof value === 'string' && !strict ? /^\D{0,8}(\d{1,9})\D?$/.exec(value.trim())?.[1] : undefined;
  const number = digits === undefined ? value : Number(digits);
  if (typeof number !== 'number' || !Number.isInteger(number))
    throw new CallError(`${name} must be a whole number`);
  return number;
}

function readEntity(value: Literal, name: string): string {
  if (typeof value !== 'string' && typeof value !== 'number') throw new CallError(`${name} must be one id`);
  return String(value).slice(0, 200);
}
