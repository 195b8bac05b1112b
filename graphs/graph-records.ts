import { DirectedGraph } from 'graphology';
import { z } from 'zod';
import { signSchema } from '../src/run.ts';
import { keyFault, type LoadedGraph } from './graph-builder.ts';
import {
  type EdgeAttributes,
  type Entry,
  evidenceSchema,
  type GraphFacts,
  type NodeAttributes,
  nodeKinds,
  type PathwayGraph,
} from './pathway-graph.ts';

/** A graph's own facts as files keep them: all but the hash, which is that of the files. */
export const factsRecord = z.object({
  name: z.string(),
  source: z.string(),
  licence: z
    .string()
    .nullish()
    .transform((licence) => licence ?? undefined),
  idScheme: z.enum(['kegg', 'plain']),
  /** KEGG keeps entities and processes in one corpus. */
  oneCorpus: z.boolean(),
});

export const nodeAttributes = z.object({
  label: z.string(),
  kind: z.enum(nodeKinds),
  names: z.array(z.string()),
  entities: z.array(z.object({ id: z.string(), names: z.array(z.string()) })),
  xrefs: z.record(z.string(), z.string()),
}) satisfies z.ZodType<NodeAttributes>;
export const nodeRecord = nodeAttributes.extend({ key: z.string() });

export const edgeAttributes = z.object({
  type: z.string(),
  subtypes: z.array(z.string()),
  sign: signSchema,
  processes: z.array(z.object({ id: z.string(), name: z.string() })),
  evidences: z.array(evidenceSchema),
}) satisfies z.ZodType<EdgeAttributes>;
export const edgeRecord = edgeAttributes.extend({ head: z.string(), tail: z.string() });

export const entryFields = z.record(z.string(), z.array(z.string()));
export const entryRecord = z.tuple([z.string(), entryFields]);

export type FactsRecord = z.infer<typeof factsRecord>;

/** The lines of each part of a graph, in the graph's own order: everything that it holds. */
export const recordsOf = {
  facts(graph: PathwayGraph): FactsRecord {
    const { name, source, licence, idScheme, entries, processes } = graph.getAttributes();
    return { name, source, licence, idScheme, oneCorpus: entries === processes };
  },
  *nodes(graph: PathwayGraph): Generator<z.input<typeof nodeRecord>> {
    for (const { node, attributes } of graph.nodeEntries()) yield { key: node, ...attributes };
  },
  *edges(graph: PathwayGraph): Generator<z.input<typeof edgeRecord>> {
    for (const { source, target, attributes } of graph.edgeEntries()) {
      yield { head: source, tail: target, ...attributes };
    }
  },
  *entries(graph: PathwayGraph): Generator<z.input<typeof entryRecord>> {
    yield* graph.getAttribute('entries') as ReadonlyMap<string, Record<string, string[]>>;
  },
  *processes(graph: PathwayGraph): Generator<z.input<typeof entryRecord>> {
    const { entries, processes } = graph.getAttributes();
    if (entries !== processes) yield* processes as ReadonlyMap<string, Record<string, string[]>>;
  },
};

/** Builds a graph from its records; a record that cannot be is described to `fail`, which throws. */
export class GraphFromRecords {
  readonly #graph: PathwayGraph = new DirectedGraph({ allowSelfLoops: false });
  readonly #entries = new Map<string, Entry>();
  readonly #processes = new Map<string, Entry>();

  addNode({ key, ...attributes }: z.infer<typeof nodeRecord>): string | undefined {
    const fault = keyFault(key) ?? (this.#graph.hasNode(key) ? `node "${key}" is defined twice` : undefined);
    if (fault === undefined) this.#graph.addNode(key, attributes);
    return fault;
  }

  addEdge({ head, tail, ...attributes }: z.infer<typeof edgeRecord>): string | undefined {
    const key = `${head}->${tail}`;
    if (!this.#graph.hasNode(head)) return `edge names node "${head}", which is not there`;
    if (!this.#graph.hasNode(tail)) return `edge names node "${tail}", which is not there`;
    if (head === tail || this.#graph.hasEdge(key)) return `edge ${key} is a loop or stated twice`;
    this.#graph.addEdgeWithKey(key, head, tail, attributes);
    return undefined;
  }

  addEntry([id, entry]: z.infer<typeof entryRecord>): undefined {
    this.#entries.set(id, entry);
  }

  addProcess([id, entry]: z.infer<typeof entryRecord>): undefined {
    this.#processes.set(id, entry);
  }

  finish(
    { oneCorpus, ...facts }: FactsRecord,
    more: Pick<GraphFacts, 'hash'> & Partial<GraphFacts>,
  ): LoadedGraph {
    const processes = oneCorpus ? this.#entries : this.#processes;
    this.#graph.replaceAttributes({ ...facts, entries: this.#entries, processes, ...more });
    const { order: nodes, size: edges } = this.#graph;
    return { graph: this.#graph, report: { nodes, edges, merged: 0, dropped: {} } };
  }
}
