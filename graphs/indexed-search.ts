import { viewOf } from './entries.ts';
import { type Adjacency, GraphIndex, type GraphParts } from './graph-index.ts';
import { prefixedId } from './kegg-ids.ts';
import { edgesOf, familyCircle, hops, nearestEdges, neighbourhood } from './neighbourhood.ts';
import { depthFirst } from './order.ts';
import type { PathwayGraph, Triple } from './pathway-graph.ts';
import { Pieces } from './pieces.ts';
import { type Forms, NameIndex } from './resolve-names.ts';
import { withoutQuestionWords } from './scoring.ts';
import type { Found, Keywords, PathwaySearch, Scoring } from './search.ts';
import { type Request, SubgraphRetriever } from './subgraph-retriever.ts';
import { Corpus } from './text/corpus.ts';
import type { Mode } from './text/line.ts';
import { TfIdf } from './text/tf-idf.ts';

/** What a model calls an id is cut to this length before it is looked up and told back. */
const longestId = 200;

const nothing = {
  global: 'No pathways were found for these keywords.',
  local: 'No sub-graph was found for this entity and these keywords.',
  history: 'No sub-graph was found for these keywords.',
  relations: 'No triples were found for these keywords.',
} as const;

/** What a saved index has ready; the rest is made. */
export interface ReadyParts {
  scoring?: Scoring;
  parts?: GraphParts;
  forms?: Forms;
  documents?: { nodes: TfIdf; edges: TfIdf };
}

/** `PathwaySearch` over typed arrays and word counts that are made once. */
export class IndexedSearch implements PathwaySearch {
  readonly graph: PathwayGraph;
  readonly mode: Mode;
  readonly scoring: Scoring;
  readonly names: NameIndex;
  readonly #index: GraphIndex;
  readonly #corpus: Corpus;
  readonly #retriever: SubgraphRetriever;
  #tripleScores: TfIdf | undefined;
  #entityScores: TfIdf | undefined;

  constructor(graph: PathwayGraph, mode: Mode, ready: ReadyParts = {}) {
    const { documents, scoring = 'tfidf' } = ready;
    this.graph = graph;
    this.mode = mode;
    this.scoring = scoring;
    this.names = new NameIndex(graph, ready.forms);
    this.#index = new GraphIndex(graph, ready.parts);
    const tables = documents && { nodes: documents.nodes.table, edges: documents.edges.table };
    this.#corpus = new Corpus(this.#index, mode, tables);
    this.#retriever = new SubgraphRetriever(this.#index, this.#corpus, { mode, scoring }, documents);
  }

  /** The documents that global searches score. */
  documents(): { nodes: TfIdf; edges: TfIdf } {
    return this.#retriever.documents;
  }

  global(
    keywords: Keywords,
    options: { targetSize?: number; topNodes?: number; topEdges?: number; seeds?: readonly string[] } = {},
  ): Found {
    const { topNodes = 128, topEdges = 512 } = options;
    const request = this.#request(keywords, options.targetSize, options.seeds);
    return this.#found(this.#retriever.global(request, topNodes, topEdges), nothing.global, request.named);
  }

