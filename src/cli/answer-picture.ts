import { drawSubgraph } from '../../graphs/draw.ts';
import type { PathwaySearch } from '../../graphs/search.ts';
import type { AskSummary } from './answer-summary.ts';
import { writeOutput } from './write-output.ts';

/** Writes the evidence as an SVG picture, with the entities that the question names standing out. */
export function writePicture(file: string, { graph, names }: PathwaySearch, summary: AskSummary): void {
  const triples = summary.evidence.map(({ edge }) => ({
    edge,
    head: graph.source(edge),
    tail: graph.target(edge),
  }));
  const highlight = names.resolve(summary.question).map(({ node }) => node);
  const picture = drawSubgraph(graph, triples, { highlight, title: summary.question });
  writeOutput(file, picture, '--svg');
}
