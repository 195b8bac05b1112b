import { z } from 'zod';
import { drawSubgraph } from '../../graphs/draw.ts';
import { statsOf } from '../../graphs/facts-of-graph.ts';
import type { PathwayGraph, Triple } from '../../graphs/pathway-graph.ts';
import { connects } from '../../graphs/pieces.ts';
import type { Scoring } from '../../graphs/search.ts';
import { renderTriple } from '../../graphs/text/render.ts';
import { MissingError } from '../errors.ts';
import { signSchema } from '../run.ts';
import { openGraph, openGraphSearch, searchSettings } from './graph-source.ts';
import { interruptSignal } from './interrupt.ts';
import { columns, note, plain, printJson, printLine } from './print.ts';
import { writeOutput } from './write-output.ts';

/** `graph stats --json` */
export const graphStatsSchema = z.object({
  name: z.string(),
  source: z.string(),
  licence: z.string().nullable(),
  hash: z.string(),
  nodes: z.number(),
  edges: z.number(),
  components: z.number(),
  largestComponent: z.number(),
  processes: z.number(),
  nodesByKind: z.record(z.string(), z.number()),
  edgesByType: z.record(z.string(), z.number()),
  edgesBySign: z.record(z.string(), z.number()),
  sourcedEdges: z.number(),
  hubs: z.array(z.object({ node: z.string(), label: z.string(), edges: z.number() })),
});

/** One statement of a graph, in every `--json` that lists some. */
export const statementSchema = z.object({
  text: z.string(),
  head: z.string(),
  tail: z.string(),
  type: z.string(),
  subtypes: z.array(z.string()),
  sign: signSchema,
  processes: z.array(z.string()),
  sources: z.array(z.string()),
});

const resolvedSchema = z.object({ text: z.string(), node: z.string(), name: z.string() });

/** `graph search --json` */
export const graphSearchSchema = z.object({
  names: z.array(resolvedSchema),
  entities: z.array(z.object({ id: z.string(), text: z.string() })),
  statements: z.array(statementSchema),
});

/** `graph show --json` */
export const graphShowSchema = z.object({
  nodes: z.array(
    z.object({
      node: z.string(),
      label: z.string(),
      kind: z.string(),
      names: z.array(z.string()),
      xrefs: z.record(z.string(), z.string()),
    }),
  ),
  incoming: z.array(statementSchema),
  outgoing: z.array(statementSchema),
});

/** `graph subgraph --json` */
export const graphSubgraphSchema = z.object({
  names: z.array(resolvedSchema),
  /** All named entities lie in one piece of the subgraph. */
  connected: z.boolean(),
  statements: z.array(statementSchema),
  info: z.string(),
});

interface ViewFlags {
  graph: string;
  json?: true;
  svg?: string;
}

export async function stats({ graph: name, json }: ViewFlags): Promise<void> {
  const found = statsOf(await openGraph(name, interruptSignal()));
  if (json) return printJson(graphStatsSchema.parse(found));
  const counted = (counts: Record<string, number>) =>
    Object.entries(counts)
      .map(([what, count]) => `${count} ${what}`)
      .join(', ');
  const rows = [
    ['name', found.name],
    ['read from', found.source],
    ['sha256', found.hash],
    ['nodes', `${found.nodes}: ${counted(found.nodesByKind)}`],
    ['edges', `${found.edges}: ${counted(found.edgesByType)}`],
    ['signs', counted(found.edgesBySign)],
    ['processes', String(found.processes)],
    ['with a source', `${found.sourcedEdges} edges`],
    ['components', `${found.components}, the largest with ${found.largestComponent} nodes`],
    ['most edges', found.hubs.map(({ label, edges }) => `${label} ${edges}`).join(', ')],
  ];
  for (const row of columns(rows)) printLine(plain(row));
}

export async function search(words: string[], flags: ViewFlags & { top: number }): Promise<void> {
  const found = await openGraphSearch(flags.graph, { mode: 'better' }, interruptSignal());
  const names = found.names.resolve(words.join(' '));
  const { entities, info } = found.searchEntities(words, { topk: flags.top });
  const { triples } = found.searchRelations(words, { topk: flags.top });
  const statements = triples.map((triple) => statementOf(found.graph, triple));
  if (flags.json) return printJson(graphSearchSchema.parse({ names, entities, statements }));
  for (const { text, node, name } of names) printLine(plain(`"${text}" is ${name} (${node})`));
  for (const row of columns(entities.map(({ id, text }) => [id, text]))) printLine(plain(row));
  for (const { text } of statements) printLine(plain(text));
  if (entities.length === 0) note(info);
}

