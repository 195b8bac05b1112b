import { copyFileSync, existsSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { z } from 'zod';
import { isExactGraph } from '../../graphs/import/exact-graph.ts';
import { type Imported, importFiles, NothingReadError } from '../../graphs/import/import-files.ts';
import { readGraph } from '../../graphs/load.ts';
import { entriesFile } from '../../graphs/read-graphml-graph.ts';
import { tsvFiles } from '../../graphs/read-tsv-graph.ts';
import { writeStoredGraph } from '../../graphs/stored-graph.ts';
import { directories } from '../config.ts';
import { sourceFolder } from '../download/data-store.ts';
import { MalformedFileError, MissingError, UsageError } from '../errors.ts';
import { interruptSignal } from './interrupt.ts';
import { checkName, keepGraph } from './keep-graph.ts';
import { plain, printJson, printLine } from './print.ts';
import { pulledLicences } from './pulled-licences.ts';
import { statusLine } from './status-line.ts';

/** `graph import --json` */
export const importReportSchema = z.object({
  graph: z.string(),
  /** Read. */
  files: z.array(z.string()),
  /** Not read, and why; the others were. */
  failed: z.array(z.object({ file: z.string(), error: z.string() })),
  nodes: z.number(),
  edges: z.number(),
  /** Relations stated again or beside others between the same ends: one edge each pair. */
  merged: z.number(),
  /** What was left out, by reason. */
  dropped: z.record(z.string(), z.number()),
  /** Nodes of files that joined one already there: `merged-by-id`, `merged-by-symbol`, … */
  nodesMerged: z.record(z.string(), z.number()).optional(),
  /** Genes and compounds that no mapping table knows, by the system of an id they have. */
  unmapped: z.record(z.string(), z.number()).optional(),
  /** Faults that reading got over. */
  warnings: z.array(z.object({ file: z.string(), message: z.string() })).optional(),
});
export type ImportReport = z.infer<typeof importReportSchema>;

export interface ImportFlags {
  name?: string;
  entries?: string;
  policy?: 'commercial';
  licence?: string;
  replace?: true;
  json?: true;
}

/** Reads graphs in any format, then keeps what they hold under one name. */
export async function importGraph(paths: readonly string[], flags: ImportFlags): Promise<void> {
  const [first = ''] = paths;
  const name = flags.name ?? basename(first).replace(/\.[^.]*$/, '');
  checkName(name, flags.replace === true);
  for (const path of paths) refuseMissing(path);
  const isAlone = paths.length === 1 && !flags.policy && !flags.licence;
  const isExact = isAlone && isExactGraph(first, flags.entries);
  if (flags.entries !== undefined && !isExact) {
    throw new UsageError('--entries belongs to one graph in BioMaze GraphML', {
      hint: 'Import that one by itself.',
    });
  }
  try {
    const report = isExact ? await copyExact(name, first, flags) : await importMerged(name, paths, flags);
    printReport(report, flags.json === true);
  } catch (error) {
    if (flags.json && error instanceof MalformedFileError) printJson(emptyReport(name, first, error));
    throw error;
  }
}

function refuseMissing(path: string): void {
  if (existsSync(path)) return;
  throw new MissingError(`there is no ${path}`, { hint: 'Name files or folders that hold pathway files.' });
}

/** One graph in BioMaze's format or ours is kept file by file, so that nothing of it changes. */
async function copyExact(name: string, path: string, flags: ImportFlags): Promise<ImportReport> {
  const files = filesOf(path, flags.entries);
  const entries = flags.entries === undefined ? {} : { entries: flags.entries };
  const { graph, report } = await readGraph(path, { name, ...entries }, interruptSignal());
  await keepGraph(name, async (folder) => {
    for (const [file, copy] of files) copyFileSync(file, join(folder, copy));
    const { nodes, edges } = report;
    return { name, source: path, nodes, edges, hash: graph.getAttribute('hash') };
  });
  return { graph: name, files: [...files.keys()], failed: [], ...report };
}

async function importMerged(
  name: string,
  paths: readonly string[],
  flags: ImportFlags,
): Promise<ImportReport> {
  const imported = await readAll(name, paths, flags);
  const { graph, report, files, failed, nodesMerged, unmapped, warnings } = imported;
  await keepGraph(name, async (folder) => {
    const hash = await writeStoredGraph(folder, graph);
    return { name, source: paths.join(' '), nodes: report.nodes, edges: report.edges, hash };
  });
  return { graph: name, files, failed, ...report, nodesMerged, unmapped, warnings };
}

async function readAll(name: string, paths: readonly string[], flags: ImportFlags): Promise<Imported> {
  const status = statusLine(process.stderr);
  const { data } = directories();
  const pulled = await pulledLicences(data);
  const licenceOf = (path: string) => flags.licence ?? pulled(path);
  const onProgress = (done: number, total: number, file: string) =>
    status.show(`read ${done} of ${total} files${file && `: ${basename(file)}`}`);
  const pulledTables = ['hgnc', 'chebi'].map((id) => sourceFolder(data, id));
  const tables = {
    identifiers: [join(data, 'identifiers'), ...pulledTables],
    famplex: join(data, 'famplex'),
  };
  // Files of gigabytes leave garbage as fast as they are read; the heap must not grow for it.
  setFlagsFromString('--heap-growing-percent=20');
  try {
    const options = { name, policy: flags.policy, licenceOf, ...tables, onProgress };
    return await importFiles(paths, options, interruptSignal());
  } finally {
    status.end();
  }
}

/** Source file → name in the graph's folder. */
function filesOf(path: string, entries: string | undefined): Map<string, string> {
  if (existsSync(join(path, 'nodes.tsv'))) return new Map(tsvFiles.map((file) => [join(path, file), file]));
  const graphml = statSync(path).isDirectory() ? join(path, 'graph.graphml') : path;
  const corpus = entries ?? join(dirname(graphml), entriesFile);
  const files = new Map([[graphml, 'graph.graphml']]);
  return entries !== undefined || existsSync(corpus) ? files.set(corpus, entriesFile) : files;
}

function emptyReport(graph: string, path: string, error: MalformedFileError): ImportReport {
  const [file = path] = /^(.*?):\d+: /.exec(error.message)?.slice(1) ?? [];
  const failed = error instanceof NothingReadError ? [...error.failed] : [{ file, error: error.message }];
  return { graph, files: [], failed, nodes: 0, edges: 0, merged: 0, dropped: {} };
}

const shownWarnings = 10;

function printReport(report: ImportReport, json: boolean): void {
  if (json) {
    printJson(importReportSchema.parse(report));
    return;
  }
  const {
    graph,
    files,
    failed,
    nodes,
    edges,
    merged,
    dropped,
    nodesMerged,
    unmapped,
    warnings = [],
  } = report;
  printLine(plain(`${graph}: ${nodes} nodes, ${edges} edges kept of ${files.length} files`));
  if (merged > 0) printLine(`merged: ${merged} parallel or repeated relations`);
  for (const [how, count] of Object.entries(nodesMerged ?? {})) printLine(`${how}: ${count} nodes of files`);
  for (const [reason, count] of Object.entries(dropped)) printLine(plain(`dropped: ${count} ${reason}`));
  const systems = Object.entries(unmapped ?? {}).map(([system, count]) => `${count} ${system}`);
  if (systems.length > 0) printLine(plain(`in no mapping table: ${systems.join(', ')}`));
  for (const { file, message } of warnings.slice(0, shownWarnings))
    printLine(plain(`warning: ${file}: ${message}`));
  if (warnings.length > shownWarnings)
    printLine(`warning: ${warnings.length - shownWarnings} more (--json has all)`);
  for (const { file, error } of failed)
    printLine(plain(`failed: ${error.startsWith(file) ? error : `${file}: ${error}`}`));
  printLine(`Use it with --graph ${plain(graph)}.`);
}
