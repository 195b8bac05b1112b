import { ConstraintError } from './constraint-error.ts';
import { call, choice, type Expression, literal, never, Rule } from './expression.ts';
import { arrayRule, boolean, integerRule, numberRule, objectRule, valueRule } from './json-text.ts';
import { typeNames } from './keyword-reader.ts';
import { integersWithin, numbersWithin } from './number-range.ts';
import { arrayExpression } from './schema-array.ts';
import { areExclusive } from './schema-exclusive.ts';
import {
  type AllOf,
  anything,
  type Keywords,
  type Located,
  readKeywords,
  type TypeName,
} from './schema-keywords.ts';
import { merged } from './schema-merge.ts';
import { objectExpression } from './schema-object.ts';
import { resolvePointer } from './schema-pointer.ts';
import { isOpenString, stringExpression, textOf } from './schema-string.ts';
import { allowsValue } from './schema-value.ts';
import type { WorkBudget } from './work-budget.ts';

const MOST_DEPTH = 64;

/**
 * JSON texts that are valid against the schema, not all of them: properties come in the schema's order and, where
 * some are named and `additionalProperties` is not, only those; white space as in `json-text.ts`. Throws
 * `ConstraintError`, with the keyword and its place, on what cannot be followed; references stay within the schema.
 */
export function schemaExpression(schema: unknown, budget: WorkBudget): Expression {
  return new SchemaCompiler(schema, budget).expression([{ schema, path: '#' }]);
}

export class SchemaCompiler {
  readonly budget: WorkBudget;
  readonly #root: unknown;
  /** Rules of schemas that are referred to. */
  readonly #rules = new Map<string, Rule>();
  /** Schemas being read, and the rules of those that came by again. */
  readonly #open = new Map<string, Rule | undefined>();

  constructor(root: unknown, budget: WorkBudget) {
    this.#root = root;
    this.budget = budget;
  }

