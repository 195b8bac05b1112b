import type { Rule } from './expression.ts';
import type { Nfa, NfaState } from './nfa.ts';
import type { WorkBudget } from './work-budget.ts';

export interface ByteEdge {
  first: number;
  last: number;
  to: number;
}

/** An automaton without empty edges. State 0 begins. */
export interface Automaton {
  states: { accepts: boolean; bytes: ByteEdge[]; calls: { rule: Rule; to: number }[] }[];
}

/** One where no two edges of a state share a byte, and no two calls a rule. */
export interface Dfa extends Automaton {
  readonly isDeterministic: true;
}

/** The same texts without empty edges: a state for each of the NFA's that a byte or a rule leads to. */
export function withoutEmptyEdges(nfa: Nfa, budget: WorkBudget): Automaton {
  const order = [nfa.start];
  const known = new Map([[nfa.start, 0]]);
  const indexOf = (state: NfaState): number => {
    const index = known.get(state) ?? order.push(state) - 1;
    known.set(state, index);
    return index;
  };
  const states: Automaton['states'] = [];
  for (const state of order) {
    const reached = closure(state, budget);
    const bytes = reached.flatMap((from) => from.bytes);
    budget.spend(bytes.length);
    states.push({
      accepts: reached.includes(nfa.end),
      bytes: bytes.map(({ first, last, to }) => ({ first, last, to: indexOf(to) })),
      calls: reached.flatMap(({ calls }) => calls.map(({ rule, to }) => ({ rule, to: indexOf(to) }))),
    });
  }
  return { states };
}

/** All that is reached for nothing. */
function closure(from: NfaState, budget: WorkBudget): NfaState[] {
  const seen = new Set([from]);
  for (const state of seen) {
    budget.spend();
    for (const next of state.empty) seen.add(next);
  }
  return [...seen];
}

/** The subset construction, which can grow without measure. Rules are letters of the alphabet, as bytes are. */
export function determinise(automaton: Automaton, budget: WorkBudget): Dfa {
  const subsets: number[][] = [];
  const known = new Map<string, number>();
  const indexOf = (members: readonly number[]): number => {
    const subset = members.length === 1 ? [members[0]!] : [...new Set(members)].sort((a, b) => a - b);
    const key = subset.join();
    const index = known.get(key) ?? subsets.push(subset) - 1;
    known.set(key, index);
    return index;
  };
  indexOf([0]);
  const states: Automaton['states'] = [];
  for (const subset of subsets) {
    const members = subset.map((index) => automaton.states[index]!);
    const edges = members.flatMap(({ bytes }) => bytes);
    const parts = splitRanges(edges);
    budget.spend(2 + edges.length + parts.reduce((sum, { to }) => sum + to.length, 0));
    const bytes = parts.map(({ first, last, to }) => ({ first, last, to: indexOf(to) }));
    const calls = [...groupCalls(members)].map(([rule, to]) => ({ rule, to: indexOf(to) }));
    states.push({ accepts: members.some(({ accepts }) => accepts), bytes: joined(bytes), calls });
  }
  return { states, isDeterministic: true };
}

/** Cuts overlapping ranges into disjoint ones, each with all its targets. */
function splitRanges(edges: readonly ByteEdge[]): { first: number; last: number; to: number[] }[] {
  if (edges.length === 1) return [{ ...edges[0]!, to: [edges[0]!.to] }];
  const borders = [...new Set(edges.flatMap(({ first, last }) => [first, last + 1]))].sort((a, b) => a - b);
  const sorted = edges.toSorted((a, b) => a.first - b.first);
  let active: ByteEdge[] = [];
  let next = 0;
  return borders.slice(0, -1).flatMap((first, i) => {
    while (next < sorted.length && sorted[next]!.first <= first) active.push(sorted[next++]!);
    active = active.filter(({ last }) => last >= first);
    return active.length === 0 ? [] : [{ first, last: borders[i + 1]! - 1, to: active.map(({ to }) => to) }];
  });
}

function groupCalls(members: Automaton['states']): Map<Rule, number[]> {
  const targets = new Map<Rule, number[]>();
  for (const { rule, to } of members.flatMap(({ calls }) => calls)) {
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
  const states: Automaton['states'] = [];
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
  return { states, isDeterministic: true };
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
