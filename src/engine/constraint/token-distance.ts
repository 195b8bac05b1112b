import { MinHeap } from '../min-heap.ts';
import type { State } from './automaton.ts';
import { childOf, isTokenNode, type TokenTrie } from './token-trie.ts';

/** Nodes of the trie that the search from one state may look at. */
const MOST_NODES = 60;
/** A state with more next bytes than this is searched by a few bytes for each target. */
const WIDE = 24;
const BYTES_PER_TARGET = 2;
/** Bytes that long tokens and closing tokens begin with, best first. */
const preferred = Buffer.from('"},] 0ae:\\1bcdfinrst-');

/**
 * Sets how many tokens each state is from the end of its rule, at most: the length of a path that exists, token by
 * token, so a text that has that many tokens left can be completed. It is the least but for tokens that cross the
 * border of a rule, and for those that states with many next bytes would offer beyond the bytes searched.
 * Rules that are called may be among the new ones or have their distances.
 */
export function measureDistances(states: readonly State[], trie: TokenTrie): void {
  const waiting = new Map<State, Step[]>();
  const heap = new MinHeap();
  const offer = (index: number, distance: number) => {
    if (distance < states[index]!.distance) {
      states[index]!.distance = distance;
      heap.push(distance * states.length + index);
    }
  };
  const relax = ({ index, cost, needs }: Step) =>
    offer(
      index,
      needs.reduce((sum, { distance }) => sum + distance, cost),
    );
  states.forEach((state, index) => {
    for (const step of stepsOf(state, index, trie)) {
      for (const needed of step.needs) {
        const others = waiting.get(needed);
        if (others) others.push(step);
        else waiting.set(needed, [step]);
      }
      relax(step);
    }
    if (state.accepts) offer(index, 0);
  });
  // Knuth's generalisation of Dijkstra's algorithm: a state taken from the heap has its final distance.
  for (let key = heap.pop(); key !== undefined; key = heap.pop()) {
    const state = states[key % states.length]!;
    if (Math.floor(key / states.length) > state.distance) continue;
    for (const step of waiting.get(state) ?? []) relax(step);
  }
}

/** A way on from state `index`: `cost` tokens, then the distances of all states in `needs`. */
interface Step {
  index: number;
  cost: number;
  needs: readonly State[];
}

function stepsOf(state: State, index: number, trie: TokenTrie): Step[] {
  const tokens = [...targetsOf(state, trie)].map((target) => ({ index, cost: 1, needs: [target] }));
  const calls = state.calls.map(({ rule, to }) => ({ index, cost: 0, needs: [rule.start, to] }));
  return [...tokens, ...calls];
}

/** States that one token leads to. */
function targetsOf(start: State, trie: TokenTrie): Set<State> {
  const targets = new Set<State>();
  let left = MOST_NODES;
  search(0, start);
  return targets;

  function search(node: number, state: State): void {
    for (const { byte, to } of searchedSteps(state, trie)) {
      const child = childOf(trie, node, byte);
      if (child === undefined) continue;
      if (isTokenNode(trie, child)) targets.add(to);
      if (left-- <= 0) return;
      search(child, to);
    }
  }
}

interface ByteStep {
  byte: number;
  to: State;
}

const searched = new WeakMap<State, readonly ByteStep[]>();

/** The bytes to search from a state: all where they are few, else some for each target, one of them a token of its own. */
function searchedSteps(state: State, trie: TokenTrie): readonly ByteStep[] {
  const known = searched.get(state);
  if (known) return known;
  const width = state.edges.reduce((sum, { first, last }) => sum + last - first + 1, 0);
  const steps = width <= WIDE ? allSteps(state) : someSteps(state, trie);
  searched.set(state, steps);
  return steps;
}

function allSteps({ edges }: State): ByteStep[] {
  return edges.flatMap(({ first, last, to }) =>
    Array.from({ length: last - first + 1 }, (_, i) => ({ byte: first + i, to })),
  );
}

function someSteps(state: State, trie: TokenTrie): ByteStep[] {
  const steps: ByteStep[] = [];
  const counts = new Map<State, number>();
  const take = (byte: number, to: State) => {
    const count = counts.get(to) ?? 0;
    if (count >= BYTES_PER_TARGET) return;
    steps.push({ byte, to });
    const child = childOf(trie, 0, byte);
    if (child !== undefined && isTokenNode(trie, child)) counts.set(to, count + 1);
  };
  for (const byte of preferred) {
    for (const { first, last, to } of state.edges) if (byte >= first && byte <= last) take(byte, to);
  }
  for (const { first, last, to } of state.edges) for (let byte = first; byte <= last; byte++) take(byte, to);
  return steps;
}
