import type { Adjacency, GraphIndex } from './graph-index.ts';

/** Walks of this many steps make a neighbourhood (spec §2.7). */
export const hops = 3;

/**
 * Edges among the nodes within `hops` forward steps, or within as many backward steps, of the start nodes; a walk
 * never turns. With `throughFamilies`, a member and its family count as one place: what acts on MAPK1 acts on ERK.
 */
export function neighbourhood(
  index: GraphIndex,
  starts: readonly number[],
  throughFamilies: boolean,
): { nodes: number[]; edges: number[] } {
  const reached = new Set<number>();
  for (const direction of ['forward', 'backward'] as const) {
    for (const node of walk(index, starts, direction, throughFamilies)) reached.add(node);
  }
  const nodes = [...reached].sort((a, b) => a - b);
  const edges: number[] = [];
  for (const node of nodes) {
    for (const edge of edgesOf(index.outgoing, node)) {
      if (reached.has(index.tails[edge] as number)) edges.push(edge);
    }
  }
  return { nodes, edges: edges.sort((a, b) => a - b) };
}

export function edgesOf({ offsets, edges }: Adjacency, node: number): Int32Array {
  return edges.subarray(offsets[node], offsets[node + 1]);
}

/** The nodes with all that they belong to and all that belongs to them, but not what shares a family with them. */
export function familyCircle(index: GraphIndex, nodes: Iterable<number>): Set<number> {
  const families = new Set(nodes);
  const members = new Set(families);
  for (const node of families) {
    for (const edge of edgesOf(index.outgoing, node)) {
      if (index.isMembership(edge)) families.add(index.tails[edge] as number);
    }
  }
  for (const node of members) {
    for (const edge of edgesOf(index.incoming, node)) {
      if (index.isMembership(edge)) members.add(index.heads[edge] as number);
    }
  }
  return new Set([...families, ...members]);
}

function walk(
  index: GraphIndex,
  starts: readonly number[],
  direction: 'forward' | 'backward',
  throughFamilies: boolean,
): Set<number> {
  const [adjacency, ends] =
    direction === 'forward' ? [index.outgoing, index.tails] : [index.incoming, index.heads];
  let frontier = throughFamilies ? familyCircle(index, starts) : new Set(starts);
  const reached = new Set(frontier);
  for (let hop = 0; hop < hops; hop++) {
    const next = new Set<number>();
    for (const node of frontier) {
      for (const edge of edgesOf(adjacency, node)) next.add(ends[edge] as number);
    }
    frontier = new Set(
      [...(throughFamilies ? familyCircle(index, next) : next)].filter((n) => !reached.has(n)),
    );
    for (const node of frontier) reached.add(node);
  }
  return reached;
}

/** The edges by steps from the start nodes, directions ignored, graph order among equals. */
export function nearestEdges(
  index: GraphIndex,
  starts: readonly number[],
  within: ReadonlySet<number>,
): number[] {
  const seen = new Set(starts);
  const order = new Set<number>();
  for (const node of seen) {
    for (const side of [index.outgoing, index.incoming]) {
      for (const edge of edgesOf(side, node)) {
        if (!within.has(edge)) continue;
        order.add(edge);
        seen.add(index.heads[edge] as number).add(index.tails[edge] as number);
      }
    }
  }
  return [...order, ...[...within].filter((edge) => !order.has(edge))];
}
