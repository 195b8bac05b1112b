import { isSame } from './json-value.ts';
import { tighter } from './number-range.ts';
import type { AllOf, Keywords, TypeName } from './schema-keywords.ts';

/** Keywords that hold where those of both schemas do. */
export function merged(a: Keywords, b: Keywords): Keywords {
  const types = a.types && b.types ? commonTypes(a.types, b.types) : (a.types ?? b.types);
  const values =
    a.values && b.values
      ? a.values.filter((value) => b.values!.some((other) => isSame(value, other)))
      : (a.values ?? b.values);
  const additional = joined(a.additional, b.additional);
  const { prefixItems, items } = mergedItems(a, b);
  const low = tighter(a.low, b.low, (x, y) => x > y);
  const high = tighter(a.high, b.high, (x, y) => x < y);
  return {
    path: a.path,
    ...(types && { types }),
    ...(values && { values }),
    properties: mergedProperties(a, b),
    required: new Set([...a.required, ...b.required]),
    ...(additional && { additional }),
    propertyNames: [...a.propertyNames, ...b.propertyNames],
    minProperties: Math.max(a.minProperties, b.minProperties),
    maxProperties: Math.min(a.maxProperties, b.maxProperties),
    prefixItems,
    ...(items && { items }),
    minItems: Math.max(a.minItems, b.minItems),
    maxItems: Math.min(a.maxItems, b.maxItems),
    minLength: Math.max(a.minLength, b.minLength),
    maxLength: Math.min(a.maxLength, b.maxLength),
    patterns: [...new Set([...a.patterns, ...b.patterns])],
    formats: [...new Set([...a.formats, ...b.formats])],
    ...(low && { low }),
    ...(high && { high }),
    alternatives: [...a.alternatives, ...b.alternatives],
    allOf: [],
  };
}

function commonTypes(a: ReadonlySet<TypeName>, b: ReadonlySet<TypeName>): Set<TypeName> {
  const common = new Set([...a].filter((type) => b.has(type)));
  const isWhole = (a.has('integer') && b.has('number')) || (b.has('integer') && a.has('number'));
  if (isWhole && !common.has('number')) common.add('integer');
  return common;
}

function joined(a: AllOf | undefined, b: AllOf | undefined): AllOf | undefined {
  if (!a || !b) return a ?? b;
  return [...a, ...b.filter(({ path }) => !a.some((other) => other.path === path))];
}

/** A property that one schema names is, to the other, an additional one. */
function mergedProperties(a: Keywords, b: Keywords): Map<string, AllOf> {
  const names = new Set([...a.properties.keys(), ...b.properties.keys()]);
  return new Map(
    [...names].map((name) => {
      const [inA, inB] = [a, b].map((of) => of.properties.get(name) ?? of.additional);
      return [name, joined(inA, inB)!];
    }),
  );
}

function mergedItems(a: Keywords, b: Keywords): Pick<Keywords, 'prefixItems' | 'items'> {
  const length = Math.max(a.prefixItems.length, b.prefixItems.length);
  const prefixItems = Array.from(
    { length },
    (_, i) => joined(a.prefixItems[i] ?? a.items, b.prefixItems[i] ?? b.items)!,
  );
  const items = joined(a.items, b.items);
  return { prefixItems, ...(items && { items }) };
}
