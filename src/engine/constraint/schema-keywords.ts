import { ConstraintError } from './constraint-error.ts';
import { isRecord } from './json-value.ts';
import { KeywordReader, type typeNames } from './keyword-reader.ts';
import type { Bound } from './number-range.ts';

export type TypeName = (typeof typeNames)[number];

/** A schema with its place, a JSON pointer from the root. */
export interface Located {
  readonly schema: unknown;
  readonly path: string;
}

/** Schemas that must all hold. */
export type AllOf = readonly Located[];

/** What one schema object asks, parsed. Those that may come more than once, when schemas are joined, are lists. */
export interface Keywords {
  readonly path: string;
  readonly types?: ReadonlySet<TypeName>;
  /** The values allowed, from `enum` and `const`. */
  readonly values?: readonly unknown[];
  readonly properties: ReadonlyMap<string, AllOf>;
  readonly required: ReadonlySet<string>;
  /** Of properties not named; undefined: not said. */
  readonly additional?: AllOf;
  readonly propertyNames: AllOf;
  readonly minProperties: number;
  readonly maxProperties: number;
  readonly prefixItems: readonly AllOf[];
  /** Of the items after `prefixItems`; undefined: not said. */
  readonly items?: AllOf;
  readonly minItems: number;
  readonly maxItems: number;
  readonly minLength: number;
  readonly maxLength: number;
  /** ECMAScript expressions that each have a match in the string. */
  readonly patterns: readonly string[];
  /** Patterns of formats: the whole string. */
  readonly formats: readonly string[];
  readonly low?: Bound;
  readonly high?: Bound;
  /** Each: at least one of the options holds. */
  readonly alternatives: readonly { readonly options: readonly Located[]; readonly isOneOf: boolean }[];
  readonly allOf: AllOf;
  readonly reference?: string;
}

export const anything = (path: string): Keywords => ({
  path,
  properties: new Map(),
  required: new Set(),
  propertyNames: [],
  minProperties: 0,
  maxProperties: Number.POSITIVE_INFINITY,
  prefixItems: [],
  minItems: 0,
  maxItems: Number.POSITIVE_INFINITY,
  minLength: 0,
  maxLength: Number.POSITIVE_INFINITY,
  patterns: [],
  formats: [],
  alternatives: [],
  allOf: [],
});

/**
 * Reads a schema object. Keywords that are not JSON Schema's say nothing, as the standard has it. Throws
 * `ConstraintError` with the keyword and its place on what is malformed or cannot be followed.
 */
export function readKeywords({ schema, path }: Located): Keywords {
  if (schema === true) return anything(path);
  if (schema === false) return { ...anything(path), types: new Set() };
  if (!isRecord(schema)) throw new ConstraintError(`the schema at ${path} is not an object or a boolean`);
  const reader = new KeywordReader(schema, path);
  reader.refuse();
  const types = reader.types();
  const values = reader.values();
  const additional = reader.closed() ?? reader.schema('additionalProperties');
  const items = reader.items();
  const low = reader.bound('minimum', 'exclusiveMinimum', (a, b) => a > b);
  const high = reader.bound('maximum', 'exclusiveMaximum', (a, b) => a < b);
  const reference = reader.text('$ref');
  const names = reader.schema('propertyNames');
  const pattern = reader.text('pattern');
  return {
    path,
    ...(types && { types }),
    ...(values && { values }),
    properties: reader.properties(),
    required: reader.required(),
    ...(additional && { additional: [additional] }),
    propertyNames: names ? [names] : [],
    minProperties: reader.count('minProperties', 0),
    maxProperties: reader.count('maxProperties', Number.POSITIVE_INFINITY),
    prefixItems: reader.prefixItems().map((item) => [item]),
    ...(items && { items: [items] }),
    minItems: reader.count('minItems', 0),
    maxItems: reader.count('maxItems', Number.POSITIVE_INFINITY),
    minLength: reader.count('minLength', 0),
    maxLength: reader.count('maxLength', Number.POSITIVE_INFINITY),
    patterns: pattern === undefined ? [] : [pattern],
    formats: reader.formats(),
    ...(low && { low }),
    ...(high && { high }),
    alternatives: [
      ...reader.options('anyOf').map((options) => ({ options, isOneOf: false })),
      ...reader.options('oneOf').map((options) => ({ options, isOneOf: true })),
    ],
    allOf: reader.options('allOf').flat(),
    ...(reference !== undefined && { reference }),
  };
}
