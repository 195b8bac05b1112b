import type { Direction } from '../../src/run.ts';
import type { GraphIndex } from '../graph-index.ts';
import { edgesOf } from '../neighbourhood.ts';
import { oneStep, type StepCost } from '../paths.ts';
import { TimeQueue } from '../steiner/time-queue.ts';
import { type Perturbation, type SignedStep, signsOf, times } from './signed-step.ts';

export interface PropagationOptions {
  /** Only these edges (by number); all, if left out. */
  within?: ReadonlySet<number> | undefined;
  /** Nodes held still (by key): nothing passes through them or through what belongs to them. */
  blocked?: readonly string[];
  /** What a step costs: its time. A step between a member and its family is nearly free. */
  costOf?: StepCost | undefined;
  /** Nothing is propagated farther than this. */
  maxCost?: number;
}

export interface SignedPath {
  /** The time of arrival: about the number of steps. */
  cost: number;
  /** In walking order; empty at the perturbed node itself. */
  steps: SignedStep[];
}

const familyStep = 0.01;
/** That a complex changes says less about one part of it. */
const partStep = 1.5;
const longest = 10;

/**
 * A graph ready for perturbations: signed propagation in the order of time, where a path's time is its length. What a
 * member does its family does, and a family's change is each member's, but a member's change is no other member's.
 */
export class SignedGraph {
  readonly index: GraphIndex;
  readonly signs: Int8Array;

  constructor(index: GraphIndex, signs: Int8Array = signsOf(index)) {
    this.index = index;
    this.signs = signs;
  }

  /** The graph with some signs turned, or taken away, by edge number: cheap, and for propagation only. */
  withSigns(change: { flipped?: readonly number[]; removed?: readonly number[] }): SignedGraph {
    const signs = this.signs.slice();
    for (const edge of change.flipped ?? []) signs[edge] = -(signs[edge] as number);
    for (const edge of change.removed ?? []) signs[edge] = 0;
    return new SignedGraph(this.index, signs);
  }

  /** First arrivals of each direction at every node. Throws `RangeError` for a node that is not in the graph. */
  propagate(perturbations: readonly Perturbation[], options: PropagationOptions = {}): Propagation {
    return new Propagation(this, perturbations, options);
  }

  /** The node and all that belongs to it, by number. */
  membersOf(node: number): Set<number> {
    const members = new Set([node]);
    for (const member of members) {
      for (const edge of edgesOf(this.index.incoming, member)) {
        if (this.index.isMembership(edge)) members.add(this.index.heads[edge] as number);
      }
    }
    return members;
  }
}

/** State 4n + 2s + u: node n, changed in direction s, reached by a step up to its family (u = 1) or otherwise. */
const stateOf = (node: number, direction: Direction, up: boolean) =>
  4 * node + (direction === '+' ? 0 : 2) + (up ? 1 : 0);
const nodeOf = (state: number) => state >> 2;
const directionOf = (state: number): Direction => ((state & 2) === 0 ? '+' : '-');

/** How perturbations spread over a graph. */
export class Propagation {
  readonly #graph: SignedGraph;
  readonly #options: PropagationOptions;
  readonly #cost: Float64Array;
  readonly #cameBy: Int32Array;
  readonly #cameFrom: Int32Array;
  readonly #blocked: Set<number>;

  constructor(graph: SignedGraph, starts: readonly Perturbation[], options: PropagationOptions) {
    const states = 4 * graph.index.nodeKeys.length;
    this.#graph = graph;
    this.#options = options;
    this.#cost = new Float64Array(states).fill(Number.POSITIVE_INFINITY);
    this.#cameBy = new Int32Array(states).fill(-1);
    this.#cameFrom = new Int32Array(states).fill(-1);
    const blocked = (options.blocked ?? []).map((key) => graph.index.nodeNumber(key));
    this.#blocked = new Set(blocked.flatMap((node) => [...graph.membersOf(node)]));
    this.#spread(starts);
  }

  /** The earliest path that changes the node in that direction; undefined where there is none. */
  pathTo(node: number, direction: Direction): SignedPath | undefined {
    const states = [stateOf(node, direction, false), stateOf(node, direction, true)];
    const [state] = states.sort((a, b) => (this.#cost[a] as number) - (this.#cost[b] as number));
    const cost = this.#cost[state as number] as number;
    return Number.isFinite(cost) ? { cost, steps: this.#walkBack(state as number) } : undefined;
  }

  #spread(starts: readonly Perturbation[]): void {
    const { maxCost = longest } = this.#options;
    const open = new TimeQueue(this.#cost.length);
    for (const { node, direction } of starts) {
      const state = stateOf(this.#graph.index.nodeNumber(node), direction, false);
      if (this.#cost[state] === 0) continue;
      this.#cost[state] = 0;
      open.insert(state, 0);
    }
    while (open.firstTime() <= maxCost) {
      const state = open.first();
      open.remove(state);
      for (const { edge, next, price } of this.#stepsFrom(state)) {
        const cost = (this.#cost[state] as number) + price;
        const known = this.#cost[next] as number;
        if (cost >= known || cost > maxCost) continue;
        if (Number.isFinite(known)) open.remove(next);
        open.insert(next, cost);
        this.#cost[next] = cost;
        this.#cameBy[next] = edge;
        this.#cameFrom[next] = state;
      }
    }
  }

  *#stepsFrom(state: number): Generator<{ edge: number; next: number; price: number }> {
    const { index, signs } = this.#graph;
    const { costOf = oneStep, within } = this.#options;
    const [node, direction] = [nodeOf(state), directionOf(state)];
    for (const edge of edgesOf(index.outgoing, node)) {
      const to = index.tails[edge] as number;
      if ((within && !within.has(edge)) || this.#blocked.has(to)) continue;
      const member = index.isMembership(edge);
      if (member) yield { edge, next: stateOf(to, direction, true), price: familyStep };
      else if (signs[edge] !== 0) {
        const change = times(direction, signs[edge] === 1 ? '+' : '-');
        yield { edge, next: stateOf(to, change, false), price: costOf(edge) };
      }
    }
    if ((state & 1) === 1) return;
    for (const edge of edgesOf(index.incoming, node)) {
      if (!index.isMembership(edge) || (within && !within.has(edge))) continue;
      const to = index.heads[edge] as number;
      if (this.#blocked.has(to)) continue;
      const price = index.edge(edge).type === 'isa' ? familyStep : partStep;
      yield { edge, next: stateOf(to, direction, false), price };
    }
  }

  #walkBack(end: number): SignedStep[] {
    const steps: SignedStep[] = [];
    for (let state = end; this.#cameFrom[state] !== -1; state = this.#cameFrom[state] as number) {
      const edge = this.#cameBy[state] as number;
      const [from, to] = [nodeOf(this.#cameFrom[state] as number), nodeOf(state)];
      const backwards = this.#graph.index.heads[edge] === to && this.#graph.index.tails[edge] === from;
      steps.push({ edge, backwards, from, to, change: directionOf(state) });
    }
    return steps.reverse();
  }
}

/** Whether the path comes to no node twice. */
export function isSimple({ steps }: SignedPath): boolean {
  const nodes = steps.map(({ to }) => to);
  const [first] = steps;
  return new Set(first ? [first.from, ...nodes] : nodes).size === nodes.length + (first ? 1 : 0);
}
