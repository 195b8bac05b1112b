import { createHash } from 'node:crypto';
import { z } from 'zod';
import { MalformedFileError } from '../src/errors.ts';
import { readText } from './bounded-read.ts';
import type { LoadedGraph } from './graph-builder.ts';
import { edgeRecord, entryRecord, factsRecord, GraphFromRecords, nodeRecord } from './graph-records.ts';

export const jsonGraphSchema = z.object({
  format: z.literal('pathact-graph'),
  version: z.literal(1),
  facts: factsRecord,
  entries: z.array(entryRecord),
  processes: z.array(entryRecord),
  nodes: z.array(nodeRecord),
  edges: z.array(edgeRecord),
});

/** Reads a graph in our JSON (`graph export --format json`). Throws `MalformedFileError`. */
export async function readJsonGraph(
  file: string,
  options: { name?: string } = {},
  signal?: AbortSignal,
): Promise<LoadedGraph> {
  const hash = createHash('sha256');
  const text = await readText(file, hash, signal);
  const content = parsed(text, file);
  const built = new GraphFromRecords();
  for (const record of content.entries) built.addEntry(record);
  for (const record of content.processes) built.addProcess(record);
  for (const record of content.nodes) refuse(built.addNode(record), file);
  for (const record of content.edges) refuse(built.addEdge(record), file);
  return built.finish(content.facts, { hash: hash.digest('hex'), ...options });
}

function parsed(text: string, file: string): z.infer<typeof jsonGraphSchema> {
  try {
    return jsonGraphSchema.parse(JSON.parse(text));
  } catch (cause) {
    const what = cause instanceof SyntaxError ? cause.message.replace(/\s+/g, ' ') : 'not a graph of ours';
    throw new MalformedFileError(`${file}: ${what}`, { hint: 'Export it again with --format json.', cause });
  }
}

function refuse(fault: string | undefined, file: string): void {
  if (fault === undefined) return;
  throw new MalformedFileError(`${file}: ${fault}`, { hint: 'Export it again with --format json.' });
}
