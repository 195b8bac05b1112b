import { readFileSync, statSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { parse } from 'csv-parse/sync';
import { MalformedFileError } from '../../src/errors.ts';
import { optionalColumns, type RawRow, requiredColumns } from './question.ts';
import { readParquet } from './read-parquet.ts';

const MAX_FILE_BYTES = 256 * 2 ** 20;
const MAX_RECORD_BYTES = 2 ** 20;

const readers: Record<string, (file: string) => RawRow[] | Promise<RawRow[]>> = {
  '.parquet': readParquetRows,
  '.jsonl': readJsonlRows,
  '.ndjson': readJsonlRows,
  '.csv': readCsvRows,
};

export const questionFileExtensions = Object.keys(readers);

/** The rows of one question file, by its extension. Throws `MalformedFileError` naming file and row. */
export async function readRows(file: string): Promise<RawRow[]> {
  const read = readers[extname(file).toLowerCase()];
  if (!read) {
    throw new MalformedFileError(`${file} is not a question file`, {
      hint: `Question files end in ${questionFileExtensions.join(', ')}.`,
    });
  }
  if (statSync(file).size > MAX_FILE_BYTES) throw new MalformedFileError(`${file} is larger than 256 MiB`);
  const rows = await read(file);
  if (rows.length === 0) throw new MalformedFileError(`${file} holds no question`);
  return rows;
}

async function readParquetRows(file: string): Promise<RawRow[]> {
  const rows = await readParquet(file, [...requiredColumns, ...optionalColumns]);
  return rows.map((values, index) => ({ place: `${basename(file)}, row ${index + 1}`, values }));
}

function readJsonlRows(file: string): RawRow[] {
  const rows: RawRow[] = [];
  for (const [index, line] of readFileSync(file, 'utf8')
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    if (line.trim() === '') continue;
    const place = `${basename(file)}, line ${index + 1}`;
    rows.push({ place, values: parseObject(line, place) });
  }
  return rows;
}

function parseObject(line: string, place: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new MalformedFileError(`${place}: this is not JSON`, { cause });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new MalformedFileError(`${place}: this is not a JSON object`);
}

function readCsvRows(file: string): RawRow[] {
  let records: Record<string, string>[];
  try {
    records = parse<Record<string, string>>(readFileSync(file), {
      ...{ columns: true, bom: true, skip_empty_lines: true, max_record_size: MAX_RECORD_BYTES },
    });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MalformedFileError(`${basename(file)} cannot be read as CSV: ${reason}`, { cause });
  }
  return records.map((values, index) => ({ place: `${basename(file)}, row ${index + 1}`, values }));
}
