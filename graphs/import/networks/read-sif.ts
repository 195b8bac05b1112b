import { MalformedFileError } from '../../../src/errors.ts';
import type { Sign } from '../../../src/run.ts';
import { DropCounts } from '../drop-counts.ts';
import { nodeStatement, relationStatement } from '../make-statement.ts';
import type { Statement } from '../statement.ts';
import { readLines } from '../text/read-lines.ts';

const rising: ReadonlySet<string> = new Set(['activates', 'controls-expression-of']);

/**
 * Reads Cytoscape's simple interaction format: `source relation target [target …]` a line, or one lone node. A line
 * with a tab is split at tabs only, so names may hold spaces. Signs: spec §1.9.
 */
export async function* readSif(path: string, signal?: AbortSignal): AsyncGenerator<Statement> {
  const dropped = new DropCounts();
  const source = sourceOf(path);
  for await (const { text, number } of readLines(path, signal)) {
    if (text.includes('\0')) {
      throw new MalformedFileError(`${path}:${number}: a null character: this is no text`, {
        hint: 'SIF files are plain text, one relation a line.',
      });
    }
    const [head = '', relation, ...tails] = cellsOf(number === 1 ? text.replace(/^\uFEFF/, '') : text);
    if (head === '') continue;
    for (const name of [head, ...tails]) {
      yield nodeStatement({ id: name, label: name, nodeKind: 'other' });
    }
    if (relation === undefined) continue;
    if (tails.length === 0) dropped.add('lines without a target');
    else if (isNumber(relation) && Number(relation) === 0) dropped.add('relations of weight 0', tails.length);
    else {
      for (const tail of tails) {
        yield relationStatement(head, tail, { source, type: relation, sign: signOf(relation) });
      }
    }
  }
  yield* dropped.statements();
}

/** The cells of a line of SIF. */
export function cellsOf(line: string): string[] {
  const cells = line.includes('\t') ? line.split('\t') : line.split(/\s+/);
  return cells.map((cell) => cell.trim()).filter((cell) => cell !== '');
}

function signOf(relation: string): Sign {
  if (isNumber(relation)) return Number(relation) > 0 ? '+' : '-';
  const word = relation.toLowerCase();
  if (rising.has(word)) return '+';
  return word === 'inhibits' ? '-' : '0';
}

function isNumber(text: string): boolean {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text);
}

function sourceOf(path: string): string {
  return path.replace(/^.*[\\/]/, '').replace(/(\.sif|\.txt)?(\.gz)?$/i, '');
}
