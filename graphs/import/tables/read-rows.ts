import { MalformedFileError } from '../../../src/errors.ts';
import { readLines } from '../text/read-lines.ts';

/** A table's row: its cells by lower-case column name. */
export interface TableRow {
  cell(column: string): string;
  line: number;
}

/** The separator of a header row: tabs before semicolons. */
export function separatorOf(header: string): '\t' | ';' {
  return header.includes('\t') ? '\t' : ';';
}

/** A line's cells; a cell in quotes may hold the separator, and `""` is a quote. */
export function cellsOf(line: string, separator: string): string[] {
  if (!line.includes('"')) return line.split(separator);
  const cells: string[] = [];
  let cell = '';
  let quoted = false;
  for (let at = 0; at < line.length; at++) {
    const letter = line[at] as string;
    if (letter === '"' && (quoted || cell === '')) {
      if (quoted && line[at + 1] === '"') cell += line[++at];
      else quoted = !quoted;
    } else if (letter === separator && !quoted) {
      cells.push(cell);
      cell = '';
    } else {
      cell += letter;
    }
  }
  // A quote that never closes is a letter: the line is cut as if it held none.
  return quoted ? line.split(separator) : [...cells, cell];
}

/**
 * A table's rows as a stream, under the header row that it begins with. Tab-separated tables keep their quotes.
 * Throws `MalformedFileError` where a column of `columns` is missing.
 */
export async function* readRows(
  path: string,
  columns: readonly string[],
  signal?: AbortSignal,
): AsyncGenerator<TableRow> {
  let places: Map<string, number> | undefined;
  let separator = '\t';
  for await (const { text, number } of readLines(path, signal)) {
    if (text.trim() === '' || text.startsWith('#')) continue;
    if (places === undefined) {
      separator = separatorOf(text);
      places = headerOf(path, number, cellsOf(text, separator), columns);
      continue;
    }
    const cells = separator === '\t' ? text.split('\t') : cellsOf(text, separator);
    const found = places;
    yield { cell: (column) => cells[found.get(column) ?? -1]?.trim() ?? '', line: number };
  }
}

function headerOf(
  path: string,
  line: number,
  cells: readonly string[],
  columns: readonly string[],
): Map<string, number> {
  const names = cells.map((cell) =>
    cell
      .replace(/^\uFEFF/, '')
      .trim()
      .toLowerCase(),
  );
  const missing = columns.filter((column) => !names.includes(column));
  if (missing.length === 0) return new Map(names.map((name, place) => [name, place]));
  throw new MalformedFileError(`${path}:${line}: the header row lacks ${missing.join(', ')}`, {
    hint: 'Export it with all its columns.',
  });
}