  aroundTriple(triple: Triple, keywords: Keywords = [], options: { targetSize?: number } = {}): Found {
    const edge = this.#index.edgeNumber(triple);
    const ends = [this.#index.heads[edge] as number, this.#index.tails[edge] as number];
    return this.#around(ends, keywords, options.targetSize);
  }

  aroundEntity(entityId: string, keywords: Keywords = [], options: { targetSize?: number } = {}): Found {
    const match = this.#match(entityId);
    return 'info' in match
      ? { triples: [], info: match.info }
      : this.#around(match.nodes, keywords, options.targetSize);
  }

  aroundRelations(keywords: Keywords, options: { targetSize?: number; topTriples?: number } = {}): Found {
    const hits = this.#tripleIndex().search(this.#query(keywords), options.topTriples ?? 512);
    const nodes = new Set(
      hits.flatMap(({ document }) => [
        this.#index.heads[document] as number,
        this.#index.tails[document] as number,
      ]),
    );
    const inside = (edge: number) =>
      nodes.has(this.#index.heads[edge] as number) && nodes.has(this.#index.tails[edge] as number);
    const edges = Array.from(this.#index.edgeKeys, (_, edge) => edge).filter(inside);
    const sorted = [...nodes].sort((a, b) => a - b);
    return this.#localSubgraph(sorted, edges, keywords, options.targetSize, 1, nothing.relations);
  }

  summarise(triples: readonly Triple[], keywords: Keywords, options: { targetSize?: number } = {}): Found {
    const edges = [...new Set(triples.map((triple) => this.#index.edgeNumber(triple)))].sort((a, b) => a - b);
    const ends = edges.flatMap((edge) => [
      this.#index.heads[edge] as number,
      this.#index.tails[edge] as number,
    ]);
    const nodes = [...new Set(ends)].sort((a, b) => a - b);
    const pieces = new Pieces<number>();
    for (const edge of edges)
      pieces.join(this.#index.heads[edge] as number, this.#index.tails[edge] as number);
    return this.#localSubgraph(nodes, edges, keywords, options.targetSize, pieces.count, nothing.history);
  }

  inGraphOrder(triples: readonly Triple[]): Triple[] {
    const numbered = triples.map((triple) => ({ triple, edge: this.#index.edgeNumber(triple) }));
    return numbered.sort((a, b) => a.edge - b.edge).map(({ triple }) => triple);
  }

  nextSteps(entityId: string, keywords: Keywords = [], options: { topk?: number } = {}): Found {
    return this.#steps(
      entityId,
      this.#index.outgoing,
      keywords,
      options.topk,
      'No downstream steps were found.',
    );
  }

  previousSteps(entityId: string, keywords: Keywords = [], options: { topk?: number } = {}): Found {
    return this.#steps(
      entityId,
      this.#index.incoming,
      keywords,
      options.topk,
      'No upstream steps were found.',
    );
  }

  hopSteps(entityId: string, keywords: Keywords = [], options: { topk?: number } = {}): Found {
    const match = this.#match(entityId);
    if ('info' in match) return { triples: [], info: match.info };
    const { edges } = neighbourhood(this.#index, match.nodes, this.mode === 'better');
    return this.#best(edges, keywords, options.topk, `No triples were found within ${hops} hops.`);
  }

  searchRelations(keywords: Keywords, options: { topk?: number } = {}): Found {
    const hits = this.#tripleIndex().search(this.#query(keywords), options.topk ?? 8);
    return this.#inOrder(
      hits.map(({ document }) => document),
      nothing.relations,
    );
  }

  searchEntities(
    keywords: Keywords,
    options: { topk?: number; accepts?: (id: string) => boolean } = {},
  ): { entities: { id: string; text: string }[]; info: string } {
    const { topk = 8, accepts = () => true } = options;
    const { ids, table } = this.#corpus.entities;
    this.#entityScores ??= new TfIdf(table);
    const hits = this.#entityScores.search(this.#query(keywords));
    const found = hits.map(({ document }) => ids[document] as string).filter(accepts);
    const entities = found.slice(0, topk).map((id) => ({ id, text: this.#shortText(id) }));
    return { entities, info: entities.length > 0 ? '' : 'No item was found for these keywords.' };
  }

  nodesOf(entityId: string): string[] {
    const match = this.#match(entityId);
    return 'info' in match ? [] : match.nodes.map((node) => this.#index.nodeKeys[node] as string);
  }

  details(entityId: string): {
    fields: Readonly<Record<string, readonly string[]>> | undefined;
    info: string;
  } {
    const entries = this.graph.getAttribute('entries');
    const entry = entries.get(entityId) ?? this.graph.getAttribute('processes').get(entityId);
    if (entry === undefined)
      return { fields: undefined, info: `Error: ${entityId} is no id of this corpus.` };
    return { fields: viewOf(this.graph, entityId, entry, 'detail'), info: '' };
  }

  #query(keywords: Keywords): string {
    const list = typeof keywords === 'string' ? [keywords] : keywords;
    if (this.mode === 'compat') return list.join(' ');
    return withoutQuestionWords(list.map((text) => this.names.withSymbols(text)).join(' '));
  }

  #request(keywords: Keywords, targetSize: number | undefined, seeds?: readonly string[]): Request {
    const named = this.#named(keywords, seeds);
    const text = typeof keywords === 'string' ? keywords : keywords.join(' ');
    return { text, query: this.#query(keywords), named, targetSize: sizeOf(targetSize) };
  }

  /** The numbers of the nodes that a search should keep. */
  #named(keywords: Keywords, seeds?: readonly string[]): number[] {
    if (this.mode === 'compat') return [];
    const text = typeof keywords === 'string' ? keywords : keywords.join(' ; ');
    const keys = seeds ?? this.names.resolve(text).map(({ node }) => node);
    return [...new Set(keys)]
      .filter((key) => this.graph.hasNode(key))
      .map((key) => this.#index.nodeNumber(key));
  }

  #around(starts: readonly number[], keywords: Keywords, targetSize: number | undefined): Found {
    const { nodes, edges } = neighbourhood(this.#index, starts, this.mode === 'better');
    if (keywords.length > 0) {
      return this.#localSubgraph(nodes, edges, keywords, targetSize, 1, nothing.local);
    }
    if (this.mode === 'compat') return this.#inOrder(edges, nothing.local);
    const nearest = nearestEdges(this.#index, starts, new Set(edges)).slice(0, sizeOf(targetSize));
    const rest = edges.length - nearest.length;
    const found = this.#found(
      nearest.sort((a, b) => a - b),
      nothing.local,
    );
    return rest > 0 ? { ...found, info: `${rest} more lie near; keywords choose among them.` } : found;
  }

  #localSubgraph(
    nodes: readonly number[],
    edges: readonly number[],
    keywords: Keywords,
    targetSize: number | undefined,
    pieces: number,
    none: string,
  ): Found {
    const request = this.#request(keywords, targetSize);
    return this.#found(this.#retriever.local(nodes, edges, request, pieces), none, request.named);
  }

  #steps(
    entityId: string,
    side: Adjacency,
    keywords: Keywords,
    topk: number | undefined,
    none: string,
  ): Found {
    const match = this.#match(entityId);
    if ('info' in match) return { triples: [], info: match.info };
    const nodes = this.mode === 'better' ? familyCircle(this.#index, match.nodes) : match.nodes;
    const edges = [...nodes].flatMap((node) => [...edgesOf(side, node)]);
    return this.#best([...new Set(edges)], keywords, topk, none);
  }

  #best(edges: readonly number[], keywords: Keywords, topk: number | undefined, none: string): Found {
    if (keywords.length === 0) return this.#inOrder(edges, none);
    const hits = new TfIdf(this.#corpus.triples, edges).search(this.#query(keywords), topk ?? 8);
    return this.#inOrder(
      hits.map(({ document }) => document),
      none,
    );
  }

  #match(entityId: string): { nodes: readonly number[] } | { info: string } {
    const id = entityId.trim().slice(0, longestId);
    const found = this.#index.nodesOf(id);
    if (found.length > 0) return { nodes: found };
    const named = this.mode === 'better' ? this.names.lookup(id) : undefined;
    if (named !== undefined) return { nodes: [this.#index.nodeNumber(named)] };
    const kegg = this.graph.getAttribute('idScheme') === 'kegg';
    if (kegg && !id.includes(':') && prefixedId(id) === undefined) {
      return { info: `Error: ${id} is not a valid id: its prefix is of no kind that nodes have.` };
    }
    return { info: `Error: ${id} is not an entity of this graph.` };
  }

  #found(edges: readonly number[], none: string, first: readonly number[] = []): Found {
    const { heads, tails } = this.#index;
    const ends = edges.map((edge) => ({ edge, head: heads[edge] as number, tail: tails[edge] as number }));
    return this.#inOrder(
      depthFirst(ends, first).map(({ edge }) => edge),
      none,
    );
  }

  #inOrder(edges: readonly number[], none: string): Found {
    const triples = edges.map((edge) => this.#index.triple(edge));
    return { triples, info: triples.length > 0 ? '' : none };
  }

  #tripleIndex(): TfIdf {
    this.#tripleScores ??= new TfIdf(this.#corpus.triples);
    return this.#tripleScores;
  }

  #shortText(id: string): string {
    const entry = this.graph.getAttribute('entries').get(id) ?? {};
    const fields = Object.entries(viewOf(this.graph, id, entry, 'short'));
    return fields
      .filter(([, values]) => values.length > 0)
      .map(([field, values]) => `${field}: ${values.join('; ')}`)
      .join(' ');
  }
}

/** Edges to aim for; a model may ask for nonsense. */
function sizeOf(targetSize: number | undefined): number {
  if (targetSize === undefined || !Number.isFinite(targetSize)) return 16;
  return Math.min(512, Math.max(1, Math.trunc(targetSize)));
}
