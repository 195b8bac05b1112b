import { connectedComponents } from 'graphology-components';
import type { PathwayGraph } from './pathway-graph.ts';

export interface GraphStats {
  name: string;
  source: string;
  licence: string | null;
  hash: string;
  nodes: number;
  edges: number;
  /** Weakly connected pieces, and how many nodes the largest has. */
  components: number;
  largestComponent: number;
  processes: number;
  nodesByKind: Record<string, number>;
  edgesByType: Record<string, number>;
  edgesBySign: Record<string, number>;
  /** Edges with at least one citable source. */
  sourcedEdges: number;
  /** The nodes with most edges. */
  hubs: { node: string; label: string; edges: number }[];
}

/** A graph in figures. */
export function statsOf(graph: PathwayGraph): GraphStats {
  const components = connectedComponents(graph);
  const { name, source, licence, hash } = graph.getAttributes();
  const edges = graph.mapEdges((_edge, attributes) => attributes);
  const hubs = graph.mapNodes((node, { label }) => ({ node, label, edges: graph.degree(node) }));
  return {
    name,
    source,
    licence: licence ?? null,
    hash,
    nodes: graph.order,
    edges: graph.size,
    components: components.length,
    largestComponent: Math.max(0, ...components.map((component) => component.length)),
    processes: new Set(edges.flatMap(({ processes }) => processes.map(({ id }) => id))).size,
    nodesByKind: counts(graph.mapNodes((_node, { kind }) => kind)),
    edgesByType: counts(edges.map(({ type }) => type)),
    edgesBySign: counts(edges.map(({ sign }) => sign)),
    sourcedEdges: edges.filter(({ evidences }) => evidences.some(({ source }) => source !== '')).length,
    hubs: hubs.sort((a, b) => b.edges - a.edges).slice(0, 10),
  };
}

function counts(values: readonly string[]): Record<string, number> {
  const found = new Map<string, number>();
  for (const value of values) found.set(value, (found.get(value) ?? 0) + 1);
  return Object.fromEntries([...found].sort(([, a], [, b]) => b - a));
}
