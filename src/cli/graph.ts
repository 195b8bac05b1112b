import { type Command, InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import type { ExportFlags } from './graph-export.ts';
import { aboutGraphSchema, type ImportFlags } from './graph-import.ts';
import { curatedName } from './graph-source.ts';
import { interruptSignal } from './interrupt.ts';
import { columns, plain, printJson, printLine } from './print.ts';

/** `graph list --json` */
export const graphListSchema = z.object({ default: z.string(), graphs: z.array(aboutGraphSchema) });

const formatHelp = `
Formats:
  GraphML in the BioMaze format (.graphml), its entry corpus overall_entries.json beside it or given
  a folder of three tab-separated tables, each with a header row:
    processes.tsv  id name category
    nodes.tsv      id kind name aliases ncbi chebi      (aliases separated by ;)
    edges.tsv      head tail relation subtypes sign process source

Example:
  pathact graph import ~/biomaze/graph.graphml --name kegg --entries ~/biomaze/overall_entries.json`;

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
    .description('a graph in figures')
    .option('--json', 'one JSON document: nodes, edges, nodesByKind, edgesBySign, …')
    .addHelpText('after', '\nExample:\n  pathact graph stats --graph curated')
    .action(async (flags) => (await views()).stats(flags));
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
    .argument('<words...>', 'a question or keywords')
    .description('the connected statements that match best, as PathSeeker sees them')
    .option('--size <n>', 'statements to aim for', count(1, 512), 16)
    .option('--svg <file>', 'draw them')
    .addOption(
      new Option('--scoring <how>', 'of nodes: by words, or also by names alike').choices([
        'tfidf',
        'hybrid',
      ]),
    )
    .option('--compat', 'search exactly as the reference implementation does')
    .option('--json', 'one JSON document: names[], connected, statements[], info')
    .addHelpText(
      'after',
      '\nExample:\n  pathact graph subgraph "Does loss of PTEN lower FOXO activity?" --svg pten.svg',
    )
    .action(async (words, flags) => (await views()).subgraph(words, flags));
}

function registerFiles(graph: Command): void {
  graph
    .command('import')
    .argument('<path>', 'a .graphml file or a folder with nodes.tsv')
    .description('check a graph of yours and keep a copy to use by name')
    .option('--name <name>', 'the name to use it by; the file name if left out')
    .option('--entries <file>', 'the entry corpus of a GraphML graph')
    .option('--replace', 'replace the graph of that name')
    .option('--json', 'one JSON document: graph, files, failed[], nodes, edges, merged, dropped')
    .addHelpText('after', formatHelp)
    .action(async (path: string, flags: ImportFlags) =>
      (await import('./graph-import.ts')).importGraph(path, flags),
    );
  withGraph(graph.command('export'))
    .description('write a graph for other programs, to a file or stdout')
    .addOption(new Option('--format <format>', 'the format').choices(['graphml', 'sif']).default('graphml'))
    .option('-o, --output <file>', 'the file; GraphML puts overall_entries.json beside it')
    .option('--json', 'one JSON document: graph, format, files, nodes, edges')
    .addHelpText('after', '\nExample:\n  pathact graph export --format graphml -o curated.graphml')
    .action(async (flags: ExportFlags) => (await import('./graph-export.ts')).exportGraph(flags));
}

function withGraph(command: Command): Command {
  return command.option('--graph <name|file>', 'the graph', curatedName);
}

async function list({ json }: { json?: true }): Promise<void> {
  const { openGraph } = await import('./graph-source.ts');
  const { importedGraphs } = await import('./graph-import.ts');
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
