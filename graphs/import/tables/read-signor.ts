import type { Sign } from '../../../src/run.ts';
import type { NodeAttributes } from '../../pathway-graph.ts';
import { DropCounts } from '../drop-counts.ts';
import { crossReferences, nodeStatement, relationStatement } from '../make-statement.ts';
import type { NodeStatement, Statement } from '../statement.ts';
import { readRows, type TableRow } from './read-rows.ts';

const columns = ['entitya', 'ida', 'entityb', 'idb', 'effect'];

const kinds: Readonly<Record<string, NodeAttributes['kind']>> = {
  protein: 'gene',
  mirna: 'gene',
  ncrna: 'gene',
  complex: 'complex',
  proteinfamily: 'family',
  chemical: 'compound',
  smallmolecule: 'compound',
  antibody: 'drug',
  phenotype: 'phenotype',
  stimulus: 'phenotype',
};

/**
 * Reads a SIGNOR table of causal relations (tabs, or semicolons and quotes), or its table of complexes. SIGNOR names
 * every protein by its human UniProt entry and tells in `tax_id` where the experiment was made, so all are human.
 */
export async function* readSignor(path: string, signal?: AbortSignal): AsyncGenerator<Statement> {
  const dropped = new DropCounts();
  for await (const row of readRows(path, columns, signal)) {
    const ends = [endOf(row, 'a'), endOf(row, 'b')] as const;
    if (!ends[0] || !ends[1]) {
      dropped.add('rows without two entities');
      continue;
    }
    yield ends[0];
    yield ends[1];
    yield relationOf(row, ends[0].id, ends[1].id);
  }
  yield* dropped.statements();
}

/** Reads SIGNOR's table of complexes or families: id, name, members' UniProt entries. */
export async function* readSignorComplexes(path: string, signal?: AbortSignal): AsyncGenerator<Statement> {
  const dropped = new DropCounts();
  for await (const row of readRows(path, ['signor id', 'list of entities'], signal)) {
    const id = row.cell('signor id');
    const members = row
      .cell('list of entities')
      .split(',')
      .map((entry) => entry.trim())
      .filter(Boolean);
    if (id === '') {
      dropped.add('rows without an id');
      continue;
    }
    for (const member of members) yield memberOf(member);
    const label = row.cell('complex name') || row.cell('prot. family name') || id;
    const nodeKind = id.startsWith('SIGNOR-PF') ? 'family' : 'complex';
    yield nodeStatement({ id, label, nodeKind, references: crossReferences('SIGNOR', id), members });
  }
  yield* dropped.statements();
}

function memberOf(id: string): NodeStatement {
  const [reference] = crossReferences('uniprot', id);
  const isGroup = /^SIGNOR-/.test(id);
  const references = isGroup ? crossReferences('SIGNOR', id) : reference ? [reference] : [];
  return nodeStatement({
    id,
    label: id,
    nodeKind: isGroup ? 'complex' : 'gene',
    species: '9606',
    references,
  });
}

function endOf(row: TableRow, side: 'a' | 'b'): NodeStatement | undefined {
  const label = row.cell(`entity${side}`);
  const id = row.cell(`id${side}`) || label;
  if (label === '') return undefined;
  const nodeKind = kinds[row.cell(`type${side}`).toLowerCase()] ?? 'other';
  const species = nodeKind === 'gene' ? { species: '9606' } : {};
  const references = crossReferences(row.cell(`database${side}`) || 'SIGNOR', row.cell(`id${side}`));
  return nodeStatement({ id, label, nodeKind, references, ...species });
}

function relationOf(row: TableRow, head: string, tail: string): Statement {
  const effect = row.cell('effect');
  const mechanism = row.cell('mechanism');
  const pathway = row.cell('pathway_id');
  const pmid = row.cell('pmid');
  const evidence = {
    source: row.cell('signor_id') || 'SIGNOR',
    type: effect || 'unknown',
    subtypes: mechanism === '' ? [] : [mechanism],
    sign: signOf(effect),
    pmids: /^\d+$/.test(pmid) ? [pmid] : [],
    licence: 'CC BY 4.0',
  };
  const processes = pathway === '' ? [] : [{ id: pathway, name: row.cell('pathway_name') || pathway }];
  return relationStatement(head, tail, evidence, processes);
}

function signOf(effect: string): Sign {
  if (/^up-regulates/i.test(effect)) return '+';
  return /^down-regulates/i.test(effect) ? '-' : '0';
}
