import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { readChunks } from './bounded-read.ts';
import { GraphBuilder, type LoadedGraph } from './graph-builder.ts';
import { type GraphmlEdge, type GraphmlNode, GraphmlReader } from './graphml.ts';
import { bareIds, kindOfKey } from './kegg-ids.ts';
import { entityLabel, entityNames, groupNames, processName } from './names.ts';
import type { Entry, NodeAttributes } from './pathway-graph.ts';
import { readEntries } from './read-entries.ts';
import { signOfSubtypes } from './signs.ts';

/** The corpus file that BioMaze keeps beside its graph. */
export const entriesFile = 'overall_entries.json';

export interface GraphmlOptions {
  name?: string;
  licence?: string;
  /** The entry corpus; by default `overall_entries.json` beside the graph, and none where that is absent. */
  entries?: string;
}

/** Reads a graph in BioMaze's GraphML with its entry corpus. Ids without an entry are named by the graph alone. */
export async function readGraphmlGraph(
  file: string,
  options: GraphmlOptions = {},
  signal?: AbortSignal,
): Promise<LoadedGraph> {
  const hash = createHash('sha256');
  const reader = new GraphmlReader(file);
  for await (const chunk of readChunks(file, hash, signal)) reader.write(chunk);
  reader.close();

  const corpus = options.entries ?? join(dirname(file), entriesFile);
  const hasCorpus = options.entries !== undefined || existsSync(corpus);
  const entries = hasCorpus ? await readEntries(corpus, hash, signal) : new Map<string, Entry>();
  const name = options.name ?? basename(file).replace(/\.[^.]*$/, '');
  const builder = new GraphBuilder();
  for (const node of reader.nodes) builder.addNode(node.key, nodeAttributes(node, entries));
  for (const edge of reader.edges) addEdge(builder, edge, entries, name);
  return builder.finish({
    name,
    source: file,
    licence: options.licence,
    hash: hash.digest('hex'),
    idScheme: reader.nodes.some(({ key }) => key.includes(':')) ? 'kegg' : 'plain',
    entries,
    processes: entries,
  });
}

function nodeAttributes(
  { key, boxLabel, own }: GraphmlNode,
  entries: ReadonlyMap<string, Entry>,
): NodeAttributes {
  const found = bareIds(key);
  const ids = found.length > 0 ? found : [key];
  const entities = ids.map((id) => ({ id, names: entityNames(id, entries.get(id)) }));
  const [only] = entities;
  const alone = entities.length === 1 && only !== undefined && entries.has(only.id);
  const names = alone ? only.names : groupNames(ids, boxLabel, entries);
  return {
    entities,
    names,
    label: alone ? entityLabel(only.id, entries.get(only.id)) : (names[0] as string),
    kind: kindOfKey(key),
    xrefs: {},
    ...own,
  };
}

function addEdge(
  builder: GraphBuilder,
  edge: GraphmlEdge,
  entries: ReadonlyMap<string, Entry>,
  source: string,
): void {
  const { head, tail, type, subtypes, processIds } = edge;
  const processes = processIds.map((id) => ({ id, name: processName(id, entries.get(id)) }));
  const sign = signOfSubtypes(subtypes);
  const stated = { source, type, subtypes, sign, process: processIds[0], pmids: [], licence: undefined };
  const evidences = edge.evidences?.length ? edge.evidences : [stated];
  builder.addStatements({ head, tail, processes, evidences });
}
