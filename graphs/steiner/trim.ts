import type { Prizes, Subgraph } from './prized-graph.ts';

/**
 * Takes the least prized leaf edges off a subgraph until `targetSize` edges are left. Nothing falls apart: an edge
 * goes when one of its ends has no other neighbour, or runs beside another edge. Edges and leaves with a prize of 1
 * (what a question names, and what joins it) stay, even above the size.
 */
export function trimmed(
  { heads, tails }: { heads: Int32Array; tails: Int32Array },
  prizes: Prizes,
  subgraph: Subgraph,
  targetSize: number,
): Subgraph {
  const edges = new Set(subgraph.edges);
  const neighbours = countNeighbours(edges, heads, tails);
  const lossOf = (edge: number): number => {
    const [head, tail] = [heads[edge] as number, tails[edge] as number];
    const edgePrize = prizes.edges[edge] as number;
    if ((neighbours.get(head)?.get(tail) ?? 0) > 1) return edgePrize;
    const leaves = [head, tail].filter((node) => neighbours.get(node)?.size === 1);
    if (leaves.length === 0) return Number.POSITIVE_INFINITY;
    const leafPrizes = leaves.map((node) => prizes.nodes[node] as number);
    return Math.max(edgePrize, Math.min(...leafPrizes)) < 1 ? edgePrize + Math.min(...leafPrizes) : Infinity;
  };
  while (edges.size > targetSize) {
    let [worst, leastLoss] = [-1, Number.POSITIVE_INFINITY];
    for (const edge of edges) {
      const loss = lossOf(edge);
      // Later edges go first among equals: earlier ones stand first in the file.
      if (loss <= leastLoss && loss < Number.POSITIVE_INFINITY) [worst, leastLoss] = [edge, loss];
    }
    if (worst < 0) break;
    edges.delete(worst);
    uncount(neighbours, heads[worst] as number, tails[worst] as number);
  }
  const nodes =
    edges.size === 0 ? subgraph.nodes : subgraph.nodes.filter((node) => neighbours.get(node)?.size);
  return { nodes, edges: [...edges] };
}

/** For each node, its neighbours with the number of edges between the two. */
type Neighbours = Map<number, Map<number, number>>;

function countNeighbours(edges: Iterable<number>, heads: Int32Array, tails: Int32Array): Neighbours {
  const neighbours: Neighbours = new Map();
  const count = (node: number, other: number) => {
    const own = neighbours.get(node) ?? new Map<number, number>();
    neighbours.set(node, own.set(other, (own.get(other) ?? 0) + 1));
  };
  for (const edge of edges) {
    count(heads[edge] as number, tails[edge] as number);
    count(tails[edge] as number, heads[edge] as number);
  }
  return neighbours;
}

function uncount(neighbours: Neighbours, head: number, tail: number): void {
  for (const [node, other] of [
    [head, tail],
    [tail, head],
  ] as const) {
    const own = neighbours.get(node);
    const left = (own?.get(other) ?? 0) - 1;
    if (left > 0) own?.set(other, left);
    else own?.delete(other);
  }
}
