import { ConstraintError } from './constraint-error.ts';
import { call, type Expression, type GraphEdge, literal, nothing, Rule } from './expression.ts';
import { comma, member, plainContent, stringOf } from './json-text.ts';
import type { SchemaCompiler } from './schema.ts';
import type { Keywords } from './schema-keywords.ts';

/** In longer runs of optional properties each is a rule of its own: as text, each start would repeat all that follow. */
const LONGEST_RUN = 10;
const MOST_COUNTED = 64;

interface Property {
  text: Expression;
  isRequired: boolean;
}

/**
 * Objects as the keywords ask for them: named properties in order, then others where they are asked for. The order
 * makes each name come once; names of other properties have no escapes, so that none is a named one in disguise.
 */
export function objectExpression(keywords: Keywords, compiler: SchemaCompiler): Expression {
  const properties = propertiesOf(keywords, compiler);
  const others = otherProperties(keywords, compiler);
  const counts = countsOf(keywords, properties);
  return { kind: 'graph', edges: [...edgesOf(properties, others, counts)] };
}

function propertiesOf(keywords: Keywords, compiler: SchemaCompiler): Property[] {
  const { properties, required, additional, path } = keywords;
  const named = [...properties].map(([name, schemas]) => ({ name, schemas, isRequired: required.has(name) }));
  const unnamed = [...required]
    .filter((name) => !properties.has(name))
    .map((name) => ({
      name,
      schemas: additional ?? [{ schema: true, path: `${path}/*` }],
      isRequired: true,
    }));
  const all = [...named, ...unnamed];
  const isLong = longestRun(all) > LONGEST_RUN;
  return all.map(({ name, schemas, isRequired }) => {
    const key = allowedName(literal(JSON.stringify(name)), keywords, compiler);
    const text = member(key, compiler.expression(schemas));
    return { text: isLong && !isRequired ? call(new Rule(name, text)) : text, isRequired };
  });
}

function longestRun(properties: readonly { isRequired: boolean }[]): number {
  let [run, longest] = [0, 0];
  for (const { isRequired } of properties) {
    run = isRequired ? 0 : run + 1;
    longest = Math.max(longest, run);
  }
  return longest;
}

/** `"key": value` of properties that are not named, or undefined where there are to be none. */
function otherProperties(keywords: Keywords, compiler: SchemaCompiler): Expression | undefined {
  const { properties, required, additional, path } = keywords;
  const asked = additional ?? (properties.size === 0 ? [{ schema: true, path: `${path}/*` }] : undefined);
  if (!asked || asked.some(({ schema }) => schema === false)) return undefined;
  const names = new Set([...properties.keys(), ...required]);
  const plainNames = [...names].map((name) => literal(JSON.stringify(name)));
  const free: Expression = {
    kind: 'except',
    a: stringOf(plainContent),
    b: { kind: 'choice', options: plainNames },
  };
  const key = allowedName(free, keywords, compiler);
  return member(call(new Rule(`${path} names`, key)), compiler.expression(asked));
}

/** Of these names, in quotes, those that `propertyNames` allows. */
function allowedName(name: Expression, { propertyNames }: Keywords, compiler: SchemaCompiler): Expression {
  const limits = propertyNames.map((schema) => compiler.names([schema]));
  return limits.reduce<Expression>((a, b) => ({ kind: 'both', a, b }), name);
}

/** Whether numbers of properties must be counted, and how far. */
function countsOf({ minProperties, maxProperties, path }: Keywords, properties: readonly Property[]): Counts {
  const needed = properties.filter(({ isRequired }) => isRequired).length;
  const isCounted = minProperties > needed || maxProperties < Number.POSITIVE_INFINITY;
  if (!isCounted) return { min: 0, max: Number.POSITIVE_INFINITY, until: 0 };
  if (minProperties > Math.min(properties.length + 1, MOST_COUNTED)) {
    throw new ConstraintError(
      `"minProperties" of the schema at ${path} asks for more properties than are named and one more, or over ${MOST_COUNTED}`,
    );
  }
  const max =
    maxProperties === Number.POSITIVE_INFINITY ? maxProperties : Math.min(maxProperties, MOST_COUNTED);
  return { min: minProperties, max, until: max === Number.POSITIVE_INFINITY ? minProperties : max + 1 };
}

interface Counts {
  min: number;
  max: number;
  /** Counted up to here. */
  until: number;
}

/**
 * A point for each place between properties and each count: before a name (after the brace or a comma) and after a
 * value. Skipping an optional property is an edge without text. Of the properties that are not named, the first counts
 * towards the least number, others do not: they may repeat its name.
 */
function* edgesOf(
  properties: readonly Property[],
  others: Expression | undefined,
  counts: Counts,
): Generator<GraphEdge> {
  const end = properties.length;
  const lastRequired = properties.findLastIndex(({ isRequired }) => isRequired);
  const pointOf = (place: number, count: number, isAfter = false) =>
    2 + (place * (counts.until + 1) + count) * 2 + Number(isAfter);
  yield { from: 0, text: literal('{'), to: pointOf(0, 0) };
  if (lastRequired < 0 && counts.min === 0) yield { from: 0, text: literal('{}'), to: 1 };
  for (let place = 0; place <= end + 1; place++) {
    for (let count = 0; count <= Math.min(counts.until, counts.max); count++) {
      const next = Math.min(count + 1, counts.until);
      const [before, after] = [pointOf(place, count), pointOf(place, count, true)];
      const isEnough = count >= counts.min;
      const property = properties[place];
      if (property) {
        yield { from: before, text: property.text, to: pointOf(place + 1, next, true) };
        if (!property.isRequired) yield { from: before, text: nothing, to: pointOf(place + 1, count) };
      } else if (others && (place === end || isEnough)) {
        yield { from: before, text: others, to: pointOf(end + 1, next, true) };
      }
      yield { from: after, text: comma, to: before };
      if (place > lastRequired && isEnough) yield { from: after, text: literal('}'), to: 1 };
    }
  }
}
