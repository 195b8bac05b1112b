import { createHash } from 'node:crypto';
import { MalformedFileError } from '../src/errors.ts';
import { limits, readText } from './bounded-read.ts';

export interface GeneWeight {
  /** As the file writes it: a symbol, an id, a name. */
  id: string;
  /** Not negative: of a fold change, how far it is from none. */
  weight: number;
}

export interface GeneList {
  /** In file order, each id once. */
  genes: GeneWeight[];
  /** Rows of an id that an earlier row has; the larger weight counts. */
  repeated: number;
}

const idNames = new Set(['id', 'gene', 'symbol', 'gene_symbol', 'name']);

/**
 * A gene list: tab-separated, columns `id` and `weight` in any order among others, or without a header row the id first
 * and the weight, where there is one, second. Without weights all count alike. Lines that start with `#` and empty ones
 * are skipped. Throws `MalformedFileError` as `file:line: what`, `MissingError` where the file is not there.
 */
export async function readGeneList(file: string, signal?: AbortSignal): Promise<GeneList> {
  const text = (await readText(file, createHash('sha256'), signal)).replace(/^\uFEFF/, '');
  const rows = text
    .split(/\r?\n/)
    .map((line, index) => ({ cells: line.split('\t').map((cell) => cell.trim()), line: index + 1 }))
    .filter(({ cells }) => cells.some((cell) => cell !== '') && !cells[0]!.startsWith('#'));
  if (rows.length > limits.nodes) throw malformed(file, 1, `more than ${limits.nodes} rows`);
  const header = rows[0]?.cells.map((cell) => cell.toLowerCase()) ?? [];
  const at = columnsOf(header);
  const body = at.isHeader ? rows.slice(1) : rows;
  if (body.length === 0) throw malformed(file, 1, 'no gene');
  return collect(body.map(({ cells, line }) => geneOf(cells, at, file, line)));
}

interface Columns {
  isHeader: boolean;
  id: number;
  weight: number;
}

function columnsOf(header: readonly string[]): Columns {
  const id = header.findIndex((name) => idNames.has(name));
  if (id < 0) return { isHeader: false, id: 0, weight: 1 };
  return { isHeader: true, id, weight: header.indexOf('weight') };
}

function geneOf(cells: readonly string[], at: Columns, file: string, line: number): GeneWeight {
  const id = cells[at.id] ?? '';
  if (id === '') throw malformed(file, line, 'the id is empty');
  const written = cells[at.weight] ?? '';
  if (written === '') return { id, weight: 1 };
  const weight = Math.abs(Number(written));
  if (Number.isFinite(weight)) return { id, weight };
  throw malformed(file, line, `the weight ${JSON.stringify(written.slice(0, 40))} is no number`);
}

function collect(rows: readonly GeneWeight[]): GeneList {
  const weights = new Map<string, number>();
  for (const { id, weight } of rows) weights.set(id, Math.max(weight, weights.get(id) ?? 0));
  const genes = [...weights].map(([id, weight]) => ({ id, weight }));
  return { genes, repeated: rows.length - genes.length };
}

function malformed(file: string, line: number, what: string): MalformedFileError {
  return new MalformedFileError(`${file}:${line}: ${what}`, {
    hint: 'A gene list has the columns id and weight, separated by one tab; the weight is a number.',
  });
}
