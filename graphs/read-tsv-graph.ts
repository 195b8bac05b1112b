import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { GraphBuilder, keyFault, type LoadedGraph } from './graph-builder.ts';
import { type Entry, type Evidence, type NodeAttributes, nodeKinds } from './pathway-graph.ts';
import { signOfSubtypes } from './signs.ts';
import { malformed, type Row, readTable, semicolonList } from './tsv.ts';

const kindSchema = z.enum(nodeKinds);
const rowSignSchema = z.enum(['+', '-', '0', 'conflict', '']);
const basisSchema = z.enum(['stated', 'assumed']).optional().catch(undefined);

/** The three tables of our own format; a folder that holds them is a graph. */
export const tsvFiles = ['processes.tsv', 'nodes.tsv', 'edges.tsv'] as const;

/**
 * Reads a folder with `processes.tsv` (id name category), `nodes.tsv` (id kind name aliases ncbi chebi) and
 * `edges.tsv` (head tail relation subtypes sign process source). Our export adds columns, all of which may be absent:
 * `label` and `xrefs` (`uniprot:P60484;…`) of nodes, `basis`, `pmids` and `licence` of edges. Throws `MalformedFileError` as `file:line: what`.
 */
export async function readTsvGraph(
  folder: string,
  facts: { name?: string; licence?: string } = {},
  signal?: AbortSignal,
): Promise<LoadedGraph> {
  const hash = createHash('sha256');
  const [processesFile, nodesFile, edgesFile] = tsvFiles.map((file) => join(folder, file)) as [
    string,
    string,
    string,
  ];
  const processRows = await readTable(processesFile, ['id', 'name', 'category'], hash, signal);
  const nodeRows = await readTable(nodesFile, ['id', 'kind', 'name'], hash, signal);
  const edgeRows = await readTable(edgesFile, ['head', 'tail', 'relation', 'sign'], hash, signal);

  const processes = new Map(distinct(processRows, processesFile).map((row) => processEntry(row)));
  const entries = new Map(distinct(nodeRows, nodesFile).map((row) => nodeEntry(row)));
  const builder = new GraphBuilder();
  for (const row of nodeRows) builder.addNode(row.cells.id as string, nodeAttributes(row, nodesFile));
  for (const row of edgeRows) addEdge(builder, row, processes, edgesFile);
  return builder.finish({
    name: facts.name ?? basename(folder),
    source: folder,
    licence: facts.licence,
    hash: hash.digest('hex'),
    idScheme: 'plain',
    entries,
    processes,
  });
}

function distinct(rows: readonly Row[], file: string): readonly Row[] {
  const seen = new Set<string>();
  for (const { cells, line } of rows) {
    const id = cells.id as string;
    if (id === '' || /\s/.test(id)) throw malformed(file, line, `"${id}" is no id: one word, no spaces`);
    const fault = keyFault(id);
    if (fault) throw malformed(file, line, fault);
    if (seen.has(id)) throw malformed(file, line, `"${id}" is defined twice`);
    seen.add(id);
  }
  return rows;
}

function processEntry({ cells }: Row): [string, Entry] {
  return [cells.id as string, { NAME: [cells.name as string], CLASS: [cells.category as string] }];
}

function nodeEntry({ cells }: Row): [string, Entry] {
  const { id, name, aliases } = cells as Record<'id' | 'name', string> & { aliases?: string };
  return [id, { SYMBOL: [id], NAME: [name], ALIAS: semicolonList(aliases) }];
}

function nodeAttributes({ cells, line }: Row, file: string): NodeAttributes {
  const id = cells.id as string;
  const kind = kindSchema.safeParse(cells.kind);
  if (!kind.success) throw malformed(file, line, `"${cells.kind}" is no kind of node`);
  const others = [cells.name as string, ...semicolonList(cells.aliases)].filter(
    (name) => name && name !== id,
  );
  const names = others.length > 0 ? [...new Set(others)] : [id];
  const wordy = kind.data === 'process' || kind.data === 'phenotype';
  const xrefs = Object.entries({ ...otherXrefs(cells.xrefs), ncbi: cells.ncbi, chebi: cells.chebi }).filter(
    ([, value]) => value,
  );
  return {
    entities: [{ id, names }],
    names,
    label: cells.label || (wordy && cells.name) || id.replaceAll('_', ' '),
    kind: kind.data,
    xrefs: Object.fromEntries(xrefs) as Record<string, string>,
  };
}

function addEdge(
  builder: GraphBuilder,
  { cells, line }: Row,
  processes: ReadonlyMap<string, Entry>,
  file: string,
): void {
  const { head, tail, relation } = cells as Record<'head' | 'tail' | 'relation', string>;
  for (const end of [head, tail]) {
    if (!builder.hasNode(end)) throw malformed(file, line, `"${end}" is not in nodes.tsv`);
  }
  const sign = rowSignSchema.safeParse(cells.sign);
  if (!sign.success) throw malformed(file, line, `"${cells.sign}" is no sign: +, - or 0`);
  const subtypes = semicolonList(cells.subtypes);
  const ids = semicolonList(cells.process);
  const unknown = ids.find((id) => !processes.has(id));
  if (unknown !== undefined) throw malformed(file, line, `"${unknown}" is not in processes.tsv`);
  builder.addEdge({
    head,
    tail,
    processes: ids.map((id) => ({ id, name: processes.get(id)?.NAME?.[0] || id })),
    evidence: {
      source: cells.source ?? '',
      type: relation,
      subtypes,
      sign: sign.data === '' ? signOfSubtypes(subtypes) : sign.data,
      ...basisOf(cells.basis),
      process: ids[0],
      pmids: pmidsOf(cells),
      licence: cells.licence || undefined,
    },
  });
}

function basisOf(cell: string | undefined): Pick<Evidence, 'signBasis'> {
  const signBasis = basisSchema.parse(cell || undefined);
  return signBasis === undefined ? {} : { signBasis };
}

function pmidsOf({ pmids, source }: Row['cells']): string[] {
  if (pmids) return semicolonList(pmids);
  return /^PMID:\d+$/.test(source ?? '') ? [(source as string).slice(5)] : [];
}

/** `uniprot:P60484;hgnc:9588` by system. */
function otherXrefs(cell: string | undefined): Record<string, string> {
  return Object.fromEntries(
    semicolonList(cell).map((xref) => [xref.replace(/:.*$/s, ''), xref.slice(xref.indexOf(':') + 1)]),
  );
}
