import type { createHash } from 'node:crypto';
import { MalformedFileError } from '../src/errors.ts';
import { limits, readText } from './bounded-read.ts';

/** One data row of a table, its cells by column name. */
export interface Row {
  cells: Record<string, string>;
  line: number;
}

/**
 * Reads a tab-separated table with a header row; lines that start with `#` and empty ones are skipped. Throws
 * `MalformedFileError` as `file:line: what` when a column is missing or a row has too many or too few cells.
 */
export async function readTable(
  file: string,
  columns: readonly string[],
  hash: ReturnType<typeof createHash>,
  signal?: AbortSignal,
): Promise<Row[]> {
  const lines = (await readText(file, hash, signal)).replace(/^\uFEFF/, '').split(/\r?\n/);
  const numbered = lines.map((text, index) => ({ text, line: index + 1 }));
  const [header, ...body] = numbered.filter(({ text }) => text.trim() !== '' && !text.startsWith('#'));
  const names = header?.text.split('\t') ?? [];
  const missing = columns.filter((column) => !names.includes(column));
  if (missing.length > 0) {
    throw malformed(file, header?.line ?? 1, `the header row lacks ${missing.join(', ')}`);
  }
  if (body.length > limits.edges) throw malformed(file, 1, `more than ${limits.edges} rows`);
  return body.map(({ text, line }) => rowOf(text.split('\t'), names, file, line));
}

/** `a; b;` → `['a', 'b']`. */
export function semicolonList(cell: string | undefined): string[] {
  return (cell ?? '')
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

export function malformed(file: string, line: number, what: string): MalformedFileError {
  return new MalformedFileError(`${file}:${line}: ${what}`, {
    hint: 'Columns are separated by one tab; `pathact graph import --help` shows the format.',
  });
}

function rowOf(cells: readonly string[], names: readonly string[], file: string, line: number): Row {
  // Editors strip trailing tabs, so absent last cells are empty ones.
  if (cells.length > names.length) {
    throw malformed(file, line, `${cells.length} cells under ${names.length} columns`);
  }
  return { cells: Object.fromEntries(names.map((name, i) => [name, (cells[i] ?? '').trim()])), line };
}
