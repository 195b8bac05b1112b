import type { Sign } from '../../../src/run.ts';
import { DropCounts } from '../drop-counts.ts';
import { crossReferences, nodeStatement, relationStatement } from '../make-statement.ts';
import type { NodeStatement, Statement } from '../statement.ts';
import { readRows, type TableRow } from './read-rows.ts';

/**
 * Reads OmniPath's table of interactions (TSV of its web service): UniProt entries, with gene symbols where the query
 * asked for them. Signs: spec §1.9, by the consensus columns; by `is_stimulation` and `is_inhibition` where a table
 * lacks those. What its databases' licences are, the table does not tell.
 */
export async function* readOmnipath(path: string, signal?: AbortSignal): AsyncGenerator<Statement> {
  const dropped = new DropCounts();
  for await (const row of readRows(path, ['source', 'target'], signal)) {
    const ends = [row.cell('source'), row.cell('target')] as const;
    if (ends[0] === '' || ends[1] === '') {
      dropped.add('rows without two entities');
      continue;
    }
    yield* nodesOf(row, 'source');
    yield* nodesOf(row, 'target');
    yield relationOf(row, ends[0], ends[1]);
  }
  yield* dropped.statements();
}

/** The node of one end, and the parts of a complex before it: `COMPLEX:P12345_Q67890`. */
function nodesOf(row: TableRow, side: 'source' | 'target'): NodeStatement[] {
  const id = row.cell(side);
  const symbol = row.cell(`${side}_genesymbol`) || id;
  const species = row.cell(`ncbi_tax_id_${side}`) || '9606';
  if (!id.startsWith('COMPLEX:')) return [geneOf(id, symbol, species)];
  const parts = id.slice('COMPLEX:'.length).split('_').filter(Boolean);
  const names = symbol.replace(/^COMPLEX:/, '').split('_');
  const named = names.length === parts.length;
  const members = parts.map((part, i) => geneOf(part, named ? (names[i] as string) : part, species));
  return [...members, nodeStatement({ id, label: '', nodeKind: 'complex', members: parts })];
}

function geneOf(id: string, symbol: string, species: string): NodeStatement {
  return nodeStatement({
    id,
    label: symbol,
    nodeKind: 'gene',
    species,
    references: crossReferences(/^MIMAT\d+$/.test(id) ? 'miRBase' : 'uniprot', id),
  });
}

function relationOf(row: TableRow, head: string, tail: string): Statement {
  const [stimulates, inhibits] = effectsOf(row);
  const subtypes = [...(stimulates ? ['stimulation'] : []), ...(inhibits ? ['inhibition'] : [])];
  const references = row.cell('references_stripped') || row.cell('references');
  return relationStatement(head, tail, {
    source: row.cell('sources') || 'OmniPath',
    type: row.cell('type') || 'interaction',
    subtypes,
    sign: signOf(stimulates, inhibits),
    pmids: pmidsOf(references),
  });
}

function effectsOf(row: TableRow): [stimulates: boolean, inhibits: boolean] {
  const consensus = [row.cell('consensus_stimulation'), row.cell('consensus_inhibition')] as const;
  const stated = [row.cell('is_stimulation'), row.cell('is_inhibition')] as const;
  const [stimulates, inhibits] = consensus[0] === '' && consensus[1] === '' ? stated : consensus;
  return [isTrue(stimulates), isTrue(inhibits)];
}

function signOf(stimulates: boolean, inhibits: boolean): Sign {
  if (stimulates && inhibits) return 'conflict';
  if (stimulates) return '+';
  return inhibits ? '-' : '0';
}

function isTrue(cell: string): boolean {
  return /^(1|true|yes)$/i.test(cell);
}

/** `SIGNOR:12345;SPIKE:678` and `12345;678` are the same PubMed ids. */
function pmidsOf(cell: string): string[] {
  const ids = cell.split(/[;,]/).map((reference) => reference.replace(/^.*:/, '').trim());
  return [...new Set(ids.filter((id) => /^\d+$/.test(id)))];
}