  /** Values for which all the schemas hold. */
  expression(schemas: AllOf): Expression {
    this.budget.spend(100);
    const reference = schemas.length === 1 ? soleReference(schemas[0]!) : undefined;
    if (reference !== undefined) return call(this.#ruleOf(reference, schemas[0]!.path));
    const key = schemas
      .map(({ path }) => path)
      .sort()
      .join(' ');
    if (this.#open.has(key)) {
      const rule = this.#open.get(key) ?? new Rule(key);
      this.#open.set(key, rule);
      return call(rule);
    }
    if (this.#open.size >= MOST_DEPTH)
      throw new ConstraintError(`the schema is nested deeper than ${MOST_DEPTH}, at ${key}`);
    this.#open.set(key, undefined);
    const result = this.#join(this.#flat(schemas));
    const rule = this.#open.get(key);
    this.#open.delete(key);
    if (!rule) return result;
    rule.define(result);
    return call(rule);
  }

  /** Names of properties that fulfil the schemas, in quotes, without rules in them. */
  names(schemas: AllOf): Expression {
    const keywords = this.#flat(schemas);
    if (keywords.alternatives.length > 0) {
      throw new ConstraintError(
        `"propertyNames" at ${keywords.path} has alternatives, which is not supported`,
      );
    }
    if (keywords.types && !keywords.types.has('string')) return never;
    if (!keywords.values) return textOf(keywords, this.budget);
    const allowed = keywords.values.filter(
      (value) => typeof value === 'string' && allowsValue(keywords, value),
    );
    return choice(...allowed.map((value) => literal(JSON.stringify(value))));
  }

  #ruleOf(reference: string, from: string): Rule {
    const known = this.#rules.get(reference);
    if (known) return known;
    const rule = new Rule(reference);
    this.#rules.set(reference, rule);
    rule.define(this.expression([resolvePointer(this.#root, reference, from)]));
    return rule;
  }

  /** All schemas as one, references and `allOf` put in place. */
  #flat(schemas: AllOf, through: readonly string[] = []): Keywords {
    let all = anything(schemas[0]?.path ?? '#');
    for (const located of schemas) {
      this.budget.spend(100);
      if (through.includes(located.path)) {
        throw new ConstraintError(`the schema at ${located.path} refers to itself without end`);
      }
      const inside = [...through, located.path];
      const keywords = readKeywords(located);
      const { reference } = keywords;
      if (reference !== undefined) {
        const target = resolvePointer(this.#root, reference, located.path);
        all = merged(all, this.#flat([target], inside));
      }
      all = merged(merged(all, keywords), this.#flat(keywords.allOf, inside));
    }
    return all;
  }

  /** Takes the alternatives apart, one after the other. */
  #join(keywords: Keywords): Expression {
    this.budget.spend(100);
    const [alternative, ...others] = keywords.alternatives;
    if (!alternative) return this.#leaf(keywords);
    const { options, isOneOf } = alternative;
    const rest: Keywords = { ...keywords, alternatives: others };
    if (isOneOf && !areExclusive(options.map((option) => merged(rest, this.#flat([option]))))) {
      throw new ConstraintError(
        `"oneOf" of the schema at ${keywords.path} has options that may hold together; use anyOf, or tell them apart by type or by a required constant`,
      );
    }
    const isAlone = others.length === 0 && saysNothing(rest);
    return choice(
      ...options.map((option) =>
        isAlone ? this.expression([option]) : this.#join(merged(rest, this.#flat([option]))),
      ),
    );
  }

  #leaf(keywords: Keywords): Expression {
    const { values } = keywords;
    if (values) {
      const allowed = values.filter((value) => allowsValue(keywords, value));
      return choice(...allowed.map((value) => literal(JSON.stringify(value))));
    }
    const types = [...(keywords.types ?? impliedTypes(keywords))];
    if (types.length === typeNames.length && saysNothing(keywords)) return call(valueRule);
    const needed = types.includes('number') ? types.filter((type) => type !== 'integer') : types;
    return needed.length === 0 ? never : choice(...needed.map((type) => this.#ofType(type, keywords)));
  }

  #ofType(type: TypeName, keywords: Keywords): Expression {
    const isBounded = keywords.low || keywords.high;
    switch (type) {
      case 'null':
        return literal('null');
      case 'boolean':
        return boolean;
      case 'integer':
        return isBounded ? integersWithin(keywords) : call(integerRule);
      case 'number':
        return isBounded ? numbersWithin(keywords) : call(numberRule);
      case 'string':
        return stringExpression(keywords, this.budget);
      case 'array':
        return isOpenArray(keywords) ? call(arrayRule) : arrayExpression(keywords, this);
      case 'object':
        return isOpenObject(keywords) ? call(objectRule) : objectExpression(keywords, this);
    }
  }
}

/** Of a schema that is a reference and nothing else: what it refers to. */
function soleReference({ schema, path }: Located): string | undefined {
  if (typeof schema !== 'object' || schema === null || !Object.hasOwn(schema, '$ref')) return undefined;
  const keywords = readKeywords({ schema, path });
  const isSole = saysNothing(keywords) && keywords.alternatives.length + keywords.allOf.length === 0;
  return isSole ? keywords.reference : undefined;
}

const isOpenObject = ({
  properties,
  required,
  additional,
  propertyNames,
  minProperties,
  maxProperties,
}: Keywords) =>
  properties.size + required.size + propertyNames.length + minProperties === 0 &&
  additional === undefined &&
  maxProperties === Number.POSITIVE_INFINITY;

const isOpenArray = ({ prefixItems, items, minItems, maxItems }: Keywords) =>
  prefixItems.length + minItems === 0 && items === undefined && maxItems === Number.POSITIVE_INFINITY;

function saysNothing(keywords: Keywords): boolean {
  const { types, values, low, high } = keywords;
  return (
    !types &&
    !values &&
    !low &&
    !high &&
    isOpenObject(keywords) &&
    isOpenArray(keywords) &&
    isOpenString(keywords)
  );
}

/** Without `type`, the types that the other keywords speak of; all where they speak of none. */
function impliedTypes(keywords: Keywords): TypeName[] {
  const types: TypeName[] = [];
  if (!isOpenObject(keywords)) types.push('object');
  if (!isOpenArray(keywords)) types.push('array');
  if (!isOpenString(keywords)) types.push('string');
  if (keywords.low || keywords.high) types.push('number');
  return types.length === 0 ? [...typeNames] : types;
}
