import type { z } from 'zod';
import { StoreError } from '../errors.ts';

/** JSON with the keys of every object in order, so that equal values are equal texts. `undefined` members are left out. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) => (isPlainObject(member) ? sorted(member) : member));
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function sorted(object: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A stored value in its shape. Throws `StoreError` where it has another one: damaged, or of another version. */
export function parseStored<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new StoreError(
    `a stored ${issue?.path.join('.') || 'value'} is not what it should be: ${issue?.message}`,
    {
      hint: 'The store was written by another version of pathact, or changed by another program.',
      cause: parsed.error,
    },
  );
}

/** Throws `StoreError` where a stored text is not JSON. */
export function parseStoredJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new StoreError('a stored value is not JSON: the store is damaged', { cause });
  }
}
