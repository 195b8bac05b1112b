import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { limits } from '../bounded-read.ts';
import { entriesFile } from '../read-graphml-graph.ts';
import { tsvFiles } from '../read-tsv-graph.ts';

/** Attributes that only BioMaze's GraphML has (spec §1.5). */
const biomazeAttribute = /attr\.name\s*=\s*["'](graphics|subtypes|hsa)["']/;

/**
 * Whether a path is one graph that `readGraph` reads as it is, keys and order kept: a folder of our tables or with
 * `graph.graphml`, or BioMaze GraphML. Anything else, and files beyond that reader's limits, go through the merge.
 */
export function isExactGraph(path: string, entries?: string): boolean {
  if (statSync(path).isDirectory()) {
    const tables = tsvFiles.map((file) => join(path, file));
    if (existsSync(join(path, 'nodes.tsv')))
      return tables.every((file) => !existsSync(file) || isSmall(file));
    return existsSync(join(path, 'graph.graphml')) && isSmall(join(path, 'graph.graphml'));
  }
  const head = headOf(path);
  if (!isSmall(path) || !/<graphml[\s>]/.test(head)) return false;
  return entries !== undefined || existsSync(join(dirname(path), entriesFile)) || biomazeAttribute.test(head);
}

function isSmall(file: string): boolean {
  return statSync(file).size <= limits.fileBytes;
}

function headOf(path: string): string {
  const file = openSync(path, 'r');
  try {
    const bytes = new Uint8Array(2 ** 16);
    return new TextDecoder('latin1').decode(bytes.subarray(0, readSync(file, bytes)));
  } finally {
    closeSync(file);
  }
}
