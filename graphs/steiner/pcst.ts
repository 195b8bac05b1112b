import { MoatGrowth } from './moat-growth.ts';
import { ReversePruning } from './reverse-pruning.ts';

/** An undirected graph with prizes on nodes and costs on edges. Only the first `…Count` entries count. */
export interface PcstProblem {
  nodeCount: number;
  edgeCount: number;
  heads: Int32Array;
  tails: Int32Array;
  /** Not negative. */
  costs: Float64Array;
  /** Not negative. */
  prizes: Float64Array;
  /** Node n touches edge sides `sides[offsets[n]]` … `sides[offsets[n + 1] - 1]`; side 2e is edge e's head, 2e + 1 its tail. */
  offsets: Int32Array;
  sides: Int32Array;
}

export interface Forest {
  nodes: number[];
  edges: number[];
}

/**
 * Prize-collecting Steiner forests with a given number of trees: a 2-approximation by moat growing and pruning,
 * result for result that of `pcst_fast` (MIT, Hegde, Indyk and Schmidt). One solver serves many problems up to its
 * capacity; its arrays are the working memory.
 */
export class PcstSolver {
  readonly #growth: MoatGrowth;
  readonly #pruning: ReversePruning;

  constructor(nodeCapacity: number, edgeCapacity: number) {
    this.#growth = new MoatGrowth(nodeCapacity, edgeCapacity);
    this.#pruning = new ReversePruning(nodeCapacity);
  }

  solve(problem: PcstProblem, clusterCount: number): Forest {
    this.#growth.run(problem, clusterCount);
    return this.#pruning.prune(problem, this.#growth);
  }
}
