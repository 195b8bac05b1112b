import { createHash } from 'node:crypto';
import { createWriteStream, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { z } from 'zod';
import { MalformedFileError } from '../src/errors.ts';
import { readChunks, readText } from './bounded-read.ts';
import type { LoadedGraph } from './graph-builder.ts';
import {
  edgeRecord,
  entryRecord,
  factsRecord,
  GraphFromRecords,
  nodeRecord,
  recordsOf,
} from './graph-records.ts';
import type { PathwayGraph } from './pathway-graph.ts';

/** The stored form of an imported graph: its facts, and one JSON value a line for each of its parts. */
export const storedFiles = {
  facts: 'graph.json',
  entries: 'entries.jsonl',
  processes: 'processes.jsonl',
  nodes: 'nodes.jsonl',
  edges: 'edges.jsonl',
} as const;

/** Writes all that a graph holds into a folder that is there. Returns the hash that reading it gives. Not by itself safe from a crash: rename when done. */
export async function writeStoredGraph(folder: string, graph: PathwayGraph): Promise<string> {
  const hash = createHash('sha256');
  for (const part of ['entries', 'processes', 'nodes', 'edges'] as const) {
    const lines = Readable.from(linesOf(recordsOf[part](graph), hash));
    await pipeline(lines, createWriteStream(join(folder, storedFiles[part])));
  }
  writeFileSync(join(folder, storedFiles.facts), `${JSON.stringify(recordsOf.facts(graph), null, 2)}\n`);
  return hash.digest('hex');
}

/** Reads a stored graph; its hash is that of its files' content. Throws `MalformedFileError` as `file:line: what`. */
export async function readStoredGraph(
  folder: string,
  options: { name?: string } = {},
  signal?: AbortSignal,
): Promise<LoadedGraph> {
  const hash = createHash('sha256');
  const built = new GraphFromRecords();
  const read = async <T>(
    part: keyof typeof storedFiles,
    schema: z.ZodType<T>,
    add: (record: T) => string | undefined,
  ) => readRecords(join(folder, storedFiles[part]), schema, add, hash, signal);
  await read('entries', entryRecord, (record) => built.addEntry(record));
  await read('processes', entryRecord, (record) => built.addProcess(record));
  await read('nodes', nodeRecord, (record) => built.addNode(record));
  await read('edges', edgeRecord, (record) => built.addEdge(record));
  const file = join(folder, storedFiles.facts);
  const facts = parsed(await readText(file, createHash('sha256'), signal), factsRecord, file, 1);
  return built.finish(facts, { hash: hash.digest('hex'), name: options.name ?? facts.name });
}

function* linesOf(records: Iterable<unknown>, hash: ReturnType<typeof createHash>): Generator<string> {
  for (const record of records) {
    const line = `${JSON.stringify(record)}\n`;
    hash.update(line);
    yield line;
  }
}

async function readRecords<T>(
  file: string,
  schema: z.ZodType<T>,
  add: (record: T) => string | undefined,
  hash: ReturnType<typeof createHash>,
  signal: AbortSignal | undefined,
): Promise<void> {
  let rest = '';
  let line = 0;
  const take = (text: string) => {
    line++;
    if (text === '') return;
    const fault = add(parsed(text, schema, file, line));
    if (fault) throw broken(file, line, fault);
  };
  for await (const chunk of readChunks(file, hash, signal)) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() as string;
    for (const text of lines) take(text);
  }
  take(rest);
}

function parsed<T>(text: string, schema: z.ZodType<T>, file: string, line: number): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw broken(file, line, 'not a record of a stored graph', cause);
  }
}

function broken(file: string, line: number, what: string, cause?: unknown): MalformedFileError {
  return new MalformedFileError(`${file}:${line}: ${what}`, { hint: 'Import the graph again.', cause });
}
