import type { GraphIndex } from './graph-index.ts';
import { edgesOf } from './neighbourhood.ts';

/**
 * The edges of a shortest directed path, in walking order; undefined when there is none of at most `maxSteps`.
 * Steps between a member and its family are free in both directions, so a path may hold membership edges backwards.
 */
export function shortestPath(
  index: GraphIndex,
  from: number,
  to: number,
  maxSteps: number,
): number[] | undefined {
  const cameBy = new Map<number, number>([[from, -1]]);
  let layer = [from];
  for (let step = 0; step <= maxSteps && layer.length > 0; step++) {
    const next: number[] = [];
    // Grows while it is walked: free steps stay in the layer.
    for (const node of layer) {
      if (node === to) return pathTo(index, to, cameBy);
      for (const { edge, other, free } of stepsFrom(index, node, cameBy.get(node) as number)) {
        if (cameBy.has(other)) continue;
        if (free) {
          cameBy.set(other, edge);
          layer.push(other);
        } else next.push(edge);
      }
    }
    layer = [];
    for (const edge of next) {
      const tail = index.tails[edge] as number;
      if (cameBy.has(tail)) continue;
      cameBy.set(tail, edge);
      layer.push(tail);
    }
  }
  return undefined;
}

function* stepsFrom(
  index: GraphIndex,
  node: number,
  cameBy: number,
): Generator<{ edge: number; other: number; free: boolean }> {
  for (const edge of edgesOf(index.outgoing, node)) {
    yield { edge, other: index.tails[edge] as number, free: index.isMembership(edge) };
  }
  // Up to a family and down again would let one member stand for another.
  if (cameBy >= 0 && index.isMembership(cameBy) && index.tails[cameBy] === node) return;
  for (const edge of edgesOf(index.incoming, node)) {
    if (index.isMembership(edge)) yield { edge, other: index.heads[edge] as number, free: true };
  }
}

function pathTo(index: GraphIndex, to: number, cameBy: ReadonlyMap<number, number>): number[] {
  const path: number[] = [];
  for (let node = to, edge = cameBy.get(to) ?? -1; edge >= 0; edge = cameBy.get(node) ?? -1) {
    path.push(edge);
    node = (index.tails[edge] === node ? index.heads[edge] : index.tails[edge]) as number;
  }
  return path.reverse();
}

/**
 * Edges that join the given nodes with few steps: shortest paths in whichever direction is shorter, taken from the
 * shortest on until all that can be joined are. Longer ones than `maxSteps` are not looked for.
 */
export function joiningEdges(index: GraphIndex, nodes: readonly number[], maxSteps: number): Set<number> {
  const paths: { a: number; b: number; path: number[] }[] = [];
  for (const [i, a] of nodes.entries()) {
    for (const b of nodes.slice(i + 1)) {
      const found = [shortestPath(index, a, b, maxSteps), shortestPath(index, b, a, maxSteps)];
      const [shortest] = found.filter((path) => path !== undefined).sort((x, y) => x.length - y.length);
      if (shortest) paths.push({ a, b, path: shortest });
    }
  }
  paths.sort((x, y) => x.path.length - y.path.length);
  const group = new Map(nodes.map((node) => [node, node]));
  const joined = new Set<number>();
  for (const { a, b, path } of paths) {
    const [groupA, groupB] = [group.get(a), group.get(b)];
    if (groupA === groupB) continue;
    for (const [node, of] of group) if (of === groupB) group.set(node, groupA as number);
    for (const edge of path) joined.add(edge);
  }
  return joined;
}
