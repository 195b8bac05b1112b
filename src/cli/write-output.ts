import { writeFileSync } from 'node:fs';
import { PathactError } from '../errors.ts';

/** Writes the file that a flag names. Throws `PathactError` where the file system refuses. */
export function writeOutput(file: string, content: string, flag: string): void {
  try {
    writeFileSync(file, content);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new PathactError(`cannot write ${file}: ${reason}`, {
      hint: `Give ${flag} a file in a folder that exists.`,
      cause,
    });
  }
}
