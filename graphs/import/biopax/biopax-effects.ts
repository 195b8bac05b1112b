import type { Sign } from '../../../src/run.ts';
import type { BioPaxObject } from './biopax-objects.ts';
import type { BioPaxTable } from './biopax-table.ts';

/** What a control reaches in the end, and through which reactions and controls. */
export interface Effect {
  target: BioPaxObject;
  sign: Sign;
  via: readonly BioPaxObject[];
}

export interface Reaction {
  reactants: BioPaxObject[];
  products: BioPaxObject[];
  isReversible: boolean;
  /** Compounds that come and go beside macromolecules (ATP and ADP of a kinase) and are in neither list. */
  sideCompounds: number;
}

/** Controls of controls deeper than any cell's. */
const maxDepth = 100;

/** §1.9: ACTIVATION* raises, INHIBITION* lowers, no control type says nothing. */
export function signOfControl(control: BioPaxObject): Sign {
  const type = control.links.get('controlType')?.[0]?.toUpperCase() ?? '';
  if (type.startsWith('ACTIVATION')) return '+';
  return type.startsWith('INHIBITION') ? '-' : '0';
}

/** A sign that passes through another: two inhibitions raise. */
export function composed(first: Sign, second: Sign): Sign {
  if (first === '0' || second === '0') return '0';
  return first === second ? '+' : '-';
}

/** Follows what a control controls: reactions to their products, controls on to theirs. Remembers what it followed. */
export class EffectFinder {
  readonly #table: BioPaxTable;
  readonly #directions = new Map<BioPaxObject, string>();
  readonly #effects = new Map<BioPaxObject, readonly Effect[]>();

  constructor(table: BioPaxTable) {
    this.#table = table;
    this.#collectDirections();
  }

  /** The ends of a control's effect, each with the sign that `controller` has on it. */
  ofControl(control: BioPaxObject, depth = 0): readonly Effect[] {
    const known = this.#effects.get(control);
    if (known) return known;
    this.#effects.set(control, []); // a circle of controls ends here
    const own = signOfControl(control);
    const effects = this.#table.linked(control, 'controlled').flatMap((controlled) =>
      this.#onto(controlled, depth).map(({ target, sign, via }) => ({
        target,
        sign: composed(own, sign),
        via: [controlled, ...via.filter((step) => step !== controlled)],
      })),
    );
    const distinct = [...new Map(effects.map((effect) => [effect.target.id + effect.sign, effect])).values()];
    this.#effects.set(control, distinct);
    return distinct;
  }

  /** A conversion's two sides in the direction it runs. */
  reactionOf(conversion: BioPaxObject): Reaction {
    const left = this.#table.linked(conversion, 'left');
    const right = this.#table.linked(conversion, 'right');
    const direction = this.#directions.get(conversion) ?? directionOf(conversion, 'conversionDirection');
    const [reactants, products] = direction === 'backwards' ? [right, left] : [left, right];
    const isReversible = direction === 'reversible';
    const both = [reactants, products];
    if (!both.every((side) => side.some(isCompound) && side.some(isMacromolecule)))
      return { reactants, products, isReversible, sideCompounds: 0 };
    return {
      reactants: reactants.filter(isMacromolecule),
      products: products.filter(isMacromolecule),
      isReversible,
      sideCompounds: both.flat().filter(isCompound).length,
    };
  }

  /** What happens to whom when `controlled` goes faster. */
  #onto(controlled: BioPaxObject, depth: number): Effect[] {
    switch (controlled.kind) {
      case 'conversion':
        return this.#ontoReaction(controlled);
      case 'expression':
        return raised(this.#table.linked(controlled, 'product'), controlled);
      case 'interaction':
        return [];
      case 'control':
        return depth > maxDepth ? [] : this.#ontoControl(controlled, depth + 1);
      default:
        return raised([controlled], controlled);
    }
  }

  /** More products; where nothing comes out, less of what goes in. */
  #ontoReaction(conversion: BioPaxObject): Effect[] {
    const { reactants, products } = this.reactionOf(conversion);
    if (products.length === 0) {
      return reactants.map((target) => ({ target, sign: '-' as const, via: [conversion] }));
    }
    const made = products.filter((product) => !reactants.includes(product));
    // Level 2 keeps states with the participants: whatever turns into itself changes its state.
    return raised(made.length > 0 ? made : products, conversion);
  }

  /** A catalysis is done by its enzyme, so the enzyme is reached too; a control of nothing is its controller alone. */
  #ontoControl(control: BioPaxObject, depth: number): Effect[] {
    const further = this.ofControl(control, depth);
    const actsItself = control.type === 'Catalysis' || further.length === 0;
    const actors = actsItself ? this.#table.linked(control, 'controller') : [];
    return [...raised(actors, control), ...further];
  }

  /** Steps and catalyses may state a direction that the conversion leaves open. */
  #collectDirections(): void {
    for (const step of this.#table.ofKind('step')) {
      const direction = directionOf(step, 'stepDirection');
      if (direction) this.#direct(this.#table.linked(step, 'stepConversion'), direction);
    }
    for (const control of this.#table.ofKind('control')) {
      const direction = directionOf(control, 'catalysisDirection');
      if (direction) this.#direct(this.#table.linked(control, 'controlled'), direction);
    }
  }

  /** Two statements that disagree make it run both ways. */
  #direct(conversions: readonly BioPaxObject[], direction: string): void {
    for (const conversion of conversions) {
      const known = this.#directions.get(conversion) ?? direction;
      this.#directions.set(conversion, known === direction ? direction : 'reversible');
    }
  }
}

function raised(targets: readonly BioPaxObject[], by: BioPaxObject): Effect[] {
  return targets.map((target) => ({ target, sign: '+', via: [by] }));
}

function directionOf(
  object: BioPaxObject,
  property: string,
): 'forwards' | 'backwards' | 'reversible' | undefined {
  const stated = object.links.get(property)?.[0] ?? object.links.get('spontaneous')?.[0] ?? '';
  if (/RIGHT[-_]TO[-_]LEFT|^R-L$/i.test(stated)) return 'backwards';
  if (/LEFT[-_]TO[-_]RIGHT|^L-R$/i.test(stated)) return 'forwards';
  return /^REVERSIBLE$/i.test(stated) ? 'reversible' : undefined;
}

function isCompound(object: BioPaxObject): boolean {
  return object.type.startsWith('SmallMolecule');
}

function isMacromolecule(object: BioPaxObject): boolean {
  return !isCompound(object);
}
