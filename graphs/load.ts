import { existsSync } from 'node:fs';
import { extname, join } from 'node:path';
import { MissingError, UsageError } from '../src/errors.ts';
import type { LoadedGraph } from './graph-builder.ts';
import type { PathwayGraph } from './pathway-graph.ts';
import { type GraphmlOptions, readGraphmlGraph } from './read-graphml-graph.ts';
import { readJsonGraph } from './read-json-graph.ts';
import { readTsvGraph } from './read-tsv-graph.ts';
import { readStoredGraph, storedFiles } from './stored-graph.ts';

/**
 * Reads a pathway graph: a folder with `nodes.jsonl` (an imported graph as stored) or `nodes.tsv` (our tables) or
 * `graph.graphml`, a `.graphml` file with its entry corpus beside it or given, or a `.json` file of ours. Throws `MissingError` where there is none, `MalformedFileError`
 * where its content breaks the format. What was merged and left out is in the report.
 */
export async function readGraph(
  path: string,
  options: GraphmlOptions = {},
  signal?: AbortSignal,
): Promise<LoadedGraph> {
  if (!existsSync(path)) {
    throw new MissingError(`no graph at ${path}`, {
      hint: 'Name a folder with nodes.tsv or a .graphml file; `pathact graph list` shows the imported ones.',
    });
  }
  if (existsSync(join(path, storedFiles.nodes))) return readStoredGraph(path, nameOf(options), signal);
  if (existsSync(join(path, 'nodes.tsv'))) return readTsvGraph(path, options, signal);
  const inFolder = join(path, 'graph.graphml');
  if (existsSync(inFolder)) return readGraphmlGraph(inFolder, options, signal);
  if (['.graphml', '.xml'].includes(extname(path).toLowerCase())) {
    return readGraphmlGraph(path, options, signal);
  }
  if (extname(path).toLowerCase() === '.json') return readJsonGraph(path, nameOf(options), signal);
  throw new UsageError(`${path} is not a graph pathact can read`, {
    hint:
      'It reads BioMaze GraphML (.graphml), folders with nodes.tsv, edges.tsv, processes.tsv, and .json of its own; ' +
      'other formats come in by `pathact graph import`.',
  });
}

/** `readGraph` for those who only need the graph. */
export async function loadGraph(
  path: string,
  options: GraphmlOptions = {},
  signal?: AbortSignal,
): Promise<PathwayGraph> {
  return (await readGraph(path, options, signal)).graph;
}

function nameOf({ name }: GraphmlOptions): { name?: string } {
  return name === undefined ? {} : { name };
}