export async function show(entity: string, flags: ViewFlags): Promise<void> {
  const found = await openGraphSearch(flags.graph, { mode: 'better' }, interruptSignal());
  const { graph } = found;
  const keys = found.nodesOf(entity);
  if (keys.length === 0) {
    throw new MissingError(`"${entity}" is not in the graph`, {
      hint: `Look for it: pathact graph search "${entity}".`,
    });
  }
  const outgoing = keys.flatMap((key) => graph.mapOutEdges(key, tripleOf));
  const incoming = keys.flatMap((key) => graph.mapInEdges(key, tripleOf));
  if (flags.svg) writeSvg(flags.svg, graph, [...outgoing, ...incoming], keys, entity);
  const shown = {
    nodes: keys.map((node) => ({ node, ...graph.getNodeAttributes(node) })),
    incoming: incoming.map((triple) => statementOf(graph, triple)),
    outgoing: outgoing.map((triple) => statementOf(graph, triple)),
  };
  if (flags.json) return printJson(graphShowSchema.parse(shown));
  for (const { node, label, kind, names, xrefs } of shown.nodes) {
    const references = Object.entries(xrefs).map(([base, id]) => `, ${base} ${id}`);
    printLine(plain(`${label} (${node}), ${kind}${references.join('')}: ${names.join('; ')}`));
  }
  printStatements('acted on by', shown.incoming);
  printStatements('acts on', shown.outgoing);
}

export async function subgraph(
  words: string[],
  flags: ViewFlags & { size?: number; cx2?: string; compat?: true; scoring?: Scoring },
): Promise<void> {
  const how = searchSettings(flags.compat === true, flags.scoring);
  const found = await openGraphSearch(flags.graph, how, interruptSignal());
  const { graph } = found;
  const names = found.names.resolve(words.join(' '));
  const keys = names.map(({ node }) => node);
  const { triples, info } = found.global(words, { targetSize: flags.size ?? 16 });
  if (flags.svg) writeSvg(flags.svg, graph, triples, keys, words.join(' '));
  if (flags.cx2) (await import('./graph-genes.ts')).writeCx2(flags.cx2, graph, triples, words.join(' '));
  const statements = triples.map((triple) => statementOf(graph, triple));
  const connected = connects(graph, triples, keys);
  if (flags.json) return printJson(graphSubgraphSchema.parse({ names, connected, statements, info }));
  for (const { text, node, name } of names) note(plain(`"${text}" is ${name} (${node})`));
  for (const [i, { text }] of statements.entries()) printLine(plain(`${i}) ${text}`));
  if (info) note(info);
  if (!connected && names.length > 1) note('The named entities are not connected here.');
}

export function statementOf(graph: PathwayGraph, triple: Triple): z.infer<typeof statementSchema> {
  const { type, subtypes, sign, processes, evidences } = graph.getEdgeAttributes(triple.edge);
  return {
    text: renderTriple(graph, triple),
    head: triple.head,
    tail: triple.tail,
    type,
    subtypes,
    sign,
    processes: processes.map(({ id }) => id),
    sources: [...new Set(evidences.map(({ source }) => source).filter((source) => source !== ''))],
  };
}

const tripleOf = (edge: string, _attributes: unknown, head: string, tail: string): Triple => ({
  edge,
  head,
  tail,
});

function printStatements(title: string, statements: readonly z.infer<typeof statementSchema>[]): void {
  if (statements.length === 0) return;
  printLine(`${title}:`);
  for (const { text } of statements) printLine(plain(`  ${text}`));
}

export function writeSvg(
  file: string,
  graph: PathwayGraph,
  triples: readonly Triple[],
  highlight: readonly string[],
  title: string,
): void {
  writeOutput(file, drawSubgraph(graph, triples, { highlight, title }), '--svg');
  note(`wrote ${file}`);
}
