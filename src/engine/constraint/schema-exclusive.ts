import { isSame } from './json-value.ts';
import { type Keywords, readKeywords, type TypeName } from './schema-keywords.ts';
import { allowsValue } from './schema-value.ts';

/** True when no value can fulfil two of the schemas, as far as types, constants and required constants show. */
export function areExclusive(schemas: readonly Keywords[]): boolean {
  return schemas.every((a, i) => schemas.slice(i + 1).every((b) => excludes(a, b)));
}

function excludes(a: Keywords, b: Keywords): boolean {
  if (a.values) return a.values.every((value) => !mayHold(b, value));
  if (b.values) return b.values.every((value) => !mayHold(a, value));
  if (a.types && b.types && !sharesType(a.types, b.types)) return true;
  return isObject(a) && isObject(b) && differsInProperty(a, b);
}

const mayHold = (keywords: Keywords, value: unknown) =>
  keywords.values ? keywords.values.some((other) => isSame(other, value)) : allowsValue(keywords, value);

function sharesType(a: ReadonlySet<TypeName>, b: ReadonlySet<TypeName>): boolean {
  const wide = (types: ReadonlySet<TypeName>) =>
    new Set([...types].map((type) => (type === 'integer' ? 'number' : type)));
  const others = wide(b);
  return [...wide(a)].some((type) => others.has(type));
}

const isObject = ({ types }: Keywords) => types?.size === 1 && types.has('object');

/** Both require a property that cannot be the same in both, or one requires what the other forbids. */
function differsInProperty(a: Keywords, b: Keywords): boolean {
  const forbids = (of: Keywords, name: string) =>
    !of.properties.has(name) && of.additional?.some(({ schema }) => schema === false);
  if ([...a.required].some((name) => forbids(b, name)) || [...b.required].some((name) => forbids(a, name)))
    return true;
  return [...a.required].some((name) => {
    const [inA, inB] = [a.properties.get(name)?.[0], b.properties.get(name)?.[0]];
    return b.required.has(name) && inA && inB && excludes(readKeywords(inA), readKeywords(inB));
  });
}
