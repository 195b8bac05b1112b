import { IndexedSearch } from './indexed-search.ts';
import type { PathwayGraph, Triple } from './pathway-graph.ts';
import type { NameIndex } from './resolve-names.ts';
import type { Mode } from './text/line.ts';

/** What a search gives: statements of the graph, and a sentence when there are none or not all. */
export interface Found {
  triples: Triple[];
  /** Empty on plain success. Begins with `Error: ` when the call itself was wrong, such as an unknown entity. */
  info: string;
}

/** One keyword or several; several are searched as one text. */
export type Keywords = string | readonly string[];

/** How nodes are scored: by the paper's TF-IDF, or by what is better of it and likeness of names (`TrigramNames`). */
export type Scoring = 'tfidf' | 'hybrid';

export interface PathwaySearch {
  readonly graph: PathwayGraph;
  readonly mode: Mode;
  readonly scoring: Scoring;
  /** Finds entities by their everyday names; built with the search. */
  readonly names: NameIndex;
  /**
   * The best connected subgraph of the whole graph, about `targetSize` edges (16), from the best `topNodes` (128) and
   * `topEdges` (512). Better mode keeps `seeds` (node keys; those that the keywords name, if left out), joins them by
   * short paths and tells them first; so do the searches below with what their keywords name.
   */
  global(
    keywords: Keywords,
    options?: { targetSize?: number; topNodes?: number; topEdges?: number; seeds?: readonly string[] },
  ): Found;
  /**
   * The best connected subgraph within 3 hops of a triple's ends. Without keywords the whole neighbourhood, of which
   * better mode gives the `targetSize` nearest. Throws `RangeError` when the triple is not of this graph.
   */
  aroundTriple(triple: Triple, keywords?: Keywords, options?: { targetSize?: number }): Found;
  /** The same around every node with the entity, by bare id or node key, in better mode also by name. */
  aroundEntity(entityId: string, keywords?: Keywords, options?: { targetSize?: number }): Found;
  /** The best triples by the text of ends and processes, then the best connected subgraph among their nodes. */
  aroundRelations(keywords: Keywords, options?: { targetSize?: number; topTriples?: number }): Found;
  /** The given triples brought down to about `targetSize` (16), as many pieces as they are in. */
  summarise(triples: readonly Triple[], keywords: Keywords, options?: { targetSize?: number }): Found;
  /** The triples in the order of the graph, for who does not want them in the depth-first order of a search. */
  inGraphOrder(triples: readonly Triple[]): Triple[];
  /** Edges that leave the entity; with keywords the best `topk` (8). */
  nextSteps(entityId: string, keywords?: Keywords, options?: { topk?: number }): Found;
  previousSteps(entityId: string, keywords?: Keywords, options?: { topk?: number }): Found;
  /** Edges within 3 hops of the entity; with keywords the best `topk` (8). */
  hopSteps(entityId: string, keywords?: Keywords, options?: { topk?: number }): Found;
  /** The best `topk` (8) triples by the text of ends and processes. */
  searchRelations(keywords: Keywords, options?: { topk?: number }): Found;
  /** Entries of the corpus that match, best first, of those whose id `accepts`. `text` is the entry's short view. */
  searchEntities(
    keywords: Keywords,
    options?: { topk?: number; accepts?: (id: string) => boolean },
  ): { entities: { id: string; text: string }[]; info: string };
  /** The keys of the nodes that an id, a node key or (better mode) an everyday name means; none when unknown. */
  nodesOf(entityId: string): string[];
  /** What the corpus says about one entity; undefined fields when it has no such id. */
  details(entityId: string): {
    fields: Readonly<Record<string, readonly string[]>> | undefined;
    info: string;
  };
}

/** PathSeeker's graph tools (arXiv 2502.16660; spec §2.11) over one graph, which must not change any more. */
export function createSearch(
  graph: PathwayGraph,
  { mode = 'better', scoring = 'tfidf' }: { mode?: Mode; scoring?: Scoring } = {},
): PathwaySearch {
  return new IndexedSearch(graph, mode, { scoring });
}
