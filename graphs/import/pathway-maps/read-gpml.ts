import type { NodeAttributes } from '../../pathway-graph.ts';
import { taxonOfText } from '../identity/species-names.ts';
import { crossReferences, nodeStatement, relationStatement } from '../make-statement.ts';
import type { NodeStatement, Statement } from '../statement.ts';
import { readXml } from '../text/read-xml.ts';
import { type GpmlDrawing, GpmlHandler, type GpmlNode } from './gpml-elements.ts';
import { type GpmlRelation, GpmlRelations } from './gpml-relations.ts';

const kinds: Readonly<Record<string, NodeAttributes['kind']>> = {
  geneproduct: 'gene',
  protein: 'gene',
  rna: 'gene',
  dna: 'gene',
  metabolite: 'compound',
  complex: 'complex',
  pathway: 'map',
  event: 'process',
  'key event': 'process',
  biologicalprocess: 'process',
  disease: 'phenotype',
  phenotype: 'phenotype',
};

/**
 * Reads a drawing of WikiPathways (GPML 2013a and 2021). A group that a line ends on is a node with its members:
 * a complex, or for any other style their family.
 */
export async function* readGpml(path: string, signal?: AbortSignal): AsyncGenerator<Statement> {
  const drawings = readXml<GpmlDrawing>(path, (emit, place) => new GpmlHandler(place, emit), signal);
  for await (const drawing of drawings) yield* statementsOf(drawing, path);
}

function* statementsOf(drawing: GpmlDrawing, path: string): Generator<Statement> {
  const species = taxonOfText(drawing.organism);
  const relations = new GpmlRelations(drawing);
  const process = processOf(drawing, path);
  const licence = licenceOf(drawing);
  for (const node of drawing.nodes.values()) if (node.label !== '') yield nodeOf(node, species);
  const stated = new Set<string>();
  for (const relation of relations.all()) {
    for (const end of [relation.head, relation.tail]) yield* endOf(drawing, end, stated);
    yield relationOf(relation, process, licence);
  }
  yield* relations.dropped.statements();
}

function nodeOf(
  { id, label, type, database, databaseId }: GpmlNode,
  species: string | undefined,
): NodeStatement {
  const nodeKind = kinds[type.toLowerCase()] ?? 'other';
  const isGene = nodeKind === 'gene';
  return nodeStatement({
    id,
    label,
    nodeKind,
    references: crossReferences(database, databaseId),
    ...(isGene ? { species } : {}),
  });
}

/** The statement of an end that is no plain node: a group with its members, or a text. Each once. */
function* endOf(drawing: GpmlDrawing, id: string, stated: Set<string>): Generator<NodeStatement> {
  if (stated.has(id) || drawing.nodes.has(id)) return;
  stated.add(id);
  const group = drawing.groups.get(id);
  if (group === undefined) {
    yield nodeStatement({ id, label: drawing.texts.get(id) ?? '', nodeKind: 'other' });
    return;
  }
  const members = [...membersOf(drawing, id)];
  for (const member of members) yield* endOf(drawing, member, stated);
  yield nodeStatement({
    id,
    label: group.label,
    nodeKind: group.style === 'Complex' ? 'complex' : 'family',
    references: crossReferences(group.database, group.databaseId),
    members,
  });
}

function* membersOf({ nodes, groups, groupIds }: GpmlDrawing, id: string): Generator<string> {
  const isMember = (group: string | undefined) =>
    group !== undefined && (groupIds.get(group) ?? group) === id;
  for (const node of nodes.values()) if (node.label !== '' && isMember(node.group)) yield node.id;
  for (const group of groups.values()) if (isMember(group.group) && group.id !== id) yield group.id;
}

function relationOf(
  { head, tail, arrow, onto, sign, signBasis, pmids }: GpmlRelation,
  process: { id: string; name: string },
  licence: string | undefined,
): Statement {
  const subtypes = onto === undefined ? [] : [`onto ${onto}`];
  const basis = signBasis === 'assumed' ? { signBasis } : {};
  const evidence = { source: process.id, type: arrow, subtypes, sign, ...basis, pmids, licence };
  return relationStatement(head, tail, evidence, [process]);
}

function processOf({ accession, title }: GpmlDrawing, path: string): { id: string; name: string } {
  const file = path.replace(/^.*[\\/]/, '').replace(/(\.(gpml|xml))?(\.gz)?$/i, '');
  const id = accession || (/^WP\d+/.exec(file)?.[0] ?? file);
  return { id, name: title || id };
}

/** WikiPathways gives everything away; a drawing from elsewhere says its own licence or none. */
function licenceOf({ licence, dataSource, accession }: GpmlDrawing): string | undefined {
  return licence || (/wikipathways/i.test(dataSource) || accession !== '' ? 'CC0 1.0' : undefined);
}
