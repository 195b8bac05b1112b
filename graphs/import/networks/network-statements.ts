import type { NodeAttributes } from '../../pathway-graph.ts';
import { crossReference, pubmedIds, referenceOfUri } from '../identity/database-names.ts';
import { taxonOfText } from '../identity/species-names.ts';
import type { CrossReference, NodeStatement, RelationStatement } from '../statement.ts';
import { signOfInteraction } from './interaction-signs.ts';

/** Attribute names, in small letters, to their values. */
export type Attributes = ReadonlyMap<string, readonly string[]>;

/** What a network says of itself. */
export interface NetworkFacts {
  name: string;
  /** An id under which others find it. */
  id: string | undefined;
  licence: string | undefined;
  species: string | undefined;
}

export interface NetworkNode {
  id: string;
  name: string;
  /** `uniprot:P21741`. */
  represents: string;
  attributes: Attributes;
}

export interface NetworkEdge {
  source: string;
  target: string;
  interaction: string;
  attributes: Attributes;
  pmids: readonly string[];
}

const kinds: ReadonlyMap<string, NodeAttributes['kind']> = new Map(
  Object.entries({
    gene: 'protein gene geneproduct rna mrna mirna microrna dna transcriptionfactor',
    compound: 'smallmolecule chemical compound metabolite simplechemical',
    drug: 'drug',
    family: 'proteinfamily family genefamily',
    complex: 'complex proteincomplex namedcomplex',
    process: 'process bioprocess biologicalprocess pathway',
    phenotype: 'phenotype disease',
  } satisfies Partial<Record<NodeAttributes['kind'], string>>).flatMap(([kind, types]) =>
    types.split(' ').map((type) => [type, kind as NodeAttributes['kind']] as const),
  ),
);

export function networkFacts(attributes: Attributes, id: string | undefined): NetworkFacts {
  const first = (...names: string[]) =>
    names.map((name) => attributes.get(name)?.[0]?.trim()).find((value) => value);
  const organism = first('organism', 'species', 'taxon');
  return {
    name: first('name') ?? '',
    id,
    licence: first('rights', 'license', 'licence')?.slice(0, 500),
    species: taxonOfText(organism),
  };
}

export function networkNode(node: NetworkNode, facts: NetworkFacts): NodeStatement {
  const references = referencesOf(node);
  const nodeKind = kindOf(node, references);
  const label = node.name || node.represents || node.id;
  const synonyms = [...(node.attributes.get('synonyms') ?? []), ...(node.attributes.get('synonym') ?? [])];
  return {
    kind: 'node',
    id: node.id,
    label,
    names: [...new Set([label, ...synonyms].map((name) => name.trim()).filter((name) => name !== ''))],
    nodeKind,
    references,
    species: nodeKind === 'compound' || nodeKind === 'drug' ? undefined : speciesOf(node, facts),
  };
}

/** A relation as the edge's label says it. An edge that is marked as undirected has no sign to give. */
export function networkEdge(edge: NetworkEdge, facts: NetworkFacts): RelationStatement {
  const type = edge.interaction.trim();
  const isUndirected = edge.attributes.get('directed')?.[0] === 'false';
  const process = facts.name === '' ? undefined : { id: facts.id ?? facts.name, name: facts.name };
  return {
    kind: 'relation',
    head: edge.source,
    tail: edge.target,
    processes: process ? [process] : [],
    evidence: {
      source: facts.id ?? facts.name,
      type,
      subtypes: subtypesOf(type, edge.attributes),
      sign: isUndirected ? '0' : signOfInteraction(type),
      process: process?.id,
      pmids: [...new Set([...edge.pmids, ...pmidsOf(edge.attributes)])],
      licence: facts.licence,
    },
  };
}

function subtypesOf(type: string, attributes: Attributes): string[] {
  const words = [...type.split(';'), ...(attributes.get('mechanism') ?? [])].map((word) => word.trim());
  return [...new Set(words)].filter((word) => word !== '' && word !== type);
}

function pmidsOf(attributes: Attributes): string[] {
  return [...attributes]
    .filter(([name]) => /^(pmids?|pubmed(_ids?)?|(ndex:)?citations?(_ids?)?|references?)$/.test(name))
    .flatMap(([, values]) => values.flatMap(pubmedIds));
}

/**
 * What the node stands for; of other systems what its attributes say, else its aliases. These are all of one protein,
 * in no order that would tell the present accession from former ones.
 */
function referencesOf({ represents, attributes }: NetworkNode): CrossReference[] {
  const named = [...attributes].flatMap(([name, values]) =>
    values.map((value) => referenceUnder(name, value)),
  );
  const aliases = attributes.get('alias') ?? [];
  const found: CrossReference[] = [];
  for (const stated of [[referenceOfUri(represents)], named, aliases.map(referenceOfUri)]) {
    const settled = new Set(found.map(({ system }) => system));
    for (const reference of stated)
      if (reference && reference.system !== 'other' && !settled.has(reference.system)) found.push(reference);
  }
  return found;
}

/** An attribute that is called as a database is, with an id or an address of that database. */
function referenceUnder(name: string, value: string): CrossReference | undefined {
  const isAddress = /^https?:/.test(value);
  return (
    referenceOfUri(value) ?? crossReference(name, isAddress ? value.slice(value.lastIndexOf('/') + 1) : value)
  );
}

function kindOf({ attributes }: NetworkNode, references: readonly CrossReference[]): NodeAttributes['kind'] {
  const stated = attributes.get('type')?.[0] ?? '';
  const kind = kinds.get(stated.toLowerCase().replaceAll(/[^a-z]/g, ''));
  if (kind) return kind;
  if (references.length === 0) return 'other';
  return references.every(({ system }) => system === 'chebi' || system === 'kegg') ? 'compound' : 'gene';
}

function speciesOf({ attributes }: NetworkNode, facts: NetworkFacts): string | undefined {
  const stated = [...(attributes.get('organism') ?? []), ...(attributes.get('species') ?? [])];
  return stated.map(taxonOfText).find((taxon) => taxon) ?? facts.species;
}
