import type { Sign } from '../../../src/run.ts';
import type { DropCounts } from '../drop-counts.ts';
import { pairsOf } from '../pairs.ts';
import type { RelationStatement } from '../statement.ts';
import { type Effect, EffectFinder } from './biopax-effects.ts';
import type { BioPaxObject } from './biopax-objects.ts';
import { type BioPaxTable, shortId } from './biopax-table.ts';
import { relationType } from './biopax-terms.ts';

type StatedRelation = [head: BioPaxObject, tail: BioPaxObject, relation: RelationStatement];

interface Process {
  id: string;
  name: string;
}

/** An interaction of more parts than this is a list of a group, and its pairs say nothing. */
const maxParticipants = 12;

/** What a BioPAX file says of who acts on whom, with what it leaves out counted in `drops`. */
export class BioPaxRelations {
  readonly #table: BioPaxTable;
  readonly #drops: DropCounts;
  readonly #effects: EffectFinder;
  /** Pathways by what they hold. */
  readonly #processes = new Map<BioPaxObject, Process[]>();
  /** Controls that others control: without a target of their own they are still one. */
  readonly #controlled = new Set<BioPaxObject>();

  constructor(table: BioPaxTable, drops: DropCounts) {
    this.#table = table;
    this.#drops = drops;
    this.#effects = new EffectFinder(table);
    for (const pathway of table.ofKind('pathway')) this.#addMembers(pathway);
    for (const control of table.ofKind('control'))
      for (const controlled of table.linked(control, 'controlled')) this.#controlled.add(controlled);
  }

  *all(): Generator<RelationStatement> {
    for (const [head, tail, relation] of this.#stated()) {
      if (isEnd(head) && isEnd(tail)) yield relation;
      else this.#drops.add('relations with what is neither an entity nor a pathway');
    }
  }

