import type { PathwayGraph, Triple } from '../../../graphs/pathway-graph.ts';
import { DocumentTable } from '../../../graphs/text/document-table.ts';
import { TfIdf } from '../../../graphs/text/tf-idf.ts';

/** Stored with a run: another order of the lines is another version. */
export const PROCESS_RULE =
  'processes by named entities, then by likeness; whole, in graph order; cut at the end (1)';

/** The processes of a graph, each with its edges in graph order. Made once a graph. */
export class ProcessTable {
  readonly #graph: PathwayGraph;
  readonly #edges = new Map<string, Triple[]>();
  readonly #ids: string[];
  readonly #scores: TfIdf;

  constructor(graph: PathwayGraph) {
    this.#graph = graph;
    const names = new Map<string, string>();
    graph.forEachEdge((edge, { processes }, head, tail) => {
      for (const { id, name } of processes.length > 0 ? processes : [{ id: '', name: '' }]) {
        names.set(id, name);
        const edges = this.#edges.get(id);
        if (edges) edges.push({ edge, head, tail });
        else this.#edges.set(id, [{ edge, head, tail }]);
      }
    });
    this.#ids = [...this.#edges.keys()];
    const texts = this.#ids.map((id) => `${names.get(id)} ${this.#labels(id).join(' ')}`);
    this.#scores = new TfIdf(DocumentTable.fromTexts(texts));
  }

  /**
   * The edges of whole processes, the one first that holds most of the `named` nodes; among equals the one whose
   * name and members are most like the question. Each edge once, until there are at least `enough`.
   */
  edgesFor(question: string, named: readonly string[], enough: number): Triple[] {
    const scores = this.#scores.scores(question);
    const ranked = this.#ids
      .map((id, i) => ({ id, named: this.#holds(id, named), score: scores[i] as number }))
      .filter(({ named, score }) => named > 0 || score > 0)
      .sort((a, b) => b.named - a.named || b.score - a.score);
    const edges = new Map<string, Triple>();
    for (const { id } of ranked) {
      if (edges.size >= enough) break;
      for (const triple of this.#edges.get(id) ?? []) edges.set(triple.edge, triple);
    }
    return [...edges.values()];
  }

  #holds(id: string, named: readonly string[]): number {
    const nodes = new Set((this.#edges.get(id) ?? []).flatMap(({ head, tail }) => [head, tail]));
    return named.filter((node) => nodes.has(node)).length;
  }

  #labels(id: string): string[] {
    const nodes = new Set((this.#edges.get(id) ?? []).flatMap(({ head, tail }) => [head, tail]));
    return [...nodes].map((node) => this.#graph.getNodeAttribute(node, 'label'));
  }
}
