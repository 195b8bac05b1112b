import { z } from 'zod';
import { edgeKey } from '../graph-builder.ts';
import { type GraphParts, partsOf } from '../graph-index.ts';
import { edgeAttributes, entryFields, nodeAttributes } from '../graph-records.ts';
import type { Entry, PathwayGraph } from '../pathway-graph.ts';
import { type Forms, formsByKey } from '../resolve-names.ts';
import { lazyGraph } from './lazy-graph.ts';
import { ListMap, listSections } from './list-map.ts';
import { mapSections, RowList, RowMap, rowSections } from './row-map.ts';
import { formSections, readForms } from './saved-forms.ts';
import { broken, encodeSections, type Section, Sections } from './sections.ts';

const kind = 'graph';

const metaSchema = z.object({
  /** What the graph's files looked like when it was read. */
  stamp: z.string(),
  name: z.string(),
  source: z.string(),
  licence: z.string().nullable(),
  hash: z.string(),
  idScheme: z.enum(['kegg', 'plain']),
  /** Entries and processes are one corpus. */
  oneCorpus: z.boolean(),
  edges: z.number().int().nonnegative(),
});
export type SavedMeta = z.infer<typeof metaSchema>;

/** A graph with what its search would otherwise make at each start. */
export interface OpenedGraph {
  graph: PathwayGraph;
  parts: GraphParts;
  forms: Forms;
}

/** The graph with its numbers and names as one file; undefined where keys are of another make than a reader's. */
export function encodeGraph(graph: PathwayGraph, stamp: string): Uint8Array | undefined {
  const { name, source, licence = null, hash, idScheme, entries, processes } = graph.getAttributes();
  const { nodeKeys, edgeKeys, heads, tails, memberships, nodesByEntity } = partsOf(graph);
  const isOdd = (key: string, edge: number) =>
    key !== edgeKey(nodeKeys[heads[edge] as number] as string, nodeKeys[tails[edge] as number] as string);
  if (edgeKeys.some(isOdd)) return undefined;
  const oneCorpus = entries === processes;
  const meta: SavedMeta = {
    ...{ stamp, name, source, licence, hash, idScheme, oneCorpus },
    edges: edgeKeys.length,
  };
  return encodeSections(kind, meta, {
    ...{ heads, tails, memberships },
    ...mapSections(
      'nodes',
      nodeKeys.map((key) => [key, graph.getNodeAttributes(key)]),
    ),
    ...rowSections(
      'edges',
      edgeKeys.map((key) => graph.getEdgeAttributes(key)),
    ),
    ...mapSections('entries', [...entries]),
    ...(oneCorpus ? {} : mapSections('processes', [...processes])),
    ...listSections('entities', nodesByEntity()),
    ...formSections(formsByKey(graph), new Map(nodeKeys.map((key, node) => [key, node]))),
  } satisfies Record<string, Section>);
}

/** Opens what `encodeGraph` wrote. Throws `BrokenIndexError`, also later, at a row of another shape. */
export function decodeGraph(file: Uint8Array, isCurrent: (meta: SavedMeta) => boolean): OpenedGraph {
  const sections = new Sections(file, kind);
  const meta = metaSchema.safeParse(sections.meta);
  if (!meta.success || !isCurrent(meta.data)) throw broken('of another graph');
  const { name, source, licence, hash, idScheme, oneCorpus } = meta.data;
  const nodes = new RowMap(sections, 'nodes', nodeAttributes);
  const edges = new RowList(sections, 'edges', edgeAttributes);
  const entries = new RowMap<Entry>(sections, 'entries', entryFields);
  const processes = oneCorpus ? entries : new RowMap<Entry>(sections, 'processes', entryFields);
  const heads = sections.numbers('heads', 0, nodes.size);
  const tails = sections.numbers('tails', 0, nodes.size);
  const memberships = sections.bytes('memberships');
  const count = meta.data.edges;
  if ([heads, tails, memberships].some(({ length }) => length !== count) || edges.size !== count) {
    throw broken('edges');
  }
  const nodeKeys = nodes.ids;
  if (new Set(nodeKeys).size !== nodeKeys.length) throw broken('a node twice');
  const edgeKeys = Array.from(heads, (head, edge) =>
    edgeKey(nodeKeys[head] as string, nodeKeys[tails[edge] as number] as string),
  );
  const edgeNumbers = edgeNumberer(edgeKeys);
  const graph = lazyGraph({
    facts: { name, source, licence: licence ?? undefined, hash, idScheme, entries, processes },
    ...{ nodeKeys, edgeKeys },
    nodeNumber: (key) => nodes.numberOf(key),
    edgeNumber: edgeNumbers,
    head: (edge) => heads[edge] as number,
    tail: (edge) => tails[edge] as number,
    nodeAttributes: (node) => nodes.at(node),
    edgeAttributes: (edge) => edges.at(edge),
  });
  return {
    graph,
    parts: {
      ...{
        nodeKeys,
        edgeKeys,
        heads,
        tails,
        memberships,
        nodeNumbers: { get: (key) => nodes.numberOf(key) },
      },
      nodesByEntity: () => new ListMap(sections, 'entities', nodeKeys.length),
    },
    forms: readForms(sections, nodeKeys),
  };
}

function edgeNumberer(edgeKeys: readonly string[]): (key: string) => number | undefined {
  let numbers: ReadonlyMap<string, number> | undefined;
  return (key) => {
    numbers ??= new Map(edgeKeys.map((own, edge) => [own, edge]));
    return numbers.get(key);
  };
}
