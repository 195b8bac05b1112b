import type { Evidence, PathwayGraph, Triple } from '../graphs/pathway-graph.ts';
import { type RenderOptions, renderTriple } from '../graphs/text/render.ts';
import type { EvidenceLine } from '../src/run.ts';

/** A statement of the graph as a numbered line, with what it takes to check it. */
export function evidenceLine(
  graph: PathwayGraph,
  triple: Triple,
  line: number,
  options: RenderOptions = {},
): EvidenceLine {
  const { sign, evidences } = graph.getEdgeAttributes(triple.edge);
  return {
    line,
    text: renderTriple(graph, triple, options),
    edge: triple.edge,
    head: graph.getNodeAttribute(triple.head, 'label'),
    tail: graph.getNodeAttribute(triple.tail, 'label'),
    sign,
    sources: [...new Set(evidences.flatMap(sourcesOf))],
  };
}

function sourcesOf({ source, pmids }: Evidence): string[] {
  return [source, ...pmids.map((pmid) => `PMID ${pmid}`)].filter((text) => text !== '');
}
