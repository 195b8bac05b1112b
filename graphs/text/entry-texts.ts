import { viewOf } from '../entries.ts';
import type { PathwayGraph } from '../pathway-graph.ts';
import { DocumentTable } from './document-table.ts';
import { TfIdf } from './tf-idf.ts';

/** One entry of the corpus as plain text: `FIELD: values`, a field a line. */
export interface EntryText {
  id: string;
  text: string;
}

/** The entries of a graph's corpus, of entities and processes, as texts that are found by their words. */
export class EntryTexts {
  readonly #texts: EntryText[];
  readonly #scores: TfIdf;

  constructor(graph: PathwayGraph) {
    const entries = new Map([...graph.getAttribute('entries'), ...graph.getAttribute('processes')]);
    this.#texts = [...entries].map(([id, entry]) => {
      const fields = Object.entries({
        ...viewOf(graph, id, entry, 'retrieval'),
        ...viewOf(graph, id, entry, 'detail'),
      });
      const told = fields.filter(([, values]) => values.length > 0);
      return { id, text: told.map(([name, values]) => `${name}: ${values.join('; ')}`).join('\n') };
    });
    this.#scores = new TfIdf(DocumentTable.fromTexts(this.#texts.map(({ id, text }) => `${id} ${text}`)));
  }

  /** The `topk` texts most like the query by TF-IDF cosine, best first; fewer where fewer have a word of it. */
  search(query: string, topk: number): EntryText[] {
    return this.#scores.search(query, topk).map(({ document }) => this.#texts[document] as EntryText);
  }
}
