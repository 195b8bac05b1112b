import { createHash } from 'node:crypto';
import { DirectedGraph } from 'graphology';
import type { EdgeAttributes, Entry, NodeAttributes, PathwayGraph } from './pathway-graph.ts';
import type { NameIndex } from './resolve-names.ts';

/** A graph whose nodes and processes have made-up names. */
export interface AnonymousGraph {
  graph: PathwayGraph;
  /** The text with every name of the graph written as its made-up one. */
  rename(text: string): string;
  /** The edge's key in the graph of made-up names. */
  edgeKey(edge: string): string;
}

/**
 * The same graph without a name that could be known from elsewhere: ids, names and synonyms of nodes are `NX1`, …,
 * processes `P1`, …; kinds, relations and signs stay. Whoever answers from it has only the graph to go by.
 */
export function anonymise(original: PathwayGraph, names: NameIndex): AnonymousGraph {
  const facts = original.getAttributes();
  const symbols = new Map(original.nodes().map((node, i) => [node, `NX${i + 1}`]));
  const processes = new Map([...facts.processes.keys()].map((id, i) => [id, `P${i + 1}`]));
  const graph: PathwayGraph = new DirectedGraph({ allowSelfLoops: false });
  const symbolOf = (node: string) => symbols.get(node) as string;
  const edgeKey = (edge: string) => `${symbolOf(original.source(edge))}->${symbolOf(original.target(edge))}`;
  original.forEachNode((node, { kind }) => graph.addNode(symbolOf(node), namedBy(symbolOf(node), kind)));
  original.forEachEdge((edge, attributes, head, tail) => {
    const bare = withoutNames(attributes, processes);
    graph.addEdgeWithKey(edgeKey(edge), symbolOf(head), symbolOf(tail), bare);
  });
  const entry = (symbol: string): [string, Entry] => [symbol, { SYMBOL: [symbol], NAME: [symbol] }];
  const hash = createHash('sha256').update(`anonymous ${facts.hash}`).digest('hex');
  graph.replaceAttributes({
    ...{
      name: `${facts.name}, anonymous`,
      source: facts.source,
      licence: facts.licence,
      hash,
      idScheme: 'plain',
    },
    entries: new Map([...symbols.values()].map(entry)),
    processes: new Map([...processes.values()].map((id): [string, Entry] => [id, { NAME: [id] }])),
  });
  return { graph, edgeKey, rename: (text) => renamed(text, names, symbols) };
}

function namedBy(symbol: string, kind: NodeAttributes['kind']): NodeAttributes {
  return { entities: [{ id: symbol, names: [symbol] }], names: [symbol], label: symbol, kind, xrefs: {} };
}

function withoutNames(edge: EdgeAttributes, processes: ReadonlyMap<string, string>): EdgeAttributes {
  const symbol = (id: string) => processes.get(id) ?? 'P0';
  const bare = { source: '', process: undefined, pmids: [], licence: undefined };
  return {
    ...edge,
    processes: edge.processes.map(({ id }) => ({ id: symbol(id), name: symbol(id) })),
    evidences: edge.evidences.map((evidence) => ({ ...evidence, ...bare })),
  };
}

function renamed(text: string, names: NameIndex, symbols: ReadonlyMap<string, string>): string {
  let written = '';
  let from = 0;
  for (const { start, end, node } of names.mentions(text)) {
    written += text.slice(from, start) + symbols.get(node);
    from = end;
  }
  return written + text.slice(from);
}
