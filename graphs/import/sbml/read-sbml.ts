import { MalformedFileError } from '../../../src/errors.ts';
import type { Sign } from '../../../src/run.ts';
import { DropCounts } from '../drop-counts.ts';
import { FaultCounts } from '../fault-counts.ts';
import { pairsOf } from '../pairs.ts';
import type { RelationStatement, Statement, StatementReader } from '../statement.ts';
import { readSbmlModel } from './read-sbml-model.ts';
import { noteSbmlFaults } from './sbml-faults.ts';
import type { Annotations, SbmlEntity, SbmlModel, SbmlReaction, SbmlTransition } from './sbml-model.ts';
import { pubmedIdsOf, sbmlNodes, sourceOf } from './sbml-nodes.ts';
import { isCatalyst, signOfModifier } from './sbml-terms.ts';

/**
 * SBML, levels 1 to 3. A reaction stands between what goes in, what comes out and what modifies it; here it is folded
 * into relations: unsigned ones from what goes in to what comes out, and from modifiers and gene products to what comes
 * out, signed by the modifier's SBO term; gene products of a flux balance model catalyse, and transitions of a
 * qualitative model have the signs of their inputs. Faults of the model are warnings. Throws `MalformedFileError` where
 * it has reactions and none of a species that it defines.
 */
export const readSbml: StatementReader = async function* (path, signal): AsyncGenerator<Statement> {
  const model = await readSbmlModel(path, signal);
  const drops = new DropCounts();
  const faults = new FaultCounts();
  const known = {
    species: idsOf(model.species),
    geneProducts: idsOf(model.geneProducts),
  };
  refuseUnsound(path, model, known.species);
  noteSbmlFaults(model, faults);
  yield* sbmlNodes(model);
  const processes = processesOf(model);
  for (const reaction of model.reactions) {
    signal?.throwIfAborted();
    const context = { source: model.id, processes: processes.get(reaction.id) ?? [] };
    yield* relationsOf(context, soundPart(reaction, known, drops), drops);
  }
  for (const transition of model.transitions)
    yield* relationsOfTransition(model.id, transition, known.species, drops);
  yield* drops.statements();
  yield* faults.statements();
  if (model.reactions.length + model.transitions.length === 0)
    yield { kind: 'warning', message: 'a model without reactions' };
};

function idsOf(entities: readonly SbmlEntity[]): Set<string> {
  return new Set(entities.map(({ id }) => id).filter((id) => id !== ''));
}

function refuseUnsound(path: string, { reactions }: SbmlModel, species: ReadonlySet<string>): void {
  const [first] = reactions;
  const isSound = ({ reactants, products }: SbmlReaction) =>
    [...reactants, ...products].some((id) => species.has(id));
  if (!first || reactions.some(isSound)) return;
  throw new MalformedFileError(`${path}:${first.line}: no reaction is of species that the model defines`, {
    hint: 'Compare the ids in listOfSpecies with those in the reactions.',
  });
}

interface Context {
  /** Where a reaction names no source of its own. */
  source: string;
  processes: { id: string; name: string }[];
}

/** The groups of each reaction. */
function processesOf({ groups }: SbmlModel): Map<string, Context['processes']> {
  const found = new Map<string, Context['processes']>();
  for (const { id, name, members } of groups) {
    for (const member of new Set(members))
      found.set(member, [...(found.get(member) ?? []), { id: id || name, name: name || id }]);
  }
  return found;
}

/** The reaction without what it names and the model lacks. */
function soundPart(
  reaction: SbmlReaction,
  known: { species: ReadonlySet<string>; geneProducts: ReadonlySet<string> },
  drops: DropCounts,
): SbmlReaction {
  const isSpecies = (id: string) => keeps(known.species, id, 'references to species that the model lacks');
  const isGene = (id: string) =>
    keeps(known.geneProducts, id, 'references to gene products that the model lacks');
  const keeps = (ids: ReadonlySet<string>, id: string, reason: string) => {
    if (!ids.has(id)) drops.add(reason);
    return ids.has(id);
  };
  return {
    ...reaction,
    reactants: reaction.reactants.filter(isSpecies),
    products: reaction.products.filter(isSpecies),
    modifiers: reaction.modifiers.filter(({ species }) => isSpecies(species)),
    geneProducts: reaction.geneProducts.filter(isGene),
  };
}

function* relationsOf(
  context: Context,
  reaction: SbmlReaction,
  drops: DropCounts,
): Generator<RelationStatement> {
  const { reactants, products, isReversible, modifiers, geneProducts } = reaction;
  if (reactants.length === 0 || products.length === 0) drops.add('reactions with one side');
  const pairs = pairsOf(reactants, products, drops);
  const back = isReversible ? pairs.map(([head, tail]) => [tail, head] as const) : [];
  const manner = isReversible ? ['reversible'] : [];
  const related = relationMaker(context, reaction.annotations);
  for (const [head, tail] of [...pairs, ...back]) yield related(head, tail, '0', 'conversion', manner);
  const made = products.filter((product) => !reactants.includes(product));
  for (const { species, sboTerm } of modifiers) {
    const type = isCatalyst(sboTerm) ? 'catalysis' : 'modulation';
    const sign = signOfModifier(sboTerm);
    for (const [head, tail] of pairsOf([species], made, drops))
      yield related(head, tail, sign, type, wordsOf(sign));
  }
  for (const [head, tail] of pairsOf(geneProducts, made, drops))
    yield related(head, tail, '+', 'catalysis', wordsOf('+'));
}

/** A qualitative model says itself which inputs raise and which lower. */
function* relationsOfTransition(
  source: string,
  { inputs, outputs, annotations }: SbmlTransition,
  species: ReadonlySet<string>,
  drops: DropCounts,
): Generator<RelationStatement> {
  const related = relationMaker({ source, processes: [] }, annotations);
  for (const { species: head, sign: stated } of inputs) {
    const sign = stated === 'positive' ? '+' : stated === 'negative' ? '-' : '0';
    for (const [from, to] of pairsOf([head], outputs, drops)) {
      if (species.has(from) && species.has(to)) yield related(from, to, sign, 'transition', wordsOf(sign));
      else drops.add('references to species that the model lacks');
    }
  }
}

function relationMaker(context: Context, annotations: Annotations) {
  const { processes } = context;
  const source = sourceOf(annotations) ?? context.source;
  const pmids = pubmedIdsOf(annotations);
  return (head: string, tail: string, sign: Sign, type: string, subtypes: string[]): RelationStatement => ({
    kind: 'relation',
    head,
    tail,
    processes,
    evidence: { source, type, subtypes, sign, process: processes[0]?.id, pmids, licence: undefined },
  });
}

function wordsOf(sign: Sign): string[] {
  if (sign === '+') return ['activation'];
  return sign === '-' ? ['inhibition'] : [];
}
