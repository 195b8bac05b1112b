import type { NodeAttributes } from '../../pathway-graph.ts';
import { crossReference, referenceOfUri } from '../identity/database-names.ts';
import type { CrossReference, NodeStatement } from '../statement.ts';
import type { BioPaxObject } from './biopax-objects.ts';
import { SpeciesFinder } from './biopax-species.ts';
import { type BioPaxTable, namesOf, shortId, symbolInName } from './biopax-table.ts';

/** Names that stand for a gene's own systems; a relationship to any other database is no identity. */
const geneSystems = new Set<CrossReference['system']>(['hgnc', 'symbol', 'ncbi', 'ensembl', 'uniprot']);

/** Every physical entity of the file, the members of generic references, and the pathways that `ends` names. */
export function* biopaxNodes(table: BioPaxTable, ends: ReadonlySet<string>): Generator<NodeStatement> {
  const species = new SpeciesFinder(table);
  const members = new Map<string, BioPaxObject>();
  for (const entity of table.ofKind('entity')) {
    for (const member of membersOf(table, entity))
      if (member.kind === 'reference') members.set(member.id, member);
    yield nodeOf(table, entity, species);
  }
  for (const reference of members.values()) yield nodeOf(table, reference, species);
  for (const pathway of table.ofKind('pathway'))
    if (ends.has(pathway.id)) yield nodeOf(table, pathway, species);
}

function nodeOf(table: BioPaxTable, object: BioPaxObject, species: SpeciesFinder): NodeStatement {
  const stated = membersOf(table, object);
  const shared = object.type === 'Complex' ? undefined : sharedReference(table, stated);
  const members = shared ? [] : stated;
  const identities = shared ? [object, shared] : [object, ...table.linked(object, 'entityReference')];
  const nodeKind = kindOf(object, members.length > 0);
  const references =
    members.length > 0 ? ownReferences(table, object) : identityReferences(table, identities);
  const names = [...new Set(identities.flatMap(namesOf))];
  const symbol = nodeKind === 'gene' ? references.find(({ system }) => system === 'symbol')?.id : undefined;
  return {
    kind: 'node',
    id: object.id,
    label: symbol ?? names[0] ?? shortId(object.id),
    names,
    nodeKind,
    references,
    species: nodeKind === 'compound' ? undefined : species.of(object),
    ...(members.length > 0 && { members: members.map(({ id }) => id) }),
  };
}

/** A set of states of one gene (phosphorylated here or there) is that gene: what all members are states of. */
function sharedReference(table: BioPaxTable, members: readonly BioPaxObject[]): BioPaxObject | undefined {
  const references = members.map((member) => table.linked(member, 'entityReference'));
  const [shared] = references.flat();
  const isShared = references.every((own) => own.length === 1 && own[0] === shared);
  return members.every(({ kind }) => kind === 'entity') && isShared ? shared : undefined;
}

/** Parts of a complex, members of a set, or what a generic reference stands for. */
function membersOf(table: BioPaxTable, object: BioPaxObject): BioPaxObject[] {
  if (object.kind === 'pathway') return [];
  const direct = [...table.linked(object, 'component'), ...table.linked(object, 'memberPhysicalEntity')];
  if (direct.length > 0) return [...new Set(direct)].filter((member) => member !== object);
  const references = [object, ...table.linked(object, 'entityReference')];
  return references
    .flatMap((reference) => table.linked(reference, 'memberEntityReference'))
    .filter((member) => member !== object);
}

function kindOf(object: BioPaxObject, hasMembers: boolean): NodeAttributes['kind'] {
  if (object.type === 'Complex') return 'complex';
  if (object.kind === 'pathway') return 'process';
  if (hasMembers) return 'family';
  if (/^SmallMolecule/.test(object.type)) return 'compound';
  return /^(Protein|Dna|Rna|Gene)/.test(object.type) ? 'gene' : 'other';
}

/** A group is itself, not one of its members: only its own id in its own database tells it from others. */
function ownReferences(table: BioPaxTable, object: BioPaxObject): CrossReference[] {
  const id = table.citableId(object);
  return id === undefined ? [] : [{ system: 'other', id }];
}

function identityReferences(table: BioPaxTable, identities: readonly BioPaxObject[]): CrossReference[] {
  const [own, ...references] = identities as [BioPaxObject, ...BioPaxObject[]];
  const stated = [...references, own];
  const primary = stated.flatMap(({ id }) => known(referenceOfUri(id)));
  const unified = stated.flatMap((object) => referencesBy(table, object, 'unification'));
  const related = stated.flatMap((object) => unambiguous(referencesBy(table, object, 'relationship')));
  // An address names the one accession; beside it the secondary ones would join what is not the same.
  const found = [...primary];
  const named = stated.map(symbolInName).flatMap((id) => (id ? [{ system: 'symbol' as const, id }] : []));
  for (const more of [unified, related, named]) {
    const settled = new Set(found.map(({ system }) => system));
    found.push(...more.filter(({ system }) => !settled.has(system)));
  }
  return distinct(found.length > 0 ? found : ownReferences(table, own));
}

function referencesBy(
  table: BioPaxTable,
  object: BioPaxObject,
  kind: 'unification' | 'relationship',
): CrossReference[] {
  const found = table.xrefs(object, kind).flatMap(({ db, id }) => known(crossReference(db, id)));
  return kind === 'unification' ? found : found.filter(({ system }) => geneSystems.has(system));
}

const known = (reference: CrossReference | undefined): CrossReference[] =>
  reference && reference.system !== 'other' ? [reference] : [];

/** Two ids of one system beside each other are relatives, and which of them it is stays open. */
function unambiguous(references: readonly CrossReference[]): CrossReference[] {
  const once = distinct(references);
  return once.filter(({ system }) => once.filter((other) => other.system === system).length === 1);
}

function distinct(references: readonly CrossReference[]): CrossReference[] {
  return [
    ...new Map(references.map((reference) => [`${reference.system}:${reference.id}`, reference])).values(),
  ];
}
