import { MinHeap } from '../min-heap.ts';
import type { State } from './automaton.ts';
import type { TokenTrie } from './token-trie.ts';

/** Nodes of the trie that the search from one state may look at. */
const MOST_NODES = 400;
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
  const path: State[] = [start];
  const allowed: (Uint8Array | undefined)[] = [searchedBytes(start, trie)];
  let looked = 0;
  for (let node = 1; node < trie.byte.length; ) {
    const depth = trie.depth[node]!;
    const byte = trie.byte[node]!;
    const bytes = allowed[depth - 1];
    const to = bytes && bytes[byte] === 0 ? undefined : path[depth - 1]!.step(byte);
    if (!to) {
      node = trie.next[node]!;
      continue;
    }
    if (trie.tokenStart[node]! < trie.tokenStart[node + 1]!) targets.add(to);
    if (++looked > MOST_NODES) break;
    path[depth] = to;
    allowed[depth] = searchedBytes(to, trie);
    node++;
  }
  return targets;
}

const searched = new WeakMap<State, Uint8Array>();

/** Of a state with many next bytes, those to search: 1 where yes. Each target keeps a byte that is a token of its own. */
function searchedBytes(state: State, trie: TokenTrie): Uint8Array | undefined {
  const width = state.edges.reduce((sum, { first, last }) => sum + last - first + 1, 0);
  if (width <= WIDE) return undefined;
  const known = searched.get(state);
  if (known) return known;
  const bytes = new Uint8Array(256);
  const counts = new Map<State, number>();
  const take = (byte: number) => {
    const to = state.step(byte);
    const count = to ? (counts.get(to) ?? 0) : BYTES_PER_TARGET;
    if (count >= BYTES_PER_TARGET || bytes[byte] === 1) return;
    bytes[byte] = 1;
    if (isToken(byte, trie)) counts.set(to!, count + 1);
  };
  for (const byte of preferred) take(byte);
  for (let byte = 0; byte < 256; byte++) take(byte);
  searched.set(state, bytes);
  return bytes;
}

function isToken(byte: number, trie: TokenTrie): boolean {
  for (let node = 1; node < trie.byte.length; node = trie.next[node]!) {
    if (trie.byte[node] === byte) return trie.tokenStart[node]! < trie.tokenStart[node + 1]!;
  }
  return false;
}
