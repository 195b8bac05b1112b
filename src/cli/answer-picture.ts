import { writeFileSync } from 'node:fs';
import { drawSubgraph } from '../../graphs/draw.ts';
import type { PathwaySearch } from '../../graphs/search.ts';
import { PathactError } from '../errors.ts';
import type { AskSummary } from './answer-summary.ts';

/** Writes the evidence as an SVG picture, with the entities that the question names standing out. */
export function writePicture(file: string, { graph, names }: PathwaySearch, summary: AskSummary): void {
  const triples = summary.evidence.map(({ edge }) => ({
    edge,
    head: graph.source(edge),
    tail: graph.target(edge),
  }));
  const highlight = names.resolve(summary.question).map(({ node }) => node);
  const picture = drawSubgraph(graph, triples, { highlight, title: summary.question });
  try {
    writeFileSync(file, picture);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new PathactError(`cannot write ${file}: ${reason}`, {
      hint: 'Give --svg a file in a folder that exists.',
      cause,
    });
  }
}
