import type { SaxesTagNS } from 'saxes';
import { attributeOf, type Place, readXml, type XmlHandler } from '../text/read-xml.ts';
import { TextPool } from '../text/text-pool.ts';
import type { Annotations, SbmlEntity, SbmlModel, SbmlReaction } from './sbml-model.ts';

/** Prose and mathematics, where other vocabularies use the same names. */
const skipped = new Set(['notes', 'math', 'kineticLaw', 'message', 'layout', 'listOfLayouts']);

/** The part of an SBML file (levels 1 to 3, with flux balance and groups) that a graph of relations needs. */
export async function readSbmlModel(path: string, signal?: AbortSignal): Promise<SbmlModel> {
  const model: SbmlModel = {
    id: '',
    name: '',
    isStrict: false,
    annotations: new Map(),
    compartments: new Set(),
    parameters: new Map(),
    species: [],
    geneProducts: [],
    reactions: [],
    groups: [],
    transitions: [],
  };
  const empty = readXml(path, (_, place) => new SbmlHandler(model, place), signal);
  for await (const _ of empty);
  return model;
}

class SbmlHandler implements XmlHandler {
  readonly #model: SbmlModel;
  readonly #place: Place;
  readonly #pool = new TextPool();
  /** Local names of the open elements. */
  readonly #open: string[] = [];
  #skipDepth = 0;
  #level = 3;
  #reaction: SbmlReaction | undefined;
  /** Whose annotation is open: the innermost declaration, else the model. */
  readonly #owners: Annotations[] = [];
  #qualifier: string | undefined;

  constructor(model: SbmlModel, place: Place) {
    this.#model = model;
    this.#place = place;
  }

