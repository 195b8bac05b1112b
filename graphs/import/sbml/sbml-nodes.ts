import type { NodeAttributes } from '../../pathway-graph.ts';
import { pubmedIds, referenceOfUri } from '../identity/database-names.ts';
import type { CrossReference, NodeStatement } from '../statement.ts';
import type { Annotations, SbmlEntity, SbmlModel } from './sbml-model.ts';
import { kindOfSpecies } from './sbml-terms.ts';

/** Databases whose ids name a reaction to others, the best first. */
const citable = ['reactome', 'kegg.reaction', 'rhea', 'bigg.reaction'];

export function* sbmlNodes(model: SbmlModel): Generator<NodeStatement> {
  const taxon = taxonOf(model.annotations);
  const stated = new Set<string>(['']);
  for (const [entities, isGene] of [
    [model.species, false],
    [model.geneProducts, true],
  ] as const) {
    for (const entity of entities) {
      if (!stated.has(entity.id)) yield nodeOf(entity, isGene, taxon);
      stated.add(entity.id);
    }
  }
}

function nodeOf(entity: SbmlEntity, isGene: boolean, taxon: string | undefined): NodeStatement {
  const references = referencesOf(entity.annotations);
  const nodeKind = isGene ? 'gene' : (kindOfSpecies(entity.sboTerm) ?? guessedKind(entity, references));
  const isCompound = nodeKind === 'compound' || nodeKind === 'drug';
  const label = entity.name || entity.id.replace(/^[MG]_/, '');
  return {
    kind: 'node',
    id: entity.id,
    label,
    names: [label],
    nodeKind,
    references,
    species: isCompound ? undefined : (taxonOf(entity.annotations) ?? taxon),
  };
}

/** A formula, or an id of a database of compounds, makes a compound; one of genes, a gene. */
function guessedKind(
  { hasFormula }: SbmlEntity,
  references: readonly CrossReference[],
): NodeAttributes['kind'] {
  if (hasFormula || references.some(({ system }) => system === 'chebi' || system === 'kegg'))
    return 'compound';
  return references.length > 0 ? 'gene' : 'other';
}

/** What the annotation says the thing is, or is encoded by. Databases that we do not map are left out. */
function referencesOf(annotations: Annotations): CrossReference[] {
  const addresses = [...(annotations.get('is') ?? []), ...(annotations.get('isEncodedBy') ?? [])];
  const found = addresses.map(referenceOfUri).filter((reference) => reference !== undefined);
  return found.filter(({ system }) => system !== 'other');
}

function taxonOf(annotations: Annotations): string | undefined {
  const addresses = annotations.get('hasTaxon') ?? [];
  return addresses.map((address) => /taxonomy[:/](\d+)$/.exec(address)?.[1]).find((taxon) => taxon);
}

export function pubmedIdsOf(annotations: Annotations): string[] {
  const addresses = ['isDescribedBy', 'is', 'hasProperty'].flatMap((name) => annotations.get(name) ?? []);
  return [...new Set(addresses.flatMap(pubmedIds))];
}

export function sourceOf(annotations: Annotations): string | undefined {
  const addresses = annotations.get('is') ?? [];
  for (const database of citable) {
    const marks = [`/${database}/`, `/${database}:`, `:${database}:`];
    for (const address of addresses) {
      const mark = marks.find((text) => address.includes(text));
      if (mark) return `${database}:${address.slice(address.indexOf(mark) + mark.length)}`;
    }
  }
  return undefined;
}
