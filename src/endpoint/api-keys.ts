import { createHash, timingSafeEqual } from 'node:crypto';
import type { Context } from 'hono';
import { ApiError } from './api-error.ts';

/** Middleware that lets a request pass whose `Authorization` bears one of the keys; others get a 401. */
export function keyCheck(keys: readonly string[]) {
  const expected = keys.map((key) => digest(`Bearer ${key}`));
  return async (c: Context, next: () => Promise<void>) => {
    if (!isOneOf(expected, digest(c.req.header('authorization') ?? ''))) {
      throw new ApiError(401, 'The API key is missing or wrong.', { code: 'invalid_api_key' });
    }
    await next();
  };
}

/** Stands for the key of a request, without being it. */
export const keyOf = (c: Context): string => digest(c.req.header('authorization') ?? '').toString('base64');

const digest = (text: string) => createHash('sha256').update(text).digest();

/** Digests have one length and all are compared, so the time tells nothing of any key. */
function isOneOf(expected: readonly Buffer[], given: Buffer): boolean {
  return expected.map((one) => timingSafeEqual(one, given)).some((isEqual) => isEqual);
}