  open(tag: SaxesTagNS): void {
    const { local } = tag;
    if (this.#open.length === 0) this.#onRoot(tag);
    this.#open.push(local);
    this.#owners.push(this.#owners.at(-1) ?? new Map());
    if (this.#skipDepth > 0 || skipped.has(local)) this.#skipDepth++;
    else this.#onElement(local, tag);
  }

  close(tag: SaxesTagNS): void {
    this.#open.pop();
    this.#owners.pop();
    if (this.#skipDepth > 0) this.#skipDepth--;
    else if (tag.local === 'reaction') this.#reaction = undefined;
    else if (tag.local === this.#qualifier) this.#qualifier = undefined;
  }

  text(): void {}

  #onRoot(tag: SaxesTagNS): void {
    if (tag.local !== 'sbml')
      throw this.#place.fault(`<${tag.name}> is no <sbml>`, 'Name an SBML model (.xml, .sbml).');
    this.#level = Number(this.#attribute(tag, 'level') ?? 3);
  }

  #onElement(local: string, tag: SaxesTagNS): void {
    const model = this.#model;
    if (this.#open.includes('annotation')) this.#onAnnotation(local, tag);
    else if (local === 'model') this.#onModel(tag);
    else if (local === 'compartment') model.compartments.add(this.#idOf(tag));
    else if (/^(species|specie|qualitativeSpecies)$/.test(local)) this.#declare(model.species, tag);
    else if (local === 'geneProduct') this.#declare(model.geneProducts, tag);
    else if (local === 'reaction') this.#onReaction(tag);
    else if (this.#reaction) this.#onParticipant(this.#reaction, local, tag);
    else if (local === 'parameter')
      model.parameters.set(this.#idOf(tag), Number(this.#attribute(tag, 'value') ?? Number.NaN));
    else if (local === 'group')
      model.groups.push({ id: this.#idOf(tag), name: this.#attribute(tag, 'name') ?? '', members: [] });
    else if (local === 'member') model.groups.at(-1)?.members.push(this.#attribute(tag, 'idRef') ?? '');
    else if (local === 'transition') this.#onTransition();
    else if (local === 'input' || local === 'output') this.#onTransitionPart(local, tag);
  }

  #onModel(tag: SaxesTagNS): void {
    this.#model.id = this.#attribute(tag, 'id') ?? '';
    this.#model.name = this.#attribute(tag, 'name') ?? '';
    this.#model.isStrict = this.#attribute(tag, 'strict') === 'true';
    this.#own(this.#model.annotations);
  }

  #declare(entities: SbmlEntity[], tag: SaxesTagNS): void {
    const id = this.#idOf(tag);
    const entity: SbmlEntity = {
      id,
      name: this.#attribute(tag, 'name') ?? this.#attribute(tag, 'label') ?? '',
      compartment: this.#attribute(tag, 'compartment'),
      sboTerm: this.#attribute(tag, 'sboTerm'),
      hasFormula: this.#attribute(tag, 'chemicalFormula') !== undefined,
      annotations: new Map(),
      line: this.#place.line,
    };
    entities.push(entity);
    this.#own(entity.annotations);
  }

  #onReaction(tag: SaxesTagNS): void {
    this.#reaction = {
      id: this.#idOf(tag),
      name: this.#attribute(tag, 'name') ?? '',
      isReversible: this.#attribute(tag, 'reversible') !== 'false',
      lowerBound: this.#attribute(tag, 'lowerFluxBound'),
      upperBound: this.#attribute(tag, 'upperFluxBound'),
      reactants: [],
      products: [],
      modifiers: [],
      geneProducts: [],
      annotations: new Map(),
      line: this.#place.line,
    };
    this.#model.reactions.push(this.#reaction);
    this.#own(this.#reaction.annotations);
  }

  #onTransition(): void {
    const annotations: Annotations = new Map();
    this.#model.transitions.push({ inputs: [], outputs: [], annotations });
    this.#own(annotations);
  }

  #onTransitionPart(part: 'input' | 'output', tag: SaxesTagNS): void {
    const transition = this.#model.transitions.at(-1);
    const species = this.#attribute(tag, 'qualitativeSpecies') ?? '';
    if (part === 'output') transition?.outputs.push(species);
    else transition?.inputs.push({ species, sign: this.#attribute(tag, 'sign') });
  }

  #onParticipant(reaction: SbmlReaction, local: string, tag: SaxesTagNS): void {
    const species = this.#attribute(tag, 'species') ?? this.#attribute(tag, 'specie') ?? '';
    if (local === 'speciesReference' || local === 'specieReference') {
      const side = this.#open.at(-2) === 'listOfProducts' ? reaction.products : reaction.reactants;
      side.push(species);
    } else if (local === 'modifierSpeciesReference') {
      reaction.modifiers.push({ species, sboTerm: this.#attribute(tag, 'sboTerm') });
    } else if (local === 'geneProductRef') {
      reaction.geneProducts.push(this.#attribute(tag, 'geneProduct') ?? '');
    }
  }

  /** RDF within an annotation: a qualifier with a bag of addresses. */
  #onAnnotation(local: string, tag: SaxesTagNS): void {
    if (/biomodels\.net/.test(tag.uri)) this.#qualifier = local;
    if (local !== 'li' || this.#qualifier === undefined) return;
    const address = this.#attribute(tag, 'resource');
    const owner = this.#owners.at(-1);
    if (address === undefined || !owner) return;
    const known = owner.get(this.#qualifier);
    if (known) known.push(address);
    else owner.set(this.#qualifier, [address]);
  }

  #attribute(tag: SaxesTagNS, local: string): string | undefined {
    const value = attributeOf(tag, local);
    return value === undefined ? undefined : this.#pool.keep(value);
  }

  #own(annotations: Annotations): void {
    this.#owners[this.#owners.length - 1] = annotations;
  }

  /** Level 1 has names where later levels have ids. */
  #idOf(tag: SaxesTagNS): string {
    return this.#attribute(tag, 'id') ?? (this.#level === 1 ? this.#attribute(tag, 'name') : undefined) ?? '';
  }
}
