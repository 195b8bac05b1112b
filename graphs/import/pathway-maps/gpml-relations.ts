import type { Sign } from '../../../src/run.ts';
import { DropCounts } from '../drop-counts.ts';
import type { GpmlDrawing, GpmlInteraction } from './gpml-elements.ts';

/** A relation between two elements of a drawing: nodes, groups or texts by their ids. */
export interface GpmlRelation {
  head: string;
  tail: string;
  /** The arrow head, in the spelling of 2013; `line` where there is none. */
  arrow: string;
  /** The arrow head of the line that this one ends on, when it ends on an anchor. */
  onto: string | undefined;
  sign: Sign;
  signBasis: 'stated' | 'assumed';
  pmids: string[];
}

/** One way along a line: both ends of some lines have heads. */
interface Run {
  from: string | undefined;
  to: string | undefined;
  arrow: string;
}

const signs: Readonly<Record<string, Sign>> = {
  Arrow: '+',
  'mim-stimulation': '+',
  'mim-necessary-stimulation': '+',
  'mim-transcription-translation': '+',
  'mim-inhibition': '-',
  TBar: '-',
};

/** Lines may end on lines that end on lines. */
const deepest = 8;

/**
 * The relations that a drawing's lines state (signs: spec §1.9). A line that ends on an anchor acts on the products of
 * the anchored line: with its own sign (catalysis: +) where that one is unsigned, such as a conversion, with the
 * product of both signs where it is signed, since inhibiting an inhibition raises. A line that begins on an anchor
 * leads on from where the anchored line begins. What leads nowhere is counted in `dropped`.
 */
export class GpmlRelations {
  readonly dropped = new DropCounts();
  readonly #drawing: GpmlDrawing;
  readonly #byAnchor = new Map<string, GpmlInteraction>();

  constructor(drawing: GpmlDrawing) {
    this.#drawing = drawing;
    for (const line of drawing.interactions)
      for (const anchor of line.anchors) this.#byAnchor.set(anchor, line);
    if (drawing.graphicalLines > 0) this.dropped.add('lines that are only graphics', drawing.graphicalLines);
  }

  *all(): Generator<GpmlRelation> {
    for (const line of this.#drawing.interactions) {
      for (const run of runsOf(line)) yield* this.#relationsOf(run, line);
    }
  }

  *#relationsOf(run: Run, line: GpmlInteraction): Generator<GpmlRelation> {
    const loose = this.#fault(run.from) ?? this.#fault(run.to);
    if (loose) return this.dropped.add(loose);
    const heads = this.#elements(run.from, 'from');
    const tails = this.#elements(run.to, 'to');
    if (heads.length === 0 || tails.length === 0) {
      return this.dropped.add('lines that end on a line with a loose end');
    }
    const onto = this.#byAnchor.get(run.to as string);
    const effect = this.#effectOf(run, onto);
    const pmids = line.citations.flatMap((id) => this.#drawing.pmids.get(id) ?? []);
    for (const head of heads) for (const tail of tails) yield { head, tail, ...effect, pmids };
  }

  /** Why an end means nothing by itself, as a reason to count; undefined when it means something. */
  #fault(ref: string | undefined): string | undefined {
    const { graphicalAnchors, texts } = this.#drawing;
    if (ref === undefined) return 'lines with a loose end';
    if (this.#byAnchor.has(ref) || this.#element(ref) !== undefined) return undefined;
    if (graphicalAnchors.has(ref)) return 'lines that end on a line that is only graphics';
    if (texts.has(ref)) return 'lines that end on a shape without a name';
    return 'lines that end on something the file lacks';
  }

  #effectOf(run: Run, onto: GpmlInteraction | undefined) {
    const target = onto && runsOf(onto)[0];
    const own = target && run.arrow === 'mim-catalysis' ? '+' : (signs[run.arrow] ?? '0');
    const other = (target && signs[target.arrow]) ?? '0';
    const sign: Sign = own === '0' || other === '0' ? own : own === other ? '+' : '-';
    const assumed = run.arrow === 'Arrow' || (other !== '0' && target?.arrow === 'Arrow');
    const signBasis = assumed && sign !== '0' ? ('assumed' as const) : ('stated' as const);
    return { arrow: run.arrow, onto: target?.arrow, sign, signBasis };
  }

  /** The elements at an end; behind an anchor those where its line comes from or goes to. */
  #elements(ref: string | undefined, side: 'from' | 'to', depth = 0): string[] {
    if (ref === undefined || depth > deepest) return [];
    const line = this.#byAnchor.get(ref);
    if (line === undefined) return [this.#element(ref) ?? []].flat();
    return [...new Set(runsOf(line).flatMap((run) => this.#elements(run[side], side, depth + 1)))];
  }

  /** The node, group or text that a reference means: a state is its node, an alias its group. */
  #element(ref: string): string | undefined {
    const { nodes, groups, groupIds, states, texts } = this.#drawing;
    const id = states.get(ref) ?? ref;
    const alias = nodes.get(id)?.alias;
    if (alias !== undefined && groups.has(alias)) return alias;
    if (nodes.has(id) || groups.has(id)) return id;
    return groupIds.get(id) ?? (texts.get(id) ? id : undefined);
  }
}

function runsOf({ points }: GpmlInteraction): Run[] {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined || points.length < 2) return [];
  const forth = { from: first.ref, to: last.ref, arrow: last.arrow ?? 'line' };
  const back = { from: last.ref, to: first.ref, arrow: first.arrow ?? 'line' };
  if (first.arrow === undefined) return [forth];
  return last.arrow === undefined ? [back] : [forth, back];
}
