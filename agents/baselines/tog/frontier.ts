import type { PathwayGraph, Triple } from '../../../graphs/pathway-graph.ts';
import type { PathwaySearch } from '../../../graphs/search.ts';

/** KEGG's ids of genes, compounds and orthologues; other entries of a corpus are no entities to start from. */
const KEGG_ENTITY = /^(?:[CK]|\d)/;

/** What Think-on-Graph explores: the entities to expand next, and all triples and entities it has met. */
export class Frontier {
  readonly #search: PathwaySearch;
  readonly #graph: PathwayGraph;
  readonly #expanded = new Set<string>();
  readonly #seen = new Set<string>();
  #queue: string[];

  /** Starts from the best `most` entities for the question; by default from those that it names first. */
  constructor(question: string, search: PathwaySearch, most: number) {
    this.#search = search;
    this.#graph = search.graph;
    const named =
      search.mode === 'compat'
        ? []
        : search.names.resolve(question).flatMap(({ node }) => this.#entitiesOf(node));
    const accepts =
      this.#graph.getAttribute('idScheme') === 'kegg' ? (id: string) => KEGG_ENTITY.test(id) : undefined;
    const { entities } = search.searchEntities([question], { topk: most, ...(accepts && { accepts }) });
    this.#queue = [...new Set([...named, ...entities.map(({ id }) => id)])].slice(0, most);
  }

  /** The edges in and out of every waiting entity that were not met before. */
  expand(): Triple[] {
    const found: Triple[] = [];
    for (const id of this.#queue) {
      this.#expanded.add(id);
      const { triples: out } = this.#search.nextSteps(id);
      const { triples: back } = this.#search.previousSteps(id);
      for (const triple of [...out, ...back]) {
        if (this.#seen.has(triple.edge)) continue;
        this.#seen.add(triple.edge);
        found.push(triple);
      }
    }
    this.#queue = [];
    return found;
  }

  /** The entities at both ends of what was selected wait for the next expansion, those not yet expanded. */
  follow(triples: readonly Triple[]): void {
    const ids = triples.flatMap(({ head, tail }) => [...this.#entitiesOf(head), ...this.#entitiesOf(tail)]);
    this.#queue = [...new Set(ids)].filter((id) => !this.#expanded.has(id));
  }

  #entitiesOf(node: string): string[] {
    return this.#graph.getNodeAttribute(node, 'entities').map(({ id }) => id);
  }
}
