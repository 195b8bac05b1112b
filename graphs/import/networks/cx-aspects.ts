import { MalformedFileError } from '../../../src/errors.ts';
import { openText } from '../text/open-text.ts';
import { AspectSplitter } from './aspect-splitter.ts';

/** One element of an aspect, or the whole of an aspect that is no list. */
export interface AspectElement {
  aspect: string;
  value: unknown;
  line: number;
}

/**
 * The elements of a CX or CX2 file, which is a list of objects of lists, one by one and in file order. Only the aspects
 * of `wanted` are parsed; pictures and layouts cost nothing. Throws `MalformedFileError` as `file:line: what`.
 */
export async function* readAspects(
  path: string,
  wanted: ReadonlySet<string>,
  signal?: AbortSignal,
): AsyncGenerator<AspectElement> {
  const splitter = new AspectSplitter(wanted, (what, line) => notCx(path, what, line));
  for await (const chunk of openText(path, signal)) {
    for (const { aspect, text, line } of splitter.split(chunk)) {
      yield { aspect, value: parsed(path, text, line), line };
    }
  }
  splitter.end();
}

function parsed(path: string, text: string, line: number): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw notCx(path, 'not JSON', line, cause);
  }
}

function notCx(path: string, what: string, line: number, cause?: unknown): MalformedFileError {
  return new MalformedFileError(`${path}:${line}: ${what}`, {
    hint: 'Fetch or export the network again, as CX or CX2.',
    cause,
  });
}
