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

/**
 * The data behind a line, as JSON: `[{ID, Name}, {Type, Subtype, Biological_Process}, {ID, Name}]` (spec §1.7). Long
 * lists are not shortened.
 */
export function illustrateTriple(graph: PathwayGraph, triple: Triple, mode: Mode = 'better'): string {
  const { head, tail, type, subtypes, processes } = partsOf(graph, triple, mode);
  const node = ({ ids, names }: typeof head) => ({ ID: ids, Name: names });
  const names = Object.fromEntries(processes.map(({ id, name }) => [id, name]));
  const relation = { Type: type, Subtype: subtypes, Biological_Process: names };
  return JSON.stringify([node(head), relation, node(tail)]);
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
