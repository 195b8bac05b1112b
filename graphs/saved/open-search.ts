import { createHash } from 'node:crypto';
import { open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { IndexedSearch } from '../indexed-search.ts';
import type { PathwayGraph } from '../pathway-graph.ts';
import type { PathwaySearch, Scoring } from '../search.ts';
import type { Mode } from '../text/line.ts';
import { decodeDocuments, encodeDocuments } from './saved-documents.ts';
import { decodeGraph, encodeGraph, type OpenedGraph } from './saved-graph.ts';
import { BrokenIndexError } from './sections.ts';

/** Saved indexes end so; they are no part of the graph and may be deleted at any time. */
const ending = '.index';
const graphFile = `graph${ending}`;
const documentsFile = (mode: Mode) => `documents-${mode}${ending}`;

/** No more than this is read as an index; graphs of the largest size that is imported stay below. */
const mostBytes = 2 ** 31 - 1;

export interface SavedOptions {
  /** The graph's folder; its indexes lie in it. */
  folder: string;
  /** What the graph is to be called. */
  name: string;
  /** Reads the graph from its own files. */
  load: (signal?: AbortSignal) => Promise<PathwayGraph>;
  signal?: AbortSignal | undefined;
}

/**
 * A graph from the index saved in its folder. An index that is absent, damaged, of another version or older than the
 * graph's files is made anew from them; where the folder cannot be written, it is not kept.
 */
export async function openSavedGraph({ folder, name, load, signal }: SavedOptions): Promise<PathwayGraph> {
  const stamp = await stampOf(folder);
  return (await savedGraph(folder, stamp, name))?.graph ?? save(folder, stamp, await load(signal));
}

/** A search over the graph of a folder, from its saved indexes as `openSavedGraph`. */
export async function openSavedSearch(
  options: SavedOptions,
  { mode, scoring = 'tfidf' }: { mode: Mode; scoring?: Scoring },
): Promise<PathwaySearch> {
  const { folder, name, load, signal } = options;
  const stamp = await stampOf(folder);
  const opened = await savedGraph(folder, stamp, name);
  const graph = opened?.graph ?? (await save(folder, stamp, await load(signal)));
  signal?.throwIfAborted();
  const facts = { hash: graph.getAttribute('hash'), nodes: graph.order, edges: graph.size };
  const documents = await unlessBroken(folder, documentsFile(mode), (file) =>
    decodeDocuments(file, mode, facts),
  );
  const search = new IndexedSearch(graph, mode, { ...opened, scoring, ...(documents && { documents }) });
  if (!documents) {
    await keep(folder, documentsFile(mode), encodeDocuments(facts.hash, mode, search.documents()));
  }
  return search;
}

function savedGraph(folder: string, stamp: string, name: string): Promise<OpenedGraph | undefined> {
  return unlessBroken(folder, graphFile, (file) =>
    decodeGraph(file, (meta) => meta.stamp === stamp && meta.name === name),
  );
}

async function save(folder: string, stamp: string, graph: PathwayGraph): Promise<PathwayGraph> {
  const file = encodeGraph(graph, stamp);
  if (file) await keep(folder, graphFile, file);
  return graph;
}

/** What there is to see of a folder's files without reading them; a change of any changes it. */
async function stampOf(folder: string): Promise<string> {
  const names = (await readdir(folder)).filter((name) => !name.includes(ending)).sort();
  const seen = await Promise.all(
    names.map(async (name) => {
      const { size, mtimeNs } = await stat(join(folder, name), { bigint: true });
      return `${name} ${size} ${mtimeNs}`;
    }),
  );
  return createHash('sha256').update(seen.join('\n')).digest('hex');
}

async function unlessBroken<T>(
  folder: string,
  name: string,
  decode: (file: Uint8Array) => T,
): Promise<T | undefined> {
  try {
    return decode(await readWhole(join(folder, name)));
  } catch (error) {
    if (error instanceof BrokenIndexError || (error instanceof Error && 'code' in error)) return undefined;
    throw error;
  }
}

/** In one read; `readFile` takes a turn of the event loop for every half megabyte. */
async function readWhole(path: string): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    if (size > mostBytes) throw new BrokenIndexError(`${path} is too large`);
    const bytes = Buffer.allocUnsafeSlow(size);
    const { bytesRead } = await file.read(bytes, 0, size, 0);
    return bytes.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Written beside and renamed, so that nobody reads half of it. A folder that cannot be written stays as it is. */
async function keep(folder: string, name: string, file: Uint8Array): Promise<void> {
  const waiting = join(
    folder,
    `${name}.${process.pid}.${createHash('sha256').update(file).digest('hex').slice(0, 8)}`,
  );
  try {
    await writeFile(waiting, file, { flag: 'wx' });
    await rename(waiting, join(folder, name));
  } catch {
    await rm(waiting, { force: true }).catch(() => {});
  }
}
