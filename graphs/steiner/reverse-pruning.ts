import type { MoatGrowth } from './moat-growth.ts';
import type { Forest, PcstProblem } from './pcst.ts';

/**
 * Goemans and Williamson's pruning: going back through the merges, what joined a dead cluster that nothing needed is
 * cut off again. Only clusters that were active at the end count.
 */
export class ReversePruning {
  readonly #good: Uint8Array;
  readonly #deleted: Uint8Array;
  readonly #necessary: Uint8Array;
  readonly #firstNeighbour: Int32Array;
  readonly #neighbourSide: Int32Array;
  readonly #nextNeighbour: Int32Array;
  readonly #stack: Int32Array;
  #problem!: PcstProblem;
  #growth!: MoatGrowth;

  constructor(nodeCapacity: number) {
    this.#good = new Uint8Array(nodeCapacity);
    this.#deleted = new Uint8Array(nodeCapacity);
    this.#necessary = new Uint8Array(2 * nodeCapacity);
    this.#firstNeighbour = new Int32Array(nodeCapacity);
    this.#neighbourSide = new Int32Array(2 * nodeCapacity);
    this.#nextNeighbour = new Int32Array(2 * nodeCapacity);
    this.#stack = new Int32Array(2 * nodeCapacity);
  }

  prune(problem: PcstProblem, growth: MoatGrowth): Forest {
    this.#problem = problem;
    this.#growth = growth;
    const { nodeCount, heads, tails } = problem;
    this.#good.fill(0, 0, nodeCount);
    this.#deleted.fill(0, 0, nodeCount);
    this.#firstNeighbour.fill(-1, 0, nodeCount);
    this.#necessary.fill(0, 0, growth.clusterCount);
    for (let cluster = 0; cluster < growth.clusterCount; cluster++) {
      if (this.#growth.active[cluster]) this.#markGood(cluster);
    }
    const isGood = (edge: number) => this.#good[heads[edge] as number] && this.#good[tails[edge] as number];
    let links = 0;
    for (let merge = 0; merge < growth.mergeCount; merge++) {
      const edge = this.#growth.mergeEdge[merge] as number;
      if (!isGood(edge)) continue;
      this.#link(heads[edge] as number, 2 * edge + 1, links++);
      this.#link(tails[edge] as number, 2 * edge, links++);
    }
    const edges: number[] = [];
    for (let merge = growth.mergeCount - 1; merge >= 0; merge--) {
      const edge = this.#growth.mergeEdge[merge] as number;
      if (isGood(edge) && this.#keepsMerge(merge)) edges.push(edge);
    }
    const nodes: number[] = [];
    for (let node = 0; node < nodeCount; node++) {
      if (this.#good[node] && !this.#deleted[node]) nodes.push(node);
    }
    return { nodes, edges };
  }

  #keepsMerge(merge: number): boolean {
    const edge = this.#growth.mergeEdge[merge] as number;
    const head = this.#problem.heads[edge] as number;
    const tail = this.#problem.tails[edge] as number;
    if (this.#deleted[head] && this.#deleted[tail]) return false;
    const dead = this.#growth.mergeDeadCluster[merge] as number;
    if (dead >= 0 && !this.#necessary[dead]) {
      const activeIsHead = ((this.#growth.mergeActiveSide[merge] as number) & 1) === 0;
      this.#deleteSubtree(activeIsHead ? tail : head, activeIsHead ? head : tail);
      return false;
    }
    this.#markNecessary(head);
    this.#markNecessary(tail);
    return true;
  }

  #markGood(cluster: number): void {
    let size = 0;
    this.#stack[size++] = cluster;
    while (size > 0) {
      const current = this.#stack[--size] as number;
      if ((this.#growth.firstChild[current] as number) < 0) {
        this.#good[current] = 1;
      } else {
        this.#stack[size++] = this.#growth.firstChild[current] as number;
        this.#stack[size++] = this.#growth.secondChild[current] as number;
      }
    }
  }

  #markNecessary(node: number): void {
    for (let cluster = node; cluster >= 0 && !this.#necessary[cluster]; ) {
      this.#necessary[cluster] = 1;
      cluster = this.#growth.mergedInto[cluster] as number;
    }
  }

  #deleteSubtree(node: number, parent: number): void {
    const { heads, tails } = this.#problem;
    this.#deleted[node] = 1;
    let size = 0;
    this.#stack[size++] = node;
    while (size > 0) {
      const current = this.#stack[--size] as number;
      for (
        let at = this.#firstNeighbour[current] as number;
        at >= 0;
        at = this.#nextNeighbour[at] as number
      ) {
        const side = this.#neighbourSide[at] as number;
        const next = ((side & 1) === 0 ? heads[side >> 1] : tails[side >> 1]) as number;
        if (next === parent || this.#deleted[next]) continue;
        this.#deleted[next] = 1;
        this.#stack[size++] = next;
      }
    }
  }

  #link(node: number, side: number, at: number): void {
    this.#neighbourSide[at] = side;
    this.#nextNeighbour[at] = this.#firstNeighbour[node] as number;
    this.#firstNeighbour[node] = at;
  }
}
