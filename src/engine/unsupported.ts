import { PathactError } from '../errors.ts';

/** A sound model file that needs something this version lacks. */
export function unsupported(what: string, supported: readonly string[]): PathactError {
  return new PathactError(`${what} of this model is not supported`, {
    hint: `Supported are: ${supported.join(', ')}.`,
  });
}
