import { PrizedGraph, type Prizes, type Subgraph } from './prized-graph.ts';
import { trimmed } from './trim.ts';

/** Bounds and precision of the edge cost that a size search tries (spec §2.6). */
const [lowestCost, highestCost, precision] = [0.005, 5, 1e-8];

/** No prize is above 1, so two moats never pay for a cost above 2; finer steps than this change no size in practice. */
const [highestUsefulCost, usefulPrecision] = [2, 1e-5];

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

/**
 * The subgraph whose size is nearest to `targetSize`, of those that bisection meets (the larger of two equally near
 * ones), trimmed to it; never empty while a node with a prize has an edge. The paper's objective, arXiv 2502.16660
 * eq. 6, which the reference misses where the size jumps.
 */
export function nearestSubgraph(
  graph: { nodeCount: number; heads: Int32Array; tails: Int32Array },
  prizes: Prizes,
  targetSize: number,
  clusterCount: number,
): SizedSubgraph {
  const prized = new PrizedGraph(graph.nodeCount, graph.heads, graph.tails, prizes);
  let best: SizedSubgraph | undefined;
  let solves = 0;
  let [low, high] = [lowestCost, highestUsefulCost];
  while (high - low > usefulPrecision && best?.edges.length !== targetSize) {
    const cost = (low + high) / 2;
    const found = { ...prized.solve(cost, clusterCount), cost, solves: ++solves };
    if (isNearer(found, best, targetSize)) best = found;
    if (found.edges.length > targetSize) low = cost;
    else high = cost;
  }
  const chosen = best ?? { ...aroundBestNode(graph, prizes, targetSize), cost: low };
  return { ...trimmed(graph, prizes, chosen, targetSize), cost: chosen.cost, solves };
}

function isNearer(found: Subgraph, best: Subgraph | undefined, targetSize: number): boolean {
  const size = found.edges.length;
  if (size === 0) return false;
  if (best === undefined) return true;
  const [distance, bestDistance] = [size, best.edges.length].map((n) => Math.abs(n - targetSize)) as [
    number,
    number,
  ];
  return distance < bestDistance || (distance === bestDistance && size > best.edges.length);
}

/** Where no cost gives an edge: the best node with the edges to its best neighbours. */
function aroundBestNode(
  { heads, tails }: { heads: Int32Array; tails: Int32Array },
  prizes: Prizes,
  targetSize: number,
): Subgraph {
  const worth = (edge: number) =>
    (prizes.edges[edge] as number) +
    Math.max(prizes.nodes[heads[edge] as number] as number, prizes.nodes[tails[edge] as number] as number);
  const all = Array.from(heads, (_, edge) => edge);
  const first = all.reduce((a, b) => (worth(b) > worth(a) ? b : a), 0);
  if (all.length === 0 || worth(first) === 0) return { nodes: [], edges: [] };
  const ends = [heads[first] as number, tails[first] as number];
  const centre = ends.reduce((a, b) => ((prizes.nodes[b] as number) > (prizes.nodes[a] as number) ? b : a));
  const own = all.filter((edge) => heads[edge] === centre || tails[edge] === centre);
  const edges = own
    .sort((a, b) => worth(b) - worth(a))
    .slice(0, targetSize)
    .sort((a, b) => a - b);
  const nodes = new Set(edges.flatMap((edge) => [heads[edge] as number, tails[edge] as number]));
  return { nodes: [...nodes].sort((a, b) => a - b), edges };
}