  *#stated(): Generator<StatedRelation> {
    for (const conversion of this.#table.ofKind('conversion')) yield* this.#ofConversion(conversion);
    for (const expression of this.#table.ofKind('expression')) yield* this.#ofExpression(expression);
    for (const control of this.#table.ofKind('control')) yield* this.#ofControl(control);
    for (const interaction of this.#table.ofKind('interaction')) yield* this.#ofInteraction(interaction);
  }

  #addMembers(pathway: BioPaxObject): void {
    const process = {
      id: this.#table.citableId(pathway) ?? shortId(pathway.id),
      name: this.#table.nameOf(pathway) ?? shortId(pathway.id),
    };
    const steps = this.#table.linked(pathway, 'pathwayOrder');
    const members = [
      ...this.#table.linked(pathway, 'pathwayComponent'),
      ...steps.flatMap((step) => this.#table.linked(step, 'stepProcess')),
      ...steps.flatMap((step) => this.#table.linked(step, 'stepConversion')),
    ];
    for (const member of new Set(members)) {
      // Level 2 puts steps among the components.
      const inside = member.kind === 'step' ? this.#table.linked(member, 'stepProcess') : [member];
      for (const part of inside) this.#addProcess(part, process);
    }
  }

  #addProcess(part: BioPaxObject, process: Process): void {
    const known = this.#processes.get(part) ?? [];
    if (!known.some(({ id }) => id === process.id)) this.#processes.set(part, [...known, process]);
  }

  *#ofConversion(conversion: BioPaxObject): Generator<StatedRelation> {
    const { reactants, products, isReversible, sideCompounds } = this.#effects.reactionOf(conversion);
    this.#drops.add('compounds beside the macromolecules of a reaction', sideCompounds);
    if (reactants.length === 0 || products.length === 0) this.#drops.add('reactions with one side');
    const type = relationType(conversion.type);
    const subtypes = isReversible ? ['reversible'] : [];
    const pairs = pairsOf(reactants, products, this.#drops);
    const both = isReversible ? [...pairs, ...pairs.map(([a, b]) => [b, a] as const)] : pairs;
    for (const [head, tail] of both) yield this.#relation(head, tail, '0', type, subtypes, [conversion]);
  }

  *#ofExpression(expression: BioPaxObject): Generator<StatedRelation> {
    const pairs = pairsOf(
      this.#table.linked(expression, 'template'),
      this.#table.linked(expression, 'product'),
      this.#drops,
    );
    for (const [head, tail] of pairs) {
      yield this.#relation(head, tail, '0', relationType(expression.type), [], [expression]);
    }
  }

  *#ofControl(control: BioPaxObject): Generator<StatedRelation> {
    const controllers = this.#table.linked(control, 'controller');
    this.#drops.add('cofactors of catalyses', this.#table.linked(control, 'cofactor').length);
    if (controllers.length === 0) return this.#drops.add('controls without a controller');
    const effects = this.#effects.ofControl(control);
    if (effects.length === 0 && !this.#controlled.has(control))
      return this.#drops.add('controls of nothing that a relation can name');
    for (const head of controllers) {
      for (const effect of effects) if (effect.target !== head) yield this.#ofEffect(control, head, effect);
    }
  }

  #ofEffect(control: BioPaxObject, head: BioPaxObject, { target, sign, via }: Effect): StatedRelation {
    const word = sign === '+' ? ['activation'] : sign === '-' ? ['inhibition'] : [];
    const manner = /-(.+)$/.exec(control.links.get('controlType')?.[0] ?? '')?.[1]?.toLowerCase();
    const subtypes = manner === undefined ? word : [...word, manner];
    return this.#relation(head, target, sign, relationType(control.type), subtypes, [control, ...via]);
  }

  *#ofInteraction(interaction: BioPaxObject): Generator<StatedRelation> {
    const stated = [...new Set(this.#table.linked(interaction, 'participant'))];
    const parts = stated.filter(isEnd);
    if (parts.length > maxParticipants)
      return this.#drops.add(`interactions of more than ${maxParticipants} participants`);
    if (parts.length < 2) return this.#drops.add('interactions of fewer than two participants');
    for (const [index, head] of parts.entries()) {
      for (const tail of parts.slice(index + 1)) {
        yield this.#relation(head, tail, '0', relationType(interaction.type), [], [interaction]);
      }
    }
  }

  /** `stated` are the objects that say so, the most telling first. */
  #relation(
    head: BioPaxObject,
    tail: BioPaxObject,
    sign: Sign,
    type: string,
    subtypes: string[],
    stated: readonly BioPaxObject[],
  ): StatedRelation {
    const processes = distinct(stated.flatMap((object) => this.#processes.get(object) ?? []));
    const evidence = {
      source: this.#sourceOf(stated) ?? processes[0]?.id ?? '',
      type,
      subtypes,
      sign,
      process: processes[0]?.id,
      pmids: [...new Set(stated.flatMap((object) => this.#table.pmids(object)))],
      licence: this.#licenceOf(stated),
    };
    return [head, tail, { kind: 'relation', head: head.id, tail: tail.id, processes, evidence }];
  }

  #sourceOf(stated: readonly BioPaxObject[]): string | undefined {
    for (const object of stated) {
      const id = this.#table.citableId(object);
      if (id !== undefined) return id;
    }
    const [origin] = stated.flatMap((object) => this.#table.linked(object, 'dataSource'));
    return origin && this.#table.nameOf(origin);
  }

  #licenceOf(stated: readonly BioPaxObject[]): string | undefined {
    const texts = stated.flatMap((object) => object.texts.get('availability') ?? []);
    return texts.length === 0 ? undefined : [...new Set(texts)].join(' ');
  }
}

function isEnd({ kind }: BioPaxObject): boolean {
  return kind === 'entity' || kind === 'pathway';
}

function distinct(processes: readonly Process[]): Process[] {
  return [...new Map(processes.map((process) => [process.id, process])).values()];
}
