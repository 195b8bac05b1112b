import { PrizedGraph, type Prizes, type Subgraph } from './prized-graph.ts';

/** Bounds and precision of the edge cost that a size search tries (spec §2.6). */
const [lowestCost, highestCost, precision] = [0.005, 5, 1e-8];

export interface SizedSubgraph extends Subgraph {
  /** The edge cost that gave it. */
  cost: number;
  /** Edge costs solved for, once each. */
  solves: number;
}

/**
 * The reference's search for a subgraph of `targetSize` edges: bisection on the edge cost, the solution at the
 * final midpoint, which may be larger, smaller or empty. Parity mode; spec §2.6.
 */
export function bisectedSubgraph(
  graph: { nodeCount: number; heads: Int32Array; tails: Int32Array },
  prizes: Prizes,
  targetSize: number,
  clusterCount: number,
): SizedSubgraph {
  const prized = new PrizedGraph(graph.nodeCount, graph.heads, graph.tails, prizes);
  const solved = new Map<number, Subgraph>();
  const solve = (cost: number): Subgraph => {
    const found = solved.get(cost) ?? prized.solve(cost, clusterCount);
    solved.set(cost, found);
    return found;
  };
  let [low, high] = [lowestCost, highestCost];
  while (high - low > precision) {
    const middle = (low + high) / 2;
    const size = solve(middle).edges.length;
    if (size === targetSize) break;
    if (size > targetSize) low = middle;
    else high = middle;
  }
  const cost = (low + high) / 2;
  return { ...solve(cost), cost, solves: solved.size };
}
