import { createWriteStream, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import type { PathwayGraph } from '../../graphs/pathway-graph.ts';
import { entriesFile } from '../../graphs/read-graphml-graph.ts';
import { cx2Of } from '../../graphs/write-cx2.ts';
import { entriesJson, graphmlOf, sifOf } from '../../graphs/write-graph.ts';
import { jsonOf } from '../../graphs/write-json.ts';
import { tablesOf } from '../../graphs/write-tsv.ts';
import { UsageError } from '../errors.ts';
import { openGraph } from './graph-source.ts';
import { interruptSignal } from './interrupt.ts';
import { note, printJson } from './print.ts';

export const exportFormats = ['graphml', 'cx2', 'sif', 'tsv', 'json'] as const;
type ExportFormat = (typeof exportFormats)[number];

/** `graph export --json` */
export const graphExportSchema = z.object({
  graph: z.string(),
  format: z.enum(exportFormats),
  files: z.array(z.string()),
  nodes: z.number(),
  edges: z.number(),
});

export interface ExportFlags {
  graph: string;
  format: ExportFormat;
  output?: string;
  json?: true;
}

/** Formats that are one text; `tsv` is a folder of three. */
const writers: Record<Exclude<ExportFormat, 'tsv'>, (graph: PathwayGraph) => Iterable<string>> = {
  graphml: graphmlOf,
  cx2: cx2Of,
  sif: sifOf,
  json: jsonOf,
};

/** Writes a graph to a file (GraphML with its corpus beside it; TSV to a folder) or to stdout. */
export async function exportGraph({ graph: name, format, output, json }: ExportFlags): Promise<void> {
  if (json && output === undefined) {
    throw new UsageError('--json tells what was written to a file', { hint: 'Add --output FILE.' });
  }
  if (format === 'tsv' && output === undefined) {
    throw new UsageError('three tables do not fit one stream', { hint: 'Add --output FOLDER.' });
  }
  const graph = await openGraph(name, interruptSignal());
  if (output === undefined) return toStdout(graph, format as Exclude<ExportFormat, 'tsv'>);
  const files =
    format === 'tsv' ? await writeTables(graph, output) : await writeFileOf(graph, format, output);
  const { order: nodes, size: edges } = graph;
  if (json) printJson(graphExportSchema.parse({ graph: name, format, files, nodes, edges }));
  else note(`wrote ${files.join(' and ')}`);
}

async function toStdout(graph: PathwayGraph, format: Exclude<ExportFormat, 'tsv'>): Promise<void> {
  await pipeline(Readable.from(writers[format](graph)), process.stdout, { end: false });
}

async function writeFileOf(
  graph: PathwayGraph,
  format: Exclude<ExportFormat, 'tsv'>,
  output: string,
): Promise<string[]> {
  await pipeline(Readable.from(writers[format](graph)), createWriteStream(output));
  if (format !== 'graphml') return [output];
  const corpus = join(dirname(output), entriesFile);
  writeFileSync(corpus, entriesJson(graph));
  return [output, corpus];
}

async function writeTables(graph: PathwayGraph, folder: string): Promise<string[]> {
  if (existsSync(folder) && !statSync(folder).isDirectory()) {
    throw new UsageError(`${folder} is no folder`, {
      hint: 'Tables go into a folder, new or there already.',
    });
  }
  mkdirSync(folder, { recursive: true });
  const files: string[] = [];
  for (const [file, rows] of Object.entries(tablesOf(graph))) {
    files.push(join(folder, file));
    await pipeline(Readable.from(rows), createWriteStream(join(folder, file)));
  }
  return files;
}
