import { z } from 'zod';
import { readGeneList } from '../../graphs/gene-list.ts';
import { type GeneSubgraph, geneSubgraph, graphOfTriples } from '../../graphs/gene-subgraph.ts';
import type { PathwayGraph, Triple } from '../../graphs/pathway-graph.ts';
import { connects } from '../../graphs/pieces.ts';
import { cx2Of } from '../../graphs/write-cx2.ts';
import { MissingError } from '../errors.ts';
import { openGraph } from './graph-source.ts';
import { statementOf, statementSchema, writeSvg } from './graph-views.ts';
import { interruptSignal } from './interrupt.ts';
import { note, plain, printJson, printLine } from './print.ts';
import { writeOutput } from './write-output.ts';

/** `graph subgraph --genes FILE --json` */
export const geneSubgraphSchema = z.object({
  genes: z.array(
    z.object({ id: z.string(), weight: z.number(), nodes: z.array(z.string()), connected: z.boolean() }),
  ),
  /** Ids that the graph does not have. */
  missing: z.array(z.string()),
  /** Rows of ids that the list has already. */
  repeated: z.number().int(),
  /** All found genes lie in one piece. */
  connected: z.boolean(),
  statements: z.array(statementSchema),
});

interface Flags {
  graph: string;
  genes: string;
  size?: number;
  svg?: string;
  cx2?: string;
  json?: true;
}

/** The subgraph that connects a gene list, and what of the list it could not use. */
export async function subgraphOfGenes({ genes: file, size, ...flags }: Flags): Promise<void> {
  const signal = interruptSignal();
  const { genes, repeated } = await readGeneList(file, signal);
  const graph = await openGraph(flags.graph, signal);
  const part = geneSubgraph(graph, genes, size);
  if (part.found.length === 0) {
    throw new MissingError(`no gene of ${file} is in the graph "${flags.graph}"`, {
      hint: `Its first ids are ${part.missing.slice(0, 3).join(', ')}; see how the graph writes them: pathact graph search.`,
    });
  }
  const named = part.found.filter(({ connected }) => connected).flatMap(({ nodes }) => nodes);
  if (flags.svg) writeSvg(flags.svg, graph, part.triples, named, `Subgraph of the genes in ${file}`);
  if (flags.cx2) writeCx2(flags.cx2, graph, part.triples, `Genes of ${file}`, part.weights);
  const statements = part.triples.map((triple) => statementOf(graph, triple));
  const { found, missing } = part;
  const connected = connects(graph, part.triples, keysOf(part));
  if (flags.json) {
    printJson(geneSubgraphSchema.parse({ genes: found, missing, repeated, connected, statements }));
    return;
  }
  for (const [i, { text }] of statements.entries()) printLine(plain(`${i}) ${text}`));
  for (const line of reportLines(part, repeated)) note(plain(line));
}

/** A node of each gene that is in the subgraph. */
function keysOf({ found, triples }: GeneSubgraph): string[] {
  const covered = new Set(triples.flatMap(({ head, tail }) => [head, tail]));
  return found.map(({ nodes }) => nodes.find((node) => covered.has(node)) ?? (nodes[0] as string));
}

function reportLines({ found, missing }: GeneSubgraph, repeated: number): string[] {
  const apart = found.filter(({ connected }) => !connected).map(({ id }) => id);
  const listed = (what: string, ids: readonly string[]) =>
    ids.length === 0 ? [] : [`${ids.length} ${what}: ${ids.join(', ')}`];
  return [
    `${found.length - apart.length} of ${found.length + missing.length} genes are connected.`,
    ...listed('not in the graph', missing),
    ...listed('in the graph, but too far from the others for their weight', apart),
    ...(repeated > 0 ? [`${repeated} rows repeat a gene; its largest weight counts.`] : []),
  ];
}

/** Writes the triples as CX2. */
export function writeCx2(
  file: string,
  graph: PathwayGraph,
  triples: readonly Triple[],
  name: string,
  weights?: ReadonlyMap<string, number>,
): void {
  const pieces = cx2Of(graphOfTriples(graph, triples), { name, ...(weights && { weights }) });
  writeOutput(file, [...pieces].join(''), '--cx2');
  note(`wrote ${file}`);
}
