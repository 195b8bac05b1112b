import type { GraphIndex } from './graph-index.ts';
import { Pieces } from './pieces.ts';
import { TimeQueue } from './steiner/time-queue.ts';

/** What one step along an edge costs; positive. Steps between a member and its family have a price of their own. */
export type StepCost = (edge: number) => number;

/** Every step the same: the cheapest path is the shortest. */
export const oneStep: StepCost = () => 1;

/** Small, so that of two paths of equal length the one without the detour over a family wins. */
const familyStep = 0.01;

/**
 * The cheapest directed paths from one node to others. A step between a member and its family is nearly free in both
 * directions, so a path may hold membership edges backwards; up to a family and down again is no step, or one member
 * would stand for another. Farther nodes than `maxCost` are not reached.
 */
export function pathsFrom(
  index: GraphIndex,
  from: number,
  costOf: StepCost,
  maxCost: number,
): { costTo(node: number): number; edgesTo(node: number): number[] } {
  const count = index.nodeKeys.length;
  const cameBy = new Int32Array(count).fill(-1);
  const cost = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
  const open = new TimeQueue(count);
  cost[from] = 0;
  open.insert(from, 0);
  const step = (edge: number, node: number, other: number, price: number) => {
    const cheaper = (cost[node] as number) + price;
    const known = cost[other] as number;
    if (cheaper >= known) return;
    if (Number.isFinite(known)) open.remove(other);
    open.insert(other, cheaper);
    cost[other] = cheaper;
    cameBy[other] = edge;
  };
  while (open.firstTime() <= maxCost) {
    const node = open.first();
    open.remove(node);
    eachStep(index, node, cameBy[node] as number, costOf, step);
  }
  const reached = (node: number) => (cost[node] as number) <= maxCost;
  return {
    costTo: (node) => (reached(node) ? (cost[node] as number) : Number.POSITIVE_INFINITY),
    edgesTo: (node) => (reached(node) ? walkBack(index, node, cameBy) : []),
  };
}

/** The edges of a shortest directed path in walking order; undefined where there is none of at most `maxSteps`. */
export function shortestPath(
  index: GraphIndex,
  from: number,
  to: number,
  maxSteps: number,
): number[] | undefined {
  const paths = pathsFrom(index, from, oneStep, maxSteps + 0.5);
  return Number.isFinite(paths.costTo(to)) ? paths.edgesTo(to) : undefined;
}

/** A way back is shown beside the way there where it is at most so many times as far: a question may mean either. */
const wayBackFactor = 2;

/**
 * Edges that join the given nodes at little cost: cheapest paths, taken from the cheapest on until all that can be
 * joined are, and the way back where it is not much farther.
 */
export function joiningEdges(
  index: GraphIndex,
  nodes: readonly number[],
  costOf: StepCost,
  maxCost: number,
): Set<number> {
  if (nodes.length < 2) return new Set();
  const links = nodes.flatMap((from) => {
    const paths = pathsFrom(index, from, costOf, maxCost);
    const reached = nodes.filter((to) => to !== from && Number.isFinite(paths.costTo(to)));
    return reached.map((to) => ({ from, to, cost: paths.costTo(to), edges: () => paths.edgesTo(to) }));
  });
  links.sort((a, b) => a.cost - b.cost);
  const joined = new Set<number>();
  const pieces = new Pieces<number>();
  for (const { from, to, cost, edges } of links) {
    if (pieces.of(from) === pieces.of(to)) continue;
    pieces.join(from, to);
    for (const edge of edges()) joined.add(edge);
    const back = links.find((link) => link.from === to && link.to === from);
    if (back && back.cost <= wayBackFactor * cost) for (const edge of back.edges()) joined.add(edge);
  }
  return joined;
}

/** Calls `visit` for each step from a node; it makes no objects, for a search takes ten thousands of steps. */
function eachStep(
  index: GraphIndex,
  node: number,
  cameBy: number,
  costOf: StepCost,
  visit: (edge: number, node: number, other: number, price: number) => void,
): void {
  const { outgoing, incoming, heads, tails } = index;
  for (let at = outgoing.offsets[node] as number; at < (outgoing.offsets[node + 1] as number); at++) {
    const edge = outgoing.edges[at] as number;
    visit(edge, node, tails[edge] as number, index.isMembership(edge) ? familyStep : costOf(edge));
  }
  if (cameBy >= 0 && index.isMembership(cameBy) && tails[cameBy] === node) return;
  for (let at = incoming.offsets[node] as number; at < (incoming.offsets[node + 1] as number); at++) {
    const edge = incoming.edges[at] as number;
    if (index.isMembership(edge)) visit(edge, node, heads[edge] as number, familyStep);
  }
}

function walkBack(index: GraphIndex, to: number, cameBy: Int32Array): number[] {
  const path: number[] = [];
  for (let node = to, edge = cameBy[to] as number; edge >= 0; edge = cameBy[node] as number) {
    path.push(edge);
    node = (index.tails[edge] === node ? index.heads[edge] : index.tails[edge]) as number;
  }
  return path.reverse();
}
