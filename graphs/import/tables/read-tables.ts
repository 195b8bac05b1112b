import { join } from 'node:path';
import { signSchema } from '../../../src/run.ts';
import { nodeKinds } from '../../pathway-graph.ts';
import { signOfSubtypes } from '../../signs.ts';
import { semicolonList } from '../../tsv.ts';
import { DropCounts } from '../drop-counts.ts';
import { crossReferences, nodeStatement, relationStatement } from '../make-statement.ts';
import type { NodeStatement, Statement } from '../statement.ts';
import { readRows, type TableRow } from './read-rows.ts';

/**
 * Streams a folder of our tables (`processes.tsv`, `nodes.tsv`, `edges.tsv`; see `readTsvGraph`) as statements. What
 * that reader refuses is counted here, since one table of many must not stop an import.
 */
export async function* readTables(folder: string, signal?: AbortSignal): AsyncGenerator<Statement> {
  const dropped = new DropCounts();
  const processes = new Map<string, string>();
  for await (const row of readRows(join(folder, 'processes.tsv'), ['id', 'name'], signal)) {
    processes.set(row.cell('id'), row.cell('name'));
  }
  for await (const row of readRows(join(folder, 'nodes.tsv'), ['id', 'kind', 'name'], signal)) {
    if (row.cell('id') === '') dropped.add('nodes without an id');
    else yield nodeOf(row);
  }
  const columns = ['head', 'tail', 'relation', 'sign'];
  for await (const row of readRows(join(folder, 'edges.tsv'), columns, signal)) {
    if (row.cell('head') === '' || row.cell('tail') === '') dropped.add('edges without two ends');
    else yield relationOf(row, processes);
  }
  yield* dropped.statements();
}

function nodeOf(row: TableRow): NodeStatement {
  const id = row.cell('id');
  const nodeKind = nodeKinds.find((kind) => kind === row.cell('kind')) ?? 'other';
  const isWordy = nodeKind === 'process' || nodeKind === 'phenotype';
  const label = row.cell('label') || (isWordy && row.cell('name')) || id.replaceAll('_', ' ');
  const names = [row.cell('name'), ...semicolonList(row.cell('aliases'))].filter(
    (name) => name && name !== label,
  );
  const listed = semicolonList(row.cell('xrefs')).map((xref) => xref.split(/:(.*)/s) as [string, string?]);
  const references = [
    ...listed,
    ['ncbigene', row.cell('ncbi')] as const,
    ['chebi', row.cell('chebi')] as const,
  ];
  return nodeStatement({
    id,
    label,
    names,
    nodeKind,
    references: references.flatMap(([system, value]) => crossReferences(system, value ?? '')),
  });
}

function relationOf(row: TableRow, names: ReadonlyMap<string, string>): Statement {
  const subtypes = semicolonList(row.cell('subtypes'));
  const source = row.cell('source');
  const cited = semicolonList(row.cell('pmids'));
  const own = /^PMID:\d+$/.test(source) ? [source.slice(5)] : [];
  const evidence = {
    source,
    type: row.cell('relation'),
    subtypes,
    sign: signSchema.safeParse(row.cell('sign')).data ?? signOfSubtypes(subtypes),
    pmids: cited.length > 0 ? cited : own,
    licence: row.cell('licence') || undefined,
  };
  const processes = semicolonList(row.cell('process')).map((id) => ({ id, name: names.get(id) || id }));
  return relationStatement(row.cell('head'), row.cell('tail'), evidence, processes);
}
