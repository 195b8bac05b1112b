import { memberships } from './graph-index.ts';
import type { PathwayGraph, Triple } from './pathway-graph.ts';

/** Sets that grow together: union by path halving, over any keys. */
export class Pieces<N> {
  readonly #parent = new Map<N, N>();
  #count = 0;

  /** Pieces among all keys seen. */
  get count(): number {
    return this.#count;
  }

  has(key: N): boolean {
    return this.#parent.has(key);
  }

  /** The key that stands for the piece; a new key is a piece of its own. */
  of(key: N): N {
    if (!this.#parent.has(key)) {
      this.#parent.set(key, key);
      this.#count++;
    }
    let at = key;
    for (let up = this.#parent.get(at) as N; up !== at; up = this.#parent.get(at) as N) {
      this.#parent.set(at, this.#parent.get(up) as N);
      at = this.#parent.get(at) as N;
    }
    return at;
  }

  join(a: N, b: N): void {
    const [pieceA, pieceB] = [this.of(a), this.of(b)];
    if (pieceA === pieceB) return;
    this.#parent.set(pieceA, pieceB);
    this.#count--;
  }
}

/**
 * True when the triples hold all the nodes in one weakly connected piece. A member stands for its family and a family
 * for its members where both are at hand: in the triples or among the nodes. No nodes are connected.
 */
export function connects(graph: PathwayGraph, triples: readonly Triple[], nodes: readonly string[]): boolean {
  const pieces = new Pieces<string>();
  for (const { head, tail } of triples) pieces.join(head, tail);
  const covered = new Set(triples.flatMap(({ head, tail }) => [head, tail]));
  for (const key of [...covered, ...nodes]) {
    graph.forEachOutEdge(key, (_edge, { type }, _head, family) => {
      if (!memberships.has(type) || !(covered.has(family) || nodes.includes(family))) return;
      pieces.join(key, family);
      // Two named nodes do not prove a path: only what the triples hold counts as found.
      if (covered.has(key) || covered.has(family)) covered.add(key).add(family);
    });
  }
  return nodes.every((node) => covered.has(node)) && new Set(nodes.map((node) => pieces.of(node))).size <= 1;
}
