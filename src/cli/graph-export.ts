import { createWriteStream, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { entriesFile } from '../../graphs/read-graphml-graph.ts';
import { entriesJson, graphmlOf, sifOf } from '../../graphs/write-graph.ts';
import { UsageError } from '../errors.ts';
import { openGraph } from './graph-source.ts';
import { interruptSignal } from './interrupt.ts';
import { note, printJson } from './print.ts';

/** `graph export --json` */
export const graphExportSchema = z.object({
  graph: z.string(),
  format: z.enum(['graphml', 'sif']),
  files: z.array(z.string()),
  nodes: z.number(),
  edges: z.number(),
});

export interface ExportFlags {
  graph: string;
  format: 'graphml' | 'sif';
  output?: string;
  json?: true;
}

/** Writes a graph to a file, GraphML with its corpus beside it, or to stdout. */
export async function exportGraph({ graph: name, format, output, json }: ExportFlags): Promise<void> {
  if (json && output === undefined) {
    throw new UsageError('--json tells what was written to a file', { hint: 'Add --output FILE.' });
  }
  const graph = await openGraph(name, interruptSignal());
  const content = Readable.from(format === 'sif' ? sifOf(graph) : graphmlOf(graph));
  if (output === undefined) return pipeline(content, process.stdout, { end: false });
  await pipeline(content, createWriteStream(output));
  const files = [output];
  if (format === 'graphml') {
    files.push(join(dirname(output), entriesFile));
    writeFileSync(files[1] as string, entriesJson(graph));
  }
  const { order: nodes, size: edges } = graph;
  if (json) printJson(graphExportSchema.parse({ graph: name, format, files, nodes, edges }));
  else note(`wrote ${files.join(' and ')}`);
}
