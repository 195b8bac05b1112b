import type { Context } from 'hono';
import type { z } from 'zod';
import { ApiError, badRequest } from './api-error.ts';

/** The JSON body, checked. Throws `ApiError` 400 that names the field. */
export async function readBody<T>(c: Context, schema: z.ZodType<T>): Promise<T> {
  let body: unknown;
  try {
    body = await c.req.json();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ApiError(400, `The request body is not JSON: ${reason}`, { code: 'invalid_json', cause });
  }
  const parsed = schema.safeParse(body, { reportInput: false });
  if (parsed.success) return parsed.data;
  const issue = deepest(parsed.error.issues[0]!);
  const param = fieldName(issue.path);
  if (param === '')
    throw new ApiError(400, 'The request body is not a JSON object.', { code: 'invalid_type' });
  throw badRequest(
    `${param}: ${issue.message}`,
    param,
    issue.code === 'invalid_type' ? 'invalid_type' : 'invalid_value',
  );
}

/** Of a union that fails, the branch that came furthest says most. */
function deepest(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  if (issue.code !== 'invalid_union') return issue;
  const inner = issue.errors.flat().filter(({ path }) => path.length > 0);
  const furthest = inner.toSorted((a, b) => b.path.length - a.path.length)[0];
  return furthest ? deepest({ ...furthest, path: [...issue.path, ...furthest.path] }) : issue;
}

/** `['messages', 0, 'role']` as OpenAI writes it: `messages[0].role`. */
export function fieldName(path: readonly PropertyKey[]): string {
  return path.reduce<string>((name, key) => {
    if (typeof key === 'number') return `${name}[${key}]`;
    return name === '' ? String(key) : `${name}.${String(key)}`;
  }, '');
}
