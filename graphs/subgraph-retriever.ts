import type { GraphIndex } from './graph-index.ts';
import { joiningEdges } from './paths.ts';
import { hasPrize, prizesOf } from './scoring.ts';
import type { Scoring } from './search.ts';
import type { Prizes } from './steiner/prized-graph.ts';
import { bisectedSubgraph, nearestSubgraph } from './steiner/target-size.ts';
import type { Corpus } from './text/corpus.ts';
import type { Mode } from './text/line.ts';
import { type Hit, TfIdf } from './text/tf-idf.ts';
import { TrigramNames } from './text/trigram-names.ts';

/** Steps that a path between two named entities may take; scores make it look shorter. */
const longestJoin = 8;

export interface Request {
  /** As it was asked. */
  text: string;
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

  readonly #scoring: Scoring;
  #likeNames: TrigramNames | undefined;

  constructor(
    index: GraphIndex,
    corpus: Corpus,
    { mode, scoring }: { mode: Mode; scoring: Scoring },
    documents = fittedOn(corpus),
  ) {
    this.#index = index;
    this.#corpus = corpus;
    this.#mode = mode;
    this.#scoring = scoring;
    this.documents = documents;
  }

  /** On the whole graph, from its best nodes and edges. */
  global({ text, query, named, targetSize }: Request, topNodes: number, topEdges: number): number[] {
    const { nodeKeys, edgeKeys, heads, tails } = this.#index;
    const prizes = {
      nodes: prizesOf(nodeKeys.length, this.#nodeHits(text, query, topNodes)),
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
    { text, query, named, targetSize }: Request,
    pieces: number,
  ): number[] {
    const prizes = {
      nodes: new TfIdf(this.#corpus.nodes, nodes).scores(query),
      edges: new TfIdf(this.#corpus.edges, edges).scores(query),
    };
    const alike = this.#alike(text);
    for (const [place, node] of nodes.entries()) {
      prizes.nodes[place] = Math.max(prizes.nodes[place] as number, alike.get(node) ?? 0);
    }
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

  /** The best nodes by the words, or where they score better by names like those asked for. */
  #nodeHits(text: string, query: string, most: number): Hit[] {
    if (this.#scoring === 'tfidf') return this.documents.nodes.search(query, most);
    const scores = new Map(this.#alike(text));
    for (const { document, score } of this.documents.nodes.search(query)) {
      scores.set(document, Math.max(score, scores.get(document) ?? 0));
    }
    const hits = [...scores].map(([document, score]) => ({ document, score }));
    return hits.sort((a, b) => b.score - a.score || a.document - b.document).slice(0, most);
  }

  #alike(text: string): ReadonlyMap<number, number> {
    if (this.#scoring === 'tfidf') return new Map();
    this.#likeNames ??= new TrigramNames(this.#index.graph);
    return this.#likeNames.scores(text);
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
