import { type Command, InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import { UsageError } from '../errors.ts';
import type { ExportFlags } from './graph-export.ts';
import type { ImportFlags } from './graph-import.ts';
import { curatedName } from './graph-source.ts';
import { interruptSignal } from './interrupt.ts';
import { aboutGraphSchema, importedGraphs } from './keep-graph.ts';
import { columns, plain, printJson, printLine } from './print.ts';

/** `graph list --json` */
export const graphListSchema = z.object({ default: z.string(), graphs: z.array(aboutGraphSchema) });

const formatHelp = `
Formats, told apart by content, gzip unpacked on the way, folders walked to their ends:
  KEGG KGML, WikiPathways GPML 2013a and 2021, BioPAX 2 and 3, SBML, CX, CX2, GML, GraphML, SIF,
  SIGNOR and OmniPath tables, and what graph export writes
  BioMaze GraphML (.graphml), its entry corpus overall_entries.json beside it or given with --entries
  a folder of three tab-separated tables, each with a header row:
    processes.tsv  id name category
    nodes.tsv      id kind name aliases ncbi chebi      (aliases separated by ;)
    edges.tsv      head tail relation subtypes sign process source
  One BioMaze graph or one folder of tables by itself is kept as it is; everything else is merged into one graph,
  one node an entity, one edge an ordered pair with all its evidences.

Mapping tables that merge ids (identifiers/*.tsv, what data pull brought of HGNC and ChEBI, and famplex/*.csv) are
read from the data folder where they are there; without them genes merge by exact symbol within a species.

Examples:
  pathact graph import ~/wikipathways ~/signor/all.tsv --name human
  pathact graph import ~/omnipath.tsv --name open --licence "CC BY 4.0" --policy commercial
  pathact graph import ~/biomaze/graph.graphml --name kegg --entries ~/biomaze/overall_entries.json`;

const subgraphHelp = `
Examples:
  pathact graph subgraph "Does loss of PTEN lower FOXO activity?" --svg pten.svg
  pathact graph subgraph --genes hits.tsv --svg hits.svg --cx2 hits.cx2

With --genes the weights (of fold changes the distance from 0) decide which genes are worth connecting; ids that the
graph does not have, and genes that stay apart, are named on stderr.`;

export function registerGraph(program: Command): void {
  const graph = program.command('graph').description('pathway graphs: import, look up, search, draw');
  registerList(graph);
  registerViews(graph);
  registerFiles(graph);
}

function registerList(graph: Command): void {
  graph
    .command('list', { isDefault: true })
    .description('the graphs on this machine')
    .option('--json', 'one JSON document: default, graphs[] {name, source, nodes, edges, hash}')
    .addHelpText('after', '\nExample:\n  pathact graph list')
    .action(list);
}

function registerViews(graph: Command): void {
  const views = () => import('./graph-views.ts');
  withGraph(graph.command('stats'))
    .argument('[name]', 'the graph, as --graph')
    .description('a graph in figures')
    .option('--json', 'one JSON document: nodes, edges, nodesByKind, edgesBySign, …')
    .addHelpText('after', '\nExample:\n  pathact graph stats curated')
    .action(async (name: string | undefined, flags) =>
      (await views()).stats({ ...flags, graph: name ?? flags.graph }),
    );
  withGraph(graph.command('search'))
    .argument('<words...>', 'a name, or words of a description')
    .description('entities and statements that match words, best first')
    .option('--top <n>', 'how many of each', count(1, 1000), 8)
    .option('--json', 'one JSON document: names[], entities[], statements[]')
    .addHelpText('after', '\nExample:\n  pathact graph search "forkhead transcription factor"')
    .action(async (words, flags) => (await views()).search(words, flags));
  withGraph(graph.command('show'))
    .argument('<entity>', 'an id, a symbol or an everyday name')
    .description('one entity, what acts on it and what it acts on')
    .option('--svg <file>', 'draw it')
    .option('--json', 'one JSON document: nodes[], incoming[], outgoing[]')
    .addHelpText('after', '\nExample:\n  pathact graph show p53 --svg p53.svg')
    .action(async (entity, flags) => (await views()).show(entity, flags));
  withGraph(graph.command('subgraph'))
    .argument('[words...]', 'a question or keywords')
    .description('the connected statements that match a question best, or that connect a list of genes')
    .option('--genes <file.tsv>', 'a list of genes in place of words: columns id and weight')
    .option('--size <n>', 'statements to aim for (default: 16, of genes three each)', count(1, 512))
    .option('--svg <file>', 'draw them')
    .option('--cx2 <file>', 'write them for Cytoscape or NDEx')
    .addOption(
      new Option('--scoring <how>', 'of nodes: by words, or also by names alike').choices([
        'tfidf',
        'hybrid',
      ]),
    )
    .option('--compat', 'search exactly as the reference implementation does')
    .option(
      '--json',
      'one JSON document: names[], connected, statements[], info; of genes: genes[], missing[]',
    )
    .addHelpText('after', subgraphHelp)
    .action(subgraph);
}

function registerFiles(graph: Command): void {
  graph
    .command('import')
    .argument('<paths...>', 'pathway files, and folders of them')
    .description('read pathway files of any known format into one graph to use by name')
    .option('--name <name>', 'the name to use it by; the first file name if left out')
    .option('--entries <file>', 'the entry corpus of a BioMaze GraphML graph')
    .addOption(
      new Option('--policy <policy>', 'keep only statements whose licence allows this use').choices([
        'commercial',
      ]),
    )
    .option('--licence <text>', 'the licence of files that do not tell theirs')
    .option('--replace', 'replace the graph of that name')
    .option('--json', 'one JSON document: graph, files, failed[], nodes, edges, merged, dropped, …')
    .addHelpText('after', formatHelp)
    .action(async (paths: string[], flags: ImportFlags) =>
      (await import('./graph-import.ts')).importGraph(paths, flags),
    );
  withGraph(graph.command('export'))
    .description('write a graph for other programs, to a file or stdout')
    .addOption(
      new Option('--format <format>', 'the format')
        .choices(['graphml', 'cx2', 'sif', 'tsv', 'json'])
        .default('graphml'),
    )
    .option(
      '-o, --output <file>',
      'the file, for tsv the folder; GraphML puts overall_entries.json beside it',
    )
    .option('--json', 'one JSON document: graph, format, files, nodes, edges')
    .addHelpText('after', '\nExample:\n  pathact graph export --format graphml -o curated.graphml')
    .action(async (flags: ExportFlags) => (await import('./graph-export.ts')).exportGraph(flags));
}

interface SubgraphFlags {
  graph: string;
  genes?: string;
  size?: number;
  svg?: string;
  cx2?: string;
  compat?: true;
  json?: true;
}

async function subgraph(words: string[], { genes, ...flags }: SubgraphFlags): Promise<void> {
  if (words.length > 0 === (genes !== undefined)) {
    throw new UsageError('either words or --genes FILE say what the subgraph is about', {
      hint: 'pathact graph subgraph --help shows both.',
    });
  }
  if (genes !== undefined && flags.compat) {
    throw new UsageError('--compat is for words: the reference takes no gene list');
  }
  if (genes === undefined) return (await import('./graph-views.ts')).subgraph(words, flags);
  return (await import('./graph-genes.ts')).subgraphOfGenes({ ...flags, genes });
}

function withGraph(command: Command): Command {
  return command.option('--graph <name|file>', 'the graph', curatedName);
}

async function list({ json }: { json?: true }): Promise<void> {
  const { openGraph } = await import('./graph-source.ts');
  const curated = await openGraph(curatedName, interruptSignal());
  const { source, hash } = curated.getAttributes();
  const about = { name: curatedName, source, nodes: curated.order, edges: curated.size, hash };
  const graphs = [about, ...importedGraphs()];
  if (json) return printJson(graphListSchema.parse({ default: curatedName, graphs }));
  const rows = graphs.map(({ name, nodes, edges, source }) => [
    name,
    `${nodes} nodes`,
    `${edges} edges`,
    source,
  ]);
  for (const row of columns(rows)) printLine(plain(row));
}

function count(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`A whole number from ${least} to ${most}, please.`);
  };
}
