import { edgesOf, familyCircle } from '../../graphs/neighbourhood.ts';
import type { NodeAttributes } from '../../graphs/pathway-graph.ts';
import type { SignedGraph, SignedPath } from '../../graphs/perturb/propagation.ts';
import { opposite, type SignedStep } from '../../graphs/perturb/signed-step.ts';
import type { NameIndex } from '../../graphs/resolve-names.ts';
import { PathactError } from '../../src/errors.ts';
import type { Direction } from '../../src/run.ts';
import { seededRandom, seedOf } from '../harness/seed.ts';

/** A question as a row of a question file: BioMaze's columns, and those of ours. */
export interface QuestionRow {
  id: string;
  question: string;
  answer: 'Yes' | 'No';
  abs_id: string;
  'Inquiry Type': 'Normal' | 'Perturbed';
  'Extra Condition': 'Natural';
  'Investigation Target': 'Single' | 'Function';
  biocategory: string;
  biosubcategory: string;
  /** Keys of the path's edges. */
  evidence: string[];
  perturbation: string;
  target: string;
  pair: string;
  /** Keys of edges that the graph must not have when the questions are asked: those between the two ends. */
  excluded: string[];
}

export interface MakeOptions {
  /** Rows; two make a pair. */
  n: number;
  seed: number;
}

/** Tries for each pair before the graph counts as too small. */
const tries = 400;
const shortest = 2;
const longest = 4;

/**
 * Signed True/False questions about the ends of paths of 2 to 4 edges, each asked both ways. Every signed path of at
 * most 4 edges between the ends has the same sign once the direct edges between them are left out; together with the
 * same seed and graph the same rows. Throws where the graph does not give so many.
 */
export function makeQuestions(graph: SignedGraph, names: NameIndex, { n, seed }: MakeOptions): QuestionRow[] {
  const maker = new QuestionMaker(graph, names, seed);
  const pairs = Math.ceil(n / 2);
  for (let left = pairs * tries; left > 0 && maker.items.length < pairs; left--) maker.tryOne();
  if (maker.items.length < pairs) {
    throw new PathactError(`the graph gives only ${2 * maker.items.length} of ${n} questions`, {
      hint: 'It needs signed paths of 2 to 4 edges between nodes with names of their own. Ask for fewer with --n.',
    });
  }
  return maker.items.flatMap((item, i) => rowsOf(graph, item, i)).slice(0, n);
}

interface Item {
  start: number;
  end: number;
  change: Direction;
  path: SignedPath;
  excluded: number[];
  wording: number;
}

class QuestionMaker {
  readonly items: Item[] = [];
  readonly #graph: SignedGraph;
  readonly #names: NameIndex;
  readonly #random: () => number;
  readonly #asked = new Set<string>();
  readonly #excluded = new Set<number>();
  readonly #used = new Set<number>();
  readonly #clear = new Map<number, boolean>();

  constructor(graph: SignedGraph, names: NameIndex, seed: number) {
    this.#graph = graph;
    this.#names = names;
    this.#random = seededRandom(seedOf('make-questions', seed));
  }

