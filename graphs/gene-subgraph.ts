import { DirectedGraph } from 'graphology';
import type { GeneWeight } from './gene-list.ts';
import { GraphIndex } from './graph-index.ts';
import type { PathwayGraph, Triple } from './pathway-graph.ts';
import { NameIndex } from './resolve-names.ts';
import { nearestSubgraph } from './steiner/target-size.ts';

/** A gene of the list that the graph has. */
export interface FoundGene extends GeneWeight {
  /** Keys of the nodes that it means or is a member of. */
  nodes: string[];
  /** One of them is in the subgraph. */
  connected: boolean;
}

export interface GeneSubgraph {
  /** In graph order. */
  triples: Triple[];
  found: FoundGene[];
  /** Ids that the graph does not have, in list order. */
  missing: string[];
  /** The largest weight of each node's genes. */
  weights: Map<string, number>;
}

/** Statements to aim for, by default so many a gene: what lies between two genes of a list is seldom longer. */
const statementsPerGene = 3;

/**
 * The subgraph that connects the genes of a list: their weights, over the largest one, are the prizes of a
 * prize-collecting Steiner tree, whose edge cost is lowered until `targetSize` statements are in. Genes too far away
 * for their weight, or in another part of the graph, stay out and are named. Direction does not matter for connecting.
 */
export function geneSubgraph(
  graph: PathwayGraph,
  genes: readonly GeneWeight[],
  targetSize?: number,
): GeneSubgraph {
  const index = new GraphIndex(graph);
  const names = new NameIndex(graph);
  const located = genes.map((gene) => ({ ...gene, numbers: locate(gene.id, index, names) }));
  const found = located.filter(({ numbers }) => numbers.length > 0);
  const missing = located.filter(({ numbers }) => numbers.length === 0).map(({ id }) => id);
  const weights = new Map<number, number>();
  for (const { numbers, weight } of found) {
    for (const node of numbers) weights.set(node, Math.max(weight, weights.get(node) ?? 0));
  }
  const edges = connect(index, weights, targetSize ?? statementsPerGene * Math.max(1, found.length));
  const covered = new Set(edges.flatMap((edge) => [index.heads[edge], index.tails[edge]]));
  const keyOf = (node: number) => index.nodeKeys[node] as string;
  return {
    triples: edges.map((edge) => index.triple(edge)),
    found: found.map(({ id, weight, numbers }) => ({
      ...{ id, weight, nodes: numbers.map(keyOf) },
      connected: numbers.some((node) => covered.has(node)),
    })),
    missing,
    weights: new Map([...weights].map(([node, weight]) => [keyOf(node), weight])),
  };
}

function locate(id: string, index: GraphIndex, names: NameIndex): readonly number[] {
  const known = index.nodesOf(id);
  if (known.length > 0) return known;
  const named = names.lookup(id);
  return named === undefined ? [] : [index.nodeNumber(named)];
}

/** Edge numbers, ascending. */
function connect(index: GraphIndex, weights: ReadonlyMap<number, number>, targetSize: number): number[] {
  const largest = Math.max(0, ...weights.values());
  if (largest === 0) return [];
  const nodes = new Float64Array(index.nodeKeys.length);
  for (const [node, weight] of weights) nodes[node] = weight / largest;
  const prizes = { nodes, edges: new Float64Array(index.edgeKeys.length) };
  const part = { nodeCount: index.nodeKeys.length, heads: index.heads, tails: index.tails };
  const { edges } = nearestSubgraph(part, prizes, targetSize, 1);
  return edges.toSorted((a, b) => a - b);
}

/** The triples as a graph of their own, with the facts of the whole one. */
export function graphOfTriples(graph: PathwayGraph, triples: readonly Triple[]): PathwayGraph {
  const part: PathwayGraph = new DirectedGraph({ allowSelfLoops: false });
  part.replaceAttributes(graph.getAttributes());
  for (const { edge, head, tail } of triples) {
    for (const key of [head, tail]) part.mergeNode(key, graph.getNodeAttributes(key));
    part.addEdgeWithKey(edge, head, tail, graph.getEdgeAttributes(edge));
  }
  return part;
}
