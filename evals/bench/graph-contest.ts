import { GraphIndex } from '../../graphs/graph-index.ts';
import type { PathwayGraph } from '../../graphs/pathway-graph.ts';
import { prizesOf } from '../../graphs/scoring.ts';
import { createSearch, type PathwaySearch } from '../../graphs/search.ts';
import { type PcstProblem, PcstSolver } from '../../graphs/steiner/pcst.ts';
import { PrizedGraph, type Prizes } from '../../graphs/steiner/prized-graph.ts';
import { bisectedSubgraph } from '../../graphs/steiner/target-size.ts';
import { Corpus } from '../../graphs/text/corpus.ts';
import type { DocumentTable } from '../../graphs/text/document-table.ts';
import type { Mode } from '../../graphs/text/line.ts';
import { TfIdf } from '../../graphs/text/tf-idf.ts';
import { median } from './graph-measurement.ts';
import type { GraphPeer, PeerProblem, PeerSolution } from './graph-peer.ts';

const targetSize = 16;
/** Of one problem; a solve takes a millisecond or ten. */
const repeats = 5;

/** The same queries and problems put to us and to the peer in turn. */
export class GraphContest {
  readonly #index: GraphIndex;
  readonly #corpus: Corpus;
  readonly #searches: Record<Mode, PathwaySearch>;
  readonly #queries: readonly string[];
  readonly #peer: GraphPeer | undefined;
  readonly #signal: AbortSignal;

  constructor(
    graph: PathwayGraph,
    queries: readonly string[],
    peer: GraphPeer | undefined,
    signal: AbortSignal,
  ) {
    this.#index = new GraphIndex(graph);
    this.#corpus = new Corpus(this.#index, 'compat');
    this.#searches = { better: createSearch(graph), compat: createSearch(graph, { mode: 'compat' }) };
    this.#queries = queries;
    this.#peer = peer;
    this.#signal = signal;
  }

  /** The compat documents as the peer reads them: the same words as often, their order being of no weight. */
  documents(): { nodes: string[]; edges: string[]; entities: string[]; pairs: [number, number][] } {
    const { heads, tails } = this.#index;
    return {
      nodes: textsOf(this.#corpus.nodes),
      edges: textsOf(this.#corpus.edges),
      entities: textsOf(this.#corpus.entities.table),
      pairs: Array.from(heads, (head, edge) => [head, tails[edge] as number]),
    };
  }

  searchesIn(mode: Mode): number[] {
    const search = this.#searches[mode];
    for (const query of this.#queries) search.global([query]);
    return this.#queries.map((query) => timeOf(() => search.global([query])).ms);
  }

  localSearches(mode: Mode): number[] {
    const search = this.#searches[mode];
    const asked = this.#queries.map((query, i) => {
      const [triple = this.#index.triple(i)] = search.global([query]).triples;
      return { triple, keywords: this.#queries.at(i - 1) as string };
    });
    return asked.map(({ triple, keywords }) => timeOf(() => search.aroundTriple(triple, keywords)).ms);
  }

  /** Compat searches; `same` counts those that gave the peer's edges. */
  async searches(): Promise<{ ours: number[]; reference: number[]; tuned: number[]; same: number }> {
    const search = this.#searches.compat;
    for (const query of this.#queries) search.global([query]);
    const [ours, reference, tuned]: [number[], number[], number[]] = [[], [], []];
    let same = 0;
    for (const query of this.#queries) {
      this.#signal.throwIfAborted();
      const own = timeOf(() => search.global([query]));
      ours.push(own.ms);
      if (!this.#peer) continue;
      const theirs = await this.#peer.search(query, targetSize, false);
      reference.push(theirs.ms);
      tuned.push((await this.#peer.search(query, targetSize, true)).ms);
      const edges = own.value.triples.map((triple) => this.#index.edgeNumber(triple)).sort((a, b) => a - b);
      if (`${edges}` === `${theirs.edges}`) same++;
    }
    return { ours, reference, tuned: tuned.sort((a, b) => a - b), same };
  }

  /** Solves at the cost that each query's search ends on, and around it. */
  async solves() {
    const [ours, theirs, ratios]: [number[], number[], number[]] = [[], [], []];
    let [equal, problems] = [0, 0];
    for (const query of this.#queries) {
      const { prized, costs, solver } = this.#prized(query);
      for (const cost of costs) {
        this.#signal.throwIfAborted();
        const problem = prized.problemAt(cost);
        solver.solve(problem, 1);
        const times = Array.from({ length: repeats }, () => timeOf(() => solver.solve(problem, 1)).ms);
        ours.push(median(times));
        problems++;
        const solution = await this.#peer?.solve(peerProblem(problem, 1), repeats);
        if (!solution) continue;
        theirs.push(solution.ms);
        ratios.push(median(times) / solution.ms);
        if (isSame(solver.solve(problem, 1), solution)) equal++;
      }
    }
    const beside =
      ratios.length > 0 ? { worstRatio: Math.max(...ratios), totalRatio: sum(ours) / sum(theirs) } : {};
    return {
      ours,
      peer: theirs,
      ratio: ratios.length > 0 ? median(ratios) : undefined,
      equal,
      problems,
      beside,
    };
  }

  #prized(query: string) {
    const { heads, tails, nodeKeys } = this.#index;
    const best = (table: DocumentTable, most: number) =>
      prizesOf(table.size, new TfIdf(table).search(query, most));
    const prizes: Prizes = { nodes: best(this.#corpus.nodes, 128), edges: best(this.#corpus.edges, 512) };
    const graph = { nodeCount: nodeKeys.length, heads, tails };
    const { cost } = bisectedSubgraph(graph, prizes, targetSize, 1);
    const prized = new PrizedGraph(graph.nodeCount, heads, tails, prizes);
    const solver = new PcstSolver(graph.nodeCount + 512, heads.length + 512);
    return { prized, solver, costs: [cost / 4, cost / 2, cost, 2 * cost] };
  }
}

export function peerProblem(problem: PcstProblem, clusters: number): PeerProblem {
  const { nodeCount, edgeCount, heads, tails, costs, prizes } = problem;
  return {
    edges: Array.from({ length: edgeCount }, (_, e) => [heads[e] as number, tails[e] as number]),
    prizes: [...prizes.subarray(0, nodeCount)],
    costs: [...costs.subarray(0, edgeCount)],
    clusters,
  };
}

/** The same nodes and edges; the peer tells its edges in another order. */
export function isSame(
  ours: { nodes: readonly number[]; edges: readonly number[] },
  theirs: Pick<PeerSolution, 'nodes' | 'edges'>,
): boolean {
  const ascending = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b).join();
  return (
    ascending(ours.nodes) === ascending(theirs.nodes) && ascending(ours.edges) === ascending(theirs.edges)
  );
}

function textsOf(table: DocumentTable): string[] {
  const words = table.vocabulary.words();
  return Array.from({ length: table.size }, (_, document) => {
    const text: string[] = [];
    for (let at = table.offsets[document] as number; at < (table.offsets[document + 1] as number); at++) {
      for (let n = table.counts[at] as number; n > 0; n--)
        text.push(words[table.wordIds[at] as number] as string);
    }
    return text.join(' ');
  });
}

function timeOf<T>(work: () => T): { ms: number; value: T } {
  const start = performance.now();
  const value = work();
  return { ms: performance.now() - start, value };
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
