/** A directed edge by its ends; any names or numbers do. */
export interface Ends<N> {
  head: N;
  tail: N;
}

/**
 * Edges in depth-first order (spec §2.9): from each node, fewest incoming edges first and first seen first, out-edges
 * in their given order; an edge to a node visited in this walk is told but not followed. Each edge is told once.
 * Nodes in `first` are walked from before all others.
 */
export function depthFirst<N, E extends Ends<N>>(edges: readonly E[], first: readonly N[] = []): E[] {
  const outgoing = new Map<N, E[]>();
  const inDegrees = new Map<N, number>();
  for (const edge of edges) {
    inDegrees.set(edge.head, inDegrees.get(edge.head) ?? 0);
    inDegrees.set(edge.tail, (inDegrees.get(edge.tail) ?? 0) + 1);
    const out = outgoing.get(edge.head);
    if (out) out.push(edge);
    else outgoing.set(edge.head, [edge]);
  }
  const told = new Set<E>();
  const roots = [...inDegrees].sort(([, a], [, b]) => a - b).map(([node]) => node);
  for (const root of [...first, ...roots]) {
    if (told.size === edges.length) break;
    walk(root, outgoing, told);
  }
  return [...told];
}

function walk<N, E extends Ends<N>>(root: N, outgoing: ReadonlyMap<N, readonly E[]>, told: Set<E>): void {
  // The root counts as unvisited, so an edge back to it is told in the walk that meets it.
  const visited = new Set<N>();
  const open = [(outgoing.get(root) ?? []).values()];
  while (open.length > 0) {
    const next = open.at(-1)?.next();
    if (next === undefined || next.done) {
      open.pop();
      continue;
    }
    told.add(next.value);
    if (visited.has(next.value.tail)) continue;
    visited.add(next.value.tail);
    open.push((outgoing.get(next.value.tail) ?? []).values());
  }
}
