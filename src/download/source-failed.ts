import { PathactError } from '../errors.ts';

/** One source could not give the file; the next one is tried. The message is the reason, in one line. */
export class SourceFailedError extends PathactError {}

/** The code a network or file-system error carries, deepest cause first: ENOTFOUND, ECONNREFUSED, … */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  return errorCode(error.cause) ?? ('code' in error ? String(error.code) : undefined);
}
