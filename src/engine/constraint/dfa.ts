import type { Rule } from './expression.ts';
import type { Nfa, NfaState } from './nfa.ts';
import type { WorkBudget } from './work-budget.ts';

export interface ByteEdge {
  first: number;
  last: number;
  to: number;
}

/** State 0 begins. No two edges of a state share a byte, no two calls a rule. */
export interface Dfa {
  states: { accepts: boolean; bytes: ByteEdge[]; calls: { rule: Rule; to: number }[] }[];
}

/** The subset construction. Rules are letters of the alphabet, as bytes are. */
export function determinise(nfa: Nfa, budget: WorkBudget): Dfa {
  const subsets: NfaState[][] = [];
  const known = new Map<string, number>();
  const indexOf = (seeds: readonly NfaState[]): number => {
    const subset = closure(seeds, nfa.end, budget);
    const key = subset.map(({ id }) => id).join();
    const index = known.get(key) ?? subsets.push(subset) - 1;
    known.set(key, index);
    return index;
  };
  indexOf([nfa.start]);
  const states: Dfa['states'] = [];
  for (const subset of subsets) {
    const bytes = splitRanges(subset.flatMap((state) => state.bytes)).map(({ first, last, to }) => ({
      first,
      last,
      to: indexOf(to),
    }));
    const calls = [...groupCalls(subset)].map(([rule, to]) => ({ rule, to: indexOf(to) }));
    states.push({ accepts: subset.includes(nfa.end), bytes: joined(bytes), calls });
  }
  return { states };
}

/** All that is reached for nothing, of it what has edges or ends, by id. */
function closure(seeds: readonly NfaState[], end: NfaState, budget: WorkBudget): NfaState[] {
  const seen = new Set(seeds);
  for (const state of seen) {
    budget.spend();
    for (const next of state.empty) seen.add(next);
  }
  const kept = [...seen].filter(({ bytes, calls }) => bytes.length > 0 || calls.length > 0);
  if (seen.has(end) && !kept.includes(end)) kept.push(end);
  return kept.sort((a, b) => a.id - b.id);
}

type NfaEdge = NfaState['bytes'][number];

/** Cuts overlapping ranges into disjoint ones, each with all its targets. */
function splitRanges(edges: readonly NfaEdge[]): { first: number; last: number; to: NfaState[] }[] {
  if (edges.length === 1) return [{ ...edges[0]!, to: [edges[0]!.to] }];
  const borders = [...new Set(edges.flatMap(({ first, last }) => [first, last + 1]))].sort((a, b) => a - b);
  const sorted = edges.toSorted((a, b) => a.first - b.first);
  let active: NfaEdge[] = [];
  let next = 0;
  return borders.slice(0, -1).flatMap((first, i) => {
    while (next < sorted.length && sorted[next]!.first <= first) active.push(sorted[next++]!);
    active = active.filter(({ last }) => last >= first);
    return active.length === 0 ? [] : [{ first, last: borders[i + 1]! - 1, to: active.map(({ to }) => to) }];
  });
}

function groupCalls(subset: readonly NfaState[]): Map<Rule, NfaState[]> {
  const targets = new Map<Rule, NfaState[]>();
  for (const { rule, to } of subset.flatMap(({ calls }) => calls)) {
    targets.set(rule, [...(targets.get(rule) ?? []), to]);
  }
  return targets;
}

/** Neighbouring ranges with one target become one range. */
function joined(edges: readonly ByteEdge[]): ByteEdge[] {
  const result: ByteEdge[] = [];
  for (const edge of edges) {
    const before = result.at(-1);
    if (before?.to === edge.to && before.last + 1 === edge.first) before.last = edge.last;
    else result.push({ ...edge });
  }
  return result;
}

export const intersectionOf = (a: Dfa, b: Dfa, budget: WorkBudget): Dfa =>
  product(a, b, (inA, inB) => inA && inB, budget);

/** Texts of `a` that are not of `b`. */
export const exceptOf = (a: Dfa, b: Dfa, budget: WorkBudget): Dfa =>
  product(a, b, (inA, inB) => inA && !inB, budget);

const DEAD = -1;

/** Runs two automata side by side; `b` may die, `a` may not. Neither calls rules. */
function product(a: Dfa, b: Dfa, accepts: (inA: boolean, inB: boolean) => boolean, budget: WorkBudget): Dfa {
  const pairs: [number, number][] = [[0, 0]];
  const known = new Map([['0,0', 0]]);
  const indexOf = (inA: number, inB: number): number => {
    const key = `${inA},${inB}`;
    const index = known.get(key) ?? pairs.push([inA, inB]) - 1;
    known.set(key, index);
    return index;
  };
  const states: Dfa['states'] = [];
  for (const [inA, inB] of pairs) {
    const stateA = a.states[inA]!;
    const stateB = b.states[inB];
    if (stateA.calls.length > 0 || stateB?.calls.length) throw new Error('a product holds no rules');
    const bytes = stateA.bytes.flatMap((edge) => {
      budget.spend();
      return overlaps(edge, stateB?.bytes ?? []).map(({ first, last, to }) => ({
        first,
        last,
        to: indexOf(edge.to, to),
      }));
    });
    states.push({
      accepts: accepts(stateA.accepts, stateB?.accepts ?? false),
      bytes: joined(bytes),
      calls: [],
    });
  }
  return { states };
}

/** One range cut at the borders of others; where none lies, the target is dead. */
function overlaps({ first, last }: ByteEdge, others: readonly ByteEdge[]): ByteEdge[] {
  const parts: ByteEdge[] = [];
  for (const other of others) {
    if (other.last < first || other.first > last) continue;
    if (other.first > first) parts.push({ first, last: other.first - 1, to: DEAD });
    const end = Math.min(last, other.last);
    parts.push({ first: Math.max(first, other.first), last: end, to: other.to });
    first = end + 1;
  }
  if (first <= last) parts.push({ first, last, to: DEAD });
  return parts;
}
