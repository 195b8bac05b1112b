import type { Evidence } from '../pathway-graph.ts';
import { crossReference } from './identity/database-names.ts';
import type { CrossReference, NodeStatement, RelationStatement } from './statement.ts';

/** A node with what most files leave out filled in. */
export function nodeStatement(
  parts: Pick<NodeStatement, 'id' | 'label' | 'nodeKind'> & Partial<NodeStatement>,
): NodeStatement {
  return { names: [], references: [], ...parts, kind: 'node' };
}

/** A relation with one statement's evidence; absent parts are unsigned, uncited and without a process. */
export function relationStatement(
  head: string,
  tail: string,
  evidence: Pick<Evidence, 'source' | 'type'> & Partial<Evidence>,
  processes: readonly { id: string; name: string }[] = [],
): RelationStatement {
  const process = processes[0]?.id;
  const whole = { subtypes: [], sign: '0' as const, process, pmids: [], licence: undefined, ...evidence };
  return { kind: 'relation', head, tail, processes, evidence: whole };
}

/** What drawings call the databases that other files call otherwise. */
const drawnNames: Readonly<Record<string, string>> = {
  'uniprot-trembl': 'uniprot',
  'uniprot-swissprot': 'uniprot',
  'hgnc accession number': 'hgnc',
  'chebi compound': 'chebi',
};

/** A database's name and id as cross references: one, or none where either is empty or the id cannot be one. */
export function crossReferences(database: string, id: string): CrossReference[] {
  const name = database.trim();
  if (name === '' || id.trim() === '') return [];
  return [crossReference(drawnNames[name.toLowerCase()] ?? name, id) ?? []].flat();
}
