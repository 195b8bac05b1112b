import type { Direction, Sign } from '../../src/run.ts';
import type { GraphIndex } from '../graph-index.ts';
import type { EdgeAttributes } from '../pathway-graph.ts';
import { agreedSign, isLost } from '../signs.ts';

/** A perturbed state: more or less of a node's activity. */
export interface Perturbation {
  /** The node's key. */
  node: string;
  direction: Direction;
}

/** One step of propagation along an edge, by numbers of the index. */
export interface SignedStep {
  edge: number;
  /** From a family to its member: a membership edge walked from its tail. */
  backwards: boolean;
  from: number;
  to: number;
  /** What happens to `to`. */
  change: Direction;
}

export function opposite(direction: Direction): Direction {
  return direction === '+' ? '-' : '+';
}

export function times(direction: Direction, sign: Direction): Direction {
  return sign === '+' ? direction : opposite(direction);
}

/** The sign that an edge carries on; `missing interaction` and statements without direction never give one. */
export function carriedSign({ sign, evidences }: Pick<EdgeAttributes, 'sign' | 'evidences'>): Sign {
  if (!evidences.some(({ subtypes }) => isLost(subtypes))) return sign;
  return agreedSign(evidences.filter(({ subtypes }) => !isLost(subtypes)).map((evidence) => evidence.sign));
}

/** The carried signs of all edges by number: 1, -1, or 0 for what gives none. */
export function signsOf(index: GraphIndex): Int8Array {
  return Int8Array.from(index.edgeKeys, (_key, edge) => {
    const sign = carriedSign(index.edge(edge));
    return sign === '+' ? 1 : sign === '-' ? -1 : 0;
  });
}
