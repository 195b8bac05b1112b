import type { Triple } from '../../graphs/pathway-graph.ts';

/**
 * The triples of shortest paths that join the named nodes, directions ignored, out of those given; in walking order.
 * A summary by size may drop such a path, and with it the ground for any answer. Nodes that nothing joins are left.
 */
export function joiningTriples(triples: readonly Triple[], named: readonly string[]): Triple[] {
  const touching = byNode(triples);
  const [start, ...others] = named.filter((node) => touching.has(node));
  if (start === undefined) return [];
  const joined = new Set([start]);
  const chosen: Triple[] = [];
  for (const target of others) {
    const path = shortestPath(touching, joined, target);
    for (const triple of path) joined.add(triple.head).add(triple.tail);
    chosen.push(...path);
  }
  return [...new Set(chosen)];
}

function byNode(triples: readonly Triple[]): Map<string, Triple[]> {
  const touching = new Map<string, Triple[]>();
  for (const triple of triples)
    for (const node of [triple.head, triple.tail])
      touching.set(node, [...(touching.get(node) ?? []), triple]);
  return touching;
}

/** Breadth first from all joined nodes at once; empty when the target is joined already or cannot be reached. */
function shortestPath(
  touching: ReadonlyMap<string, readonly Triple[]>,
  joined: ReadonlySet<string>,
  target: string,
): Triple[] {
  const cameBy = new Map<string, { triple: Triple; from: string } | undefined>();
  for (const node of joined) cameBy.set(node, undefined);
  for (const node of cameBy.keys()) {
    if (cameBy.has(target)) break;
    for (const triple of touching.get(node) ?? []) {
      const other = triple.head === node ? triple.tail : triple.head;
      if (!cameBy.has(other)) cameBy.set(other, { triple, from: node });
    }
  }
  const path: Triple[] = [];
  for (let step = cameBy.get(target); step; step = cameBy.get(step.from)) path.unshift(step.triple);
  return path;
}
