import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { UsageError } from '../../src/errors.ts';

export interface LongText {
  name: string;
  text: string;
}

/** Texts (.gz too), without what Project Gutenberg puts before and after a book. */
export function readLongTexts(files: readonly string[]): LongText[] {
  return files.map((file) => ({ name: basename(file), text: body(readText(file)) }));
}

/** A text file, or one packed by gzip (.gz). Throws `UsageError` where it cannot be read. */
export function readText(file: string): string {
  try {
    const bytes = readFileSync(file);
    return (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  } catch (cause) {
    throw new UsageError(`cannot read the text ${file}`, { cause });
  }
}

function body(text: string): string {
  const start = /^\*\*\* ?START OF.*$/m.exec(text);
  const end = /^\*\*\* ?END OF.*$/m.exec(text);
  return text.slice(start ? start.index + start[0].length : 0, end?.index).replaceAll('\r\n', '\n');
}
