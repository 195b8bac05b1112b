import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import type { LoadedGraph } from '../../graphs/graph-builder.ts';
import { readGraph } from '../../graphs/load.ts';
import { entriesFile } from '../../graphs/read-graphml-graph.ts';
import { tsvFiles } from '../../graphs/read-tsv-graph.ts';
import { MalformedFileError, MissingError, UsageError } from '../errors.ts';
import { curatedName, graphsFolder } from './graph-source.ts';
import { interruptSignal } from './interrupt.ts';
import { plain, printJson, printLine } from './print.ts';

/** `graph import --json` */
export const importReportSchema = z.object({
  graph: z.string(),
  files: z.array(z.string()),
  failed: z.array(z.object({ file: z.string(), error: z.string() })),
  nodes: z.number(),
  edges: z.number(),
  /** Parallel edges joined to one. */
  merged: z.number(),
  /** What was left out, by reason. */
  dropped: z.record(z.string(), z.number()),
});
export type ImportReport = z.infer<typeof importReportSchema>;

/** `about.json` in an imported graph's folder, and each graph of `graph list --json`. */
export const aboutGraphSchema = z.object({
  name: z.string(),
  source: z.string(),
  nodes: z.number(),
  edges: z.number(),
  hash: z.string(),
});
export type AboutGraph = z.infer<typeof aboutGraphSchema>;

export interface ImportFlags {
  name?: string;
  entries?: string;
  replace?: true;
  json?: true;
}

/** Checks a graph by reading all of it, then keeps a copy under its name. */
export async function importGraph(path: string, flags: ImportFlags): Promise<void> {
  const name = flags.name ?? basename(path).replace(/\.[^.]*$/, '');
  checkName(name, flags.replace === true);
  const files = filesOf(path, flags.entries);
  try {
    const loaded = await readGraph(path, { name, ...entriesOption(flags) }, interruptSignal());
    keep(name, path, files, loaded);
    const sources = [...files.keys()];
    printReport({ graph: name, files: sources, failed: [], ...loaded.report }, flags.json === true);
  } catch (error) {
    if (flags.json && error instanceof MalformedFileError) {
      const file = [...files.keys()].find((source) => error.message.startsWith(source)) ?? path;
      const failed = [{ file, error: error.message }];
      printJson({
        graph: name,
        files: [],
        failed,
        nodes: 0,
        edges: 0,
        merged: 0,
        dropped: {},
      } satisfies ImportReport);
    }
    throw error;
  }
}

/** The imported graphs, by name. A folder without a readable `about.json` is not one. */
export function importedGraphs(): AboutGraph[] {
  const folder = graphsFolder();
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      try {
        return [aboutGraphSchema.parse(JSON.parse(readFileSync(join(folder, name, 'about.json'), 'utf8')))];
      } catch {
        return [];
      }
    });
}

function checkName(name: string, replace: boolean): void {
  if (!/^[A-Za-z0-9][\w.-]{0,63}$/.test(name) || name === curatedName) {
    throw new UsageError(`"${name}" cannot be a graph's name`, {
      hint: `Give one with --name: letters, digits, dots, dashes; not "${curatedName}".`,
    });
  }
  if (existsSync(join(graphsFolder(), name)) && !replace) {
    throw new UsageError(`there is a graph "${name}" already`, { hint: 'Use --replace, or another --name.' });
  }
}

/** Source file → name in the graph's folder. */
function filesOf(path: string, entries: string | undefined): Map<string, string> {
  if (!existsSync(path)) {
    throw new MissingError(`there is no ${path}`, {
      hint: 'Name a .graphml file or a folder with nodes.tsv.',
    });
  }
  if (statSync(path).isDirectory() && existsSync(join(path, 'nodes.tsv'))) {
    return new Map(tsvFiles.map((file) => [join(path, file), file]));
  }
  const graphml = statSync(path).isDirectory() ? join(path, 'graph.graphml') : path;
  const corpus = entries ?? join(dirname(graphml), entriesFile);
  const files = new Map([[graphml, 'graph.graphml']]);
  return entries !== undefined || existsSync(corpus) ? files.set(corpus, entriesFile) : files;
}

function entriesOption({ entries }: ImportFlags): { entries?: string } {
  return entries === undefined ? {} : { entries };
}

/** Copies into a folder beside the final one and renames, so that a broken import leaves nothing half there. */
function keep(
  name: string,
  source: string,
  files: ReadonlyMap<string, string>,
  { graph, report }: LoadedGraph,
): void {
  mkdirSync(graphsFolder(), { recursive: true });
  const waiting = mkdtempSync(join(graphsFolder(), '.import-'));
  try {
    for (const [file, copy] of files) copyFileSync(file, join(waiting, copy));
    const hash = graph.getAttribute('hash');
    const about: AboutGraph = { name, source, nodes: report.nodes, edges: report.edges, hash };
    writeFileSync(join(waiting, 'about.json'), `${JSON.stringify(about, null, 2)}\n`);
    rmSync(join(graphsFolder(), name), { recursive: true, force: true });
    renameSync(waiting, join(graphsFolder(), name));
  } finally {
    rmSync(waiting, { recursive: true, force: true });
  }
}

function printReport(report: ImportReport, json: boolean): void {
  if (json) {
    printJson(importReportSchema.parse(report));
    return;
  }
  printLine(`${plain(report.graph)}: ${report.nodes} nodes, ${report.edges} edges kept`);
  if (report.merged > 0) printLine(`merged: ${report.merged} parallel edges`);
  for (const [reason, count] of Object.entries(report.dropped)) printLine(`dropped: ${count} ${reason}`);
  printLine(`Use it with --graph ${plain(report.graph)}.`);
}
