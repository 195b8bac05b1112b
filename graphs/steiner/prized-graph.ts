import { type PcstProblem, PcstSolver } from './pcst.ts';

/** Retrieval scores, 0 where nothing was found; by node and by edge number. */
export interface Prizes {
  nodes: Float64Array;
  edges: Float64Array;
}

/** Node and edge numbers, ascending. */
export interface Subgraph {
  nodes: number[];
  edges: number[];
}

/**
 * G-Retriever's reduction of a graph with prizes on nodes and edges to the Steiner problem, for one edge cost c
 * (spec §2.4): an edge with prize p ≤ c costs c - p; one with p > c becomes a virtual node of prize p - c between
 * two free edges. Directions are ignored.
 */
export class PrizedGraph {
  readonly #nodeCount: number;
  readonly #heads: Int32Array;
  readonly #tails: Int32Array;
  readonly #prizes: Prizes;
  readonly #problem: PcstProblem;
  readonly #solver: PcstSolver;
  /** The graph's edge behind each edge of the problem. */
  readonly #origin: Int32Array;
  /** The graph's edge behind each virtual node. */
  readonly #virtualOrigin: Int32Array;

  /** Throws `RangeError` on a prize that is negative or no number. */
  constructor(nodeCount: number, heads: Int32Array, tails: Int32Array, prizes: Prizes) {
    for (const prize of [...prizes.nodes, ...prizes.edges]) {
      if (!(prize >= 0)) throw new RangeError(`a prize of ${prize}: prizes are not negative`);
    }
    this.#nodeCount = nodeCount;
    this.#heads = heads;
    this.#tails = tails;
    this.#prizes = prizes;
    const virtual = prizes.edges.reduce((count, prize) => count + (prize > 0 ? 1 : 0), 0);
    const [nodes, edges] = [nodeCount + virtual, heads.length + virtual];
    this.#problem = {
      nodeCount: 0,
      edgeCount: 0,
      heads: new Int32Array(edges),
      tails: new Int32Array(edges),
      costs: new Float64Array(edges),
      prizes: new Float64Array(nodes),
      offsets: new Int32Array(nodes + 1),
      sides: new Int32Array(2 * edges),
    };
    this.#origin = new Int32Array(edges);
    this.#virtualOrigin = new Int32Array(virtual);
    this.#solver = new PcstSolver(nodes, edges);
  }

  /** The subgraph of `clusterCount` pieces for edge cost `cost`; its edges may be none. */
  solve(cost: number, clusterCount: number): Subgraph {
    this.#reduce(cost);
    const forest = this.#solver.solve(this.#problem, clusterCount);
    const edges = new Set(forest.edges.map((edge) => this.#origin[edge] as number));
    const nodes = new Set<number>();
    for (const node of forest.nodes) {
      if (node < this.#nodeCount) nodes.add(node);
      else edges.add(this.#virtualOrigin[node - this.#nodeCount] as number);
    }
    for (const edge of edges) {
      nodes.add(this.#heads[edge] as number);
      nodes.add(this.#tails[edge] as number);
    }
    const ascending = (numbers: Set<number>) => [...numbers].sort((a, b) => a - b);
    return { nodes: ascending(nodes), edges: ascending(edges) };
  }

  /** What is solved for an edge cost; the next call overwrites it. */
  problemAt(cost: number): PcstProblem {
    this.#reduce(cost);
    return this.#problem;
  }

  #reduce(cost: number): void {
    const problem = this.#problem;
    const edgePrizes = this.#prizes.edges;
    problem.prizes.set(this.#prizes.nodes);
    problem.edgeCount = 0;
    for (let edge = 0; edge < edgePrizes.length; edge++) {
      const prize = edgePrizes[edge] as number;
      if (prize > cost) continue;
      this.#addEdge(this.#heads[edge] as number, this.#tails[edge] as number, cost - prize, edge);
    }
    let node = this.#nodeCount;
    for (let edge = 0; edge < edgePrizes.length; edge++) {
      const prize = edgePrizes[edge] as number;
      if (prize <= cost) continue;
      problem.prizes[node] = prize - cost;
      this.#virtualOrigin[node - this.#nodeCount] = edge;
      this.#addEdge(this.#heads[edge] as number, node, 0, edge);
      this.#addEdge(node, this.#tails[edge] as number, 0, edge);
      node++;
    }
    problem.nodeCount = node;
    this.#indexSides();
  }

  #addEdge(head: number, tail: number, cost: number, origin: number): void {
    const edge = this.#problem.edgeCount++;
    this.#problem.heads[edge] = head;
    this.#problem.tails[edge] = tail;
    this.#problem.costs[edge] = cost;
    this.#origin[edge] = origin;
  }

  #indexSides(): void {
    const { nodeCount, edgeCount, heads, tails, offsets, sides } = this.#problem;
    offsets.fill(0, 0, nodeCount + 1);
    for (let edge = 0; edge < edgeCount; edge++) {
      offsets[heads[edge] as number]!++;
      offsets[tails[edge] as number]!++;
    }
    let end = 0;
    for (let node = 0; node < nodeCount; node++) {
      end += offsets[node] as number;
      offsets[node] = end;
    }
    offsets[nodeCount] = end;
    // Filled from the back, so that each node's sides end up in edge order and offsets at their starts.
    for (let edge = edgeCount - 1; edge >= 0; edge--) {
      sides[--offsets[tails[edge] as number]!] = 2 * edge + 1;
      sides[--offsets[heads[edge] as number]!] = 2 * edge;
    }
  }
}
