import type { PathwayGraph, Triple } from '../../graphs/pathway-graph.ts';
import type { Mode } from '../../graphs/text/line.ts';
import type { EvidenceLine } from '../../src/run.ts';
import { evidenceLine } from '../evidence-line.ts';

/** Everything an investigation has seen, each statement once, numbered from 0 in the order of its first sight. */
export class History {
  readonly #graph: PathwayGraph;
  readonly #mode: Mode;
  readonly #triples: Triple[] = [];
  readonly #lineOfEdge = new Map<string, number>();

  constructor(graph: PathwayGraph, mode: Mode) {
    this.#graph = graph;
    this.#mode = mode;
  }

  get size(): number {
    return this.#triples.length;
  }

  get triples(): readonly Triple[] {
    return this.#triples;
  }

  /** Keeps the triples not seen before and returns their lines; numbers count on over all observations. */
  add(triples: readonly Triple[]): EvidenceLine[] {
    const first = this.size;
    for (const triple of triples) {
      if (this.#lineOfEdge.has(triple.edge)) continue;
      this.#lineOfEdge.set(triple.edge, this.size);
      this.#triples.push(triple);
    }
    return this.#triples.slice(first).map((triple, i) => this.#line(triple, first + i, []));
  }

  /** The lines of triples that were added, under the numbers they have. */
  linesOf(triples: readonly Triple[]): EvidenceLine[] {
    return triples.map((triple) => this.#line(triple, this.#lineOfEdge.get(triple.edge)!, []));
  }

  /** The given triples as evidence for an answer: numbered from 0, shortened with the question in view. */
  evidence(triples: readonly Triple[], question: string): EvidenceLine[] {
    return triples.map((triple, i) => this.#line(triple, i, [question]));
  }

  #line(triple: Triple, line: number, keywords: readonly string[]): EvidenceLine {
    return evidenceLine(this.#graph, triple, line, { mode: this.#mode, keywords });
  }
}
