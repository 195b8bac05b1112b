import type { GraphIndex } from './graph-index.ts';
import { joiningEdges } from './paths.ts';
import { hasPrize, prizesOf } from './scoring.ts';
import type { Prizes } from './steiner/prized-graph.ts';
import { bisectedSubgraph, nearestSubgraph } from './steiner/target-size.ts';
import type { Corpus } from './text/corpus.ts';
import type { Mode } from './text/line.ts';
import { TfIdf } from './text/tf-idf.ts';

/** Steps that a path between two named entities may take; scores make it look shorter. */
const longestJoin = 8;

export interface Request {
  /** The words to score by. */
  query: string;
  /** Numbers of nodes to keep and to join. */
  named: readonly number[];
  /** Edges to aim for. */
  targetSize: number;
}

/**
 * Connected subgraphs that answer a query (spec §2.3 to §2.6): TF-IDF scores are prizes, a Steiner tree collects them.
 * Nodes and edges go in and come out by their numbers, edges ascending.
 */
export class SubgraphRetriever {
  readonly #index: GraphIndex;
  readonly #corpus: Corpus;
  readonly #mode: Mode;
  /** Fitted on the whole graph. */
  readonly documents: { nodes: TfIdf; edges: TfIdf };

  constructor(index: GraphIndex, corpus: Corpus, mode: Mode, documents = fittedOn(corpus)) {
    this.#index = index;
    this.#corpus = corpus;
    this.#mode = mode;
    this.documents = documents;
  }

  /** On the whole graph, from its best nodes and edges. */
  global({ query, named, targetSize }: Request, topNodes: number, topEdges: number): number[] {
    const { nodeKeys, edgeKeys, heads, tails } = this.#index;
    const prizes = {
      nodes: prizesOf(nodeKeys.length, this.documents.nodes.search(query, topNodes)),
      edges: prizesOf(edgeKeys.length, this.documents.edges.search(query, topEdges)),
    };
    for (const node of named) prizes.nodes[node] = 1;
    const worth = (edge: number) =>
      (prizes.edges[edge] as number) + (prizes.nodes[tails[edge] as number] as number);
    // Of two ways to join named nodes, the one whose edges and nodes score better.
    const joining = joiningEdges(this.#index, named, (edge) => 1 / (1 + 2 * worth(edge)), longestJoin);
    for (const edge of joining) prizes.edges[edge] = 1;
    return this.#connect({ nodeCount: nodeKeys.length, heads, tails }, prizes, targetSize, 1);
  }

  /** On a part of the graph, with word frequencies of that part, in as many pieces as are asked for. */
  local(
    nodes: readonly number[],
    edges: readonly number[],
    { query, named, targetSize }: Request,
    pieces: number,
  ): number[] {
    const prizes = {
      nodes: new TfIdf(this.#corpus.nodes, nodes).scores(query),
      edges: new TfIdf(this.#corpus.edges, edges).scores(query),
    };
    const joining = joiningEdges(this.#index, named, () => 1, longestJoin);
    for (const [place, node] of nodes.entries()) if (named.includes(node)) prizes.nodes[place] = 1;
    for (const [place, edge] of edges.entries()) if (joining.has(edge)) prizes.edges[place] = 1;
    const places = new Map(nodes.map((node, place) => [node, place]));
    const local = (ends: Int32Array) =>
      Int32Array.from(edges, (edge) => places.get(ends[edge] as number) as number);
    const part = {
      nodeCount: nodes.length,
      heads: local(this.#index.heads),
      tails: local(this.#index.tails),
    };
    return this.#connect(part, prizes, targetSize, pieces).map((edge) => edges[edge] as number);
  }

  #connect(
    part: { nodeCount: number; heads: Int32Array; tails: Int32Array },
    prizes: Prizes,
    targetSize: number,
    pieces: number,
  ): number[] {
    if (!hasPrize(prizes)) return [];
    const choose = this.#mode === 'compat' ? bisectedSubgraph : nearestSubgraph;
    return choose(part, prizes, targetSize, pieces).edges;
  }
}

function fittedOn({ nodes, edges }: Corpus): { nodes: TfIdf; edges: TfIdf } {
  return { nodes: new TfIdf(nodes), edges: new TfIdf(edges) };
}
