import type { PathwayGraph, Triple } from '../pathway-graph.ts';
import { compact } from './compact.ts';
import { lineOf, type Mode, partsOf } from './line.ts';

export interface RenderOptions {
  mode?: Mode;
  /** cl100k tokens above which a line is shortened; the reference's 150 by default. */
  limit?: number;
  /** What to keep first when a line is shortened: names and processes like these. */
  keywords?: readonly string[];
}

/** One statement of the graph as one line of text: `HEAD | TAIL | TYPE SUBTYPES | PROCESSES` (spec §1.8). */
export function renderTriple(graph: PathwayGraph, triple: Triple, options: RenderOptions = {}): string {
  const { mode = 'better', limit = 150, keywords = [] } = options;
  return lineOf(compact(partsOf(graph, triple, mode), limit, keywords, mode), mode);
}

/** Several lines, numbered from `first`: `7) …`. */
export function renderTriples(
  graph: PathwayGraph,
  triples: readonly Triple[],
  options: RenderOptions & { first?: number } = {},
): string[] {
  const first = options.first ?? 0;
  return triples.map((triple, i) => `${first + i}) ${renderTriple(graph, triple, options)}`);
}
