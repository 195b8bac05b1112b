import { ConstraintError } from './constraint-error.ts';
import { isRecord } from './json-value.ts';
import type { Keywords, TypeName } from './schema-keywords.ts';

/** Whether a value of `enum` or `const` fulfils what the schema asks besides. */
export function allowsValue(keywords: Keywords, value: unknown): boolean {
  const { types } = keywords;
  const type = typeOf(value);
  if (types && !types.has(type) && !(type === 'integer' && types.has('number'))) return false;
  if (typeof value === 'number') return isWithin(keywords, value);
  if (typeof value === 'string') return allowsText(keywords, value);
  if (Array.isArray(value) && value.length >= 0) return refuseBeside(keywords, 'array');
  return isRecord(value) ? refuseBeside(keywords, 'object') : true;
}

function typeOf(value: unknown): TypeName {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value as TypeName;
}

function isWithin({ low, high }: Keywords, value: number): boolean {
  const isAbove = !low || value > low.value || (value === low.value && !low.isExclusive);
  return isAbove && (!high || value < high.value || (value === high.value && !high.isExclusive));
}

function allowsText({ minLength, maxLength, patterns, formats }: Keywords, value: string): boolean {
  const length = [...value].length;
  if (length < minLength || length > maxLength) return false;
  const whole = formats.map((format) => `^(?:${format})$`);
  return [...whole, ...patterns].every((pattern) => new RegExp(pattern, 'u').test(value));
}

/** Enumerated arrays and objects are not checked against more keywords; such schemas are not seen in practice. */
function refuseBeside(keywords: Keywords, type: 'array' | 'object'): true {
  const { properties, required, additional, prefixItems, items, minItems, maxItems, path } = keywords;
  const asks =
    type === 'object'
      ? properties.size + required.size > 0 || additional
      : prefixItems.length + minItems > 0 || items || maxItems < Number.POSITIVE_INFINITY;
  if (!asks) return true;
  throw new ConstraintError(
    `the schema at ${path} enumerates values of type ${type} beside other keywords for them`,
  );
}
