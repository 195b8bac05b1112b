import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { type Compressors, parquetMetadata, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';

/** Runs in a worker thread with limited memory, and is ended from outside when it takes too long. */

const MAX_ROWS = 1_000_000;
const MAX_PAGE_BYTES = 64 * 2 ** 20;

const { file, columns } = workerData as { file: string; columns: string[] };
const bytes = readFileSync(file);
const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
const metadata = parquetMetadata(buffer);
if (metadata.num_rows > MAX_ROWS)
  throw new Error(`it claims ${metadata.num_rows} rows, more than ${MAX_ROWS}`);
// The first schema element is the root; a name that is not a top-level column is ignored below.
const present = new Set(metadata.schema.slice(1).map(({ name }) => name));
const rows = await parquetReadObjects({
  file: buffer,
  metadata,
  columns: columns.filter((column) => present.has(column)),
  compressors: bounded(compressors),
});
parentPort?.postMessage(rows.map((row) => JSON.parse(JSON.stringify(row, withoutBigInts))));

/** A page header may claim any size: refuse before the memory is taken. */
function bounded(all: Compressors): Compressors {
  const wrapped: Compressors = {};
  for (const [codec, decompress] of Object.entries(all)) {
    wrapped[codec as keyof Compressors] = (input: Uint8Array, outputLength: number) => {
      if (outputLength < 0 || outputLength > MAX_PAGE_BYTES)
        throw new Error(`a page claims ${outputLength} bytes`);
      return decompress(input, outputLength);
    };
  }
  return wrapped;
}

function withoutBigInts(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
