/** Enough for the namespaces that ontology editors abbreviate; too little to grow a text from. */
const maxEntities = 100;
const maxValueLength = 100;

const declaration = /<!ENTITY\s+([A-Za-z_][\w.-]*)\s+(?:"([^"]*)"|'([^']*)')\s*>/g;

/**
 * Takes a DOCTYPE's own abbreviations into `entities`: short, literal ones, as OWL files have for their namespaces.
 * Returns what is wrong where it holds anything else: outside files as entities, parameters, entities made of entities.
 */
export function declareEntities(doctype: string, entities: Record<string, string>): string | undefined {
  const start = doctype.indexOf('[');
  // A grammar that the head names (SYSTEM, PUBLIC; KGML has one) is never fetched.
  if (start < 0) return undefined;
  const found = [...doctype.slice(start).matchAll(declaration)];
  const rest = doctype
    .slice(start + 1)
    .replaceAll(declaration, '')
    .replaceAll(/<!--[\s\S]*?-->/g, '');
  if (!/^\s*\]?\s*$/.test(rest)) return 'a DOCTYPE with more than plain entities is not allowed';
  if (found.length > maxEntities) return `more than ${maxEntities} entities are not allowed`;
  for (const [, name, quoted, apostrophed] of found) {
    const value = quoted ?? apostrophed ?? '';
    if (/[&%<]/.test(value)) return `entity "${name}" is made of others, which is not allowed`;
    if (value.length > maxValueLength)
      return `entity "${name}" is longer than ${maxValueLength} characters, which is not allowed`;
    entities[name as string] ??= value;
  }
  return undefined;
}
