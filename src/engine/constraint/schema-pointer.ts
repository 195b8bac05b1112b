import { ConstraintError } from './constraint-error.ts';
import type { Located } from './schema-keywords.ts';

/** The schema that a reference within the document means. Nothing is ever fetched. */
export function resolvePointer(root: unknown, reference: string, from: string): Located {
  if (reference !== '#' && !reference.startsWith('#/')) {
    throw new ConstraintError(
      `"$ref" of the schema at ${from} is ${JSON.stringify(reference.slice(0, 200))}; only "#" and "#/…" are supported`,
    );
  }
  let schema = root;
  for (const step of reference.split('/').slice(1)) {
    const name = decode(step);
    const holder = typeof schema === 'object' && schema !== null ? (schema as Record<string, unknown>) : {};
    if (name === undefined || !Object.hasOwn(holder, name)) {
      throw new ConstraintError(
        `"$ref" of the schema at ${from} points to nothing: ${JSON.stringify(reference.slice(0, 200))}`,
      );
    }
    schema = holder[name];
  }
  return { schema, path: reference };
}

function decode(step: string): string | undefined {
  try {
    return decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');
  } catch {
    return undefined;
  }
}
