import { MalformedFileError } from '../../../src/errors.ts';
import { openText } from './open-text.ts';

/** One line may take this many characters: tables cite long sentences, and nothing longer is a table. */
const longestLine = 4 * 2 ** 20;

export interface Line {
  text: string;
  number: number;
}

/** The lines of a text file as a stream, without their ends. Throws `MalformedFileError` for a line without end. */
export async function* readLines(path: string, signal?: AbortSignal): AsyncGenerator<Line> {
  let rest = '';
  let number = 0;
  for await (const chunk of openText(path, signal)) {
    const lines = (rest === '' ? chunk : rest + chunk).split('\n');
    rest = lines.pop() as string;
    for (const text of lines) yield { text: withoutReturn(text), number: ++number };
    if (rest.length > longestLine) throw tooLong(path, number + 1);
  }
  if (rest !== '') yield { text: withoutReturn(rest), number: number + 1 };
}

function withoutReturn(text: string): string {
  return text.endsWith('\r') ? text.slice(0, -1) : text;
}

function tooLong(path: string, line: number): MalformedFileError {
  return new MalformedFileError(`${path}:${line}: a line longer than ${longestLine} characters`, {
    hint: 'Tables have one statement a line.',
  });
}