  /** Draws a start and an end; keeps them where they make a fair question. */
  tryOne(): void {
    const { nodeKeys } = this.#graph.index;
    const start = this.#below(nodeKeys.length);
    const length = shortest + (this.items.length % (longest - shortest + 1));
    const change: Direction = this.#random() < 0.5 ? '+' : '-';
    const end = this.#walk(start, length);
    if (end === undefined || !this.#isAskable(start, end)) return;
    const excluded = this.#directEdges(start, end);
    const path = this.#onlyEffect(start, end, change, excluded);
    if (path?.steps.length !== length || !this.#isFree(path, excluded)) return;
    this.#keep({ start, end, change, path, excluded, wording: this.#below(1000) });
  }

  #below(count: number): number {
    return Math.floor(this.#random() * count);
  }

  /** Where a random walk along signed edges ends. */
  #walk(start: number, length: number): number | undefined {
    const { index, signs } = this.#graph;
    let at = start;
    for (let step = 0; step < length; step++) {
      const out = [...edgesOf(index.outgoing, at)].filter((edge) => signs[edge] !== 0);
      const edge = out[this.#below(out.length)];
      if (edge === undefined) return undefined;
      at = index.tails[edge] as number;
    }
    return at;
  }

  #isAskable(start: number, end: number): boolean {
    if (start === end || this.#asked.has(`${start} ${end}`)) return false;
    if (familyCircle(this.#graph.index, [start]).has(end)) return false;
    return this.#isClear(start) && this.#isClear(end) && !isProcess(this.#graph.index.node(start));
  }

  /** Its label is a name that means this node and no other. */
  #isClear(node: number): boolean {
    const known = this.#clear.get(node);
    if (known !== undefined) return known;
    const { label } = this.#graph.index.node(node);
    const [found, ...others] = this.#names.resolve(`The ${label} is`);
    const key = this.#graph.index.nodeKeys[node];
    const isClear = others.length === 0 && found?.node === key && found?.text === label;
    this.#clear.set(node, isClear);
    return isClear;
  }

  #directEdges(start: number, end: number): number[] {
    const { index } = this.#graph;
    const between = (head: number, tail: number) =>
      [...edgesOf(index.outgoing, head)].filter((edge) => index.tails[edge] === tail);
    return [...between(start, end), ...between(end, start)];
  }

  /** The earliest path without the direct edges, where none of about that length has the opposite effect. */
  #onlyEffect(
    start: number,
    end: number,
    direction: Direction,
    without: readonly number[],
  ): SignedPath | undefined {
    const node = this.#graph.index.nodeKeys[start] as string;
    const costOf = (edge: number) =>
      without.includes(edge) || this.#excluded.has(edge) ? Number.POSITIVE_INFINITY : 1;
    const spread = this.#graph.propagate([{ node, direction }], { costOf, maxCost: longest + 0.5 });
    const [up, down] = [spread.pathTo(end, '+'), spread.pathTo(end, '-')];
    return up && down ? undefined : (up ?? down);
  }

  /** No question's path loses an edge to the exclusions of another. */
  #isFree({ steps }: SignedPath, excluded: readonly number[]): boolean {
    return (
      !steps.some(({ edge }) => this.#excluded.has(edge)) && !excluded.some((edge) => this.#used.has(edge))
    );
  }

  #keep(item: Item): void {
    this.items.push(item);
    this.#asked.add(`${item.start} ${item.end}`);
    for (const edge of item.excluded) this.#excluded.add(edge);
    for (const { edge } of item.path.steps) this.#used.add(edge);
  }
}

const causes: Record<Direction, readonly string[]> = {
  '+': ['higher activity of', 'overexpression of', 'a gain of'],
  '-': ['loss of', 'inhibition of', 'knockout of'],
};
const substances: Record<Direction, readonly string[]> = {
  '+': ['more', 'addition of', 'a rise in'],
  '-': ['depletion of', 'a fall in', 'withdrawal of'],
};
const verbs: readonly (readonly [string, string])[] = [
  ['increase', 'decrease'],
  ['raise', 'lower'],
  ['promote', 'suppress'],
];

function rowsOf(graph: SignedGraph, item: Item, at: number): QuestionRow[] {
  const { start, end, change, path } = item;
  const { index } = graph;
  const effect = path.steps.at(-1)?.change ?? change;
  const pick = <T>(list: readonly T[], turn: number): T => list[(item.wording >> turn) % list.length] as T;
  const cause = `${pick((isSubstance(index.node(start)) ? substances : causes)[change], 0)} ${index.node(start).label}`;
  const object = objectOf(graph, end, path.steps.at(-1));
  const [up, down] = pick(verbs, 3);
  const pair = `mq-${String(at + 1).padStart(3, '0')}`;
  const processes = path.steps.flatMap(({ edge }) => index.edge(edge).processes.map(({ name }) => name));
  const facts = {
    abs_id: '',
    'Inquiry Type': change === '+' ? 'Normal' : 'Perturbed',
    'Extra Condition': 'Natural',
    'Investigation Target': isProcess(index.node(end)) ? 'Function' : 'Single',
    biocategory: processes[0] ?? '',
    biosubcategory: processes.at(-1) ?? '',
    evidence: path.steps.map(({ edge }) => index.edgeKeys[edge] as string),
    perturbation: `${index.nodeKeys[start]}:${change}`,
    target: index.nodeKeys[end] as string,
    pair,
    excluded: item.excluded.map((edge) => index.edgeKeys[edge] as string),
  } as const;
  const row = (verb: string, asked: Direction, letter: string): QuestionRow => ({
    id: `${pair}${letter}`,
    question: `Does ${cause} ${verb} ${object}?`,
    answer: asked === effect ? 'Yes' : 'No',
    ...facts,
  });
  return [row(up, '+', 'a'), row(down, opposite('+'), 'b')];
}

/** A gene's expression where the last step acts on that, a substance's level, else activity. */
function objectOf({ index }: SignedGraph, end: number, last: SignedStep | undefined): string {
  const node = index.node(end);
  if (isProcess(node)) return node.label;
  if (isSubstance(node)) return `the level of ${node.label}`;
  const acts = last && index.edge(last.edge).type === 'GErel' ? 'expression' : 'activity';
  return `the ${acts} of ${node.label}`;
}

const isProcess = ({ kind }: NodeAttributes) => kind === 'process' || kind === 'phenotype' || kind === 'map';
const isSubstance = ({ kind }: NodeAttributes) => kind === 'compound' || kind === 'drug';
