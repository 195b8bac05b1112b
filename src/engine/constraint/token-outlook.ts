import type { State } from './automaton.ts';
import type { Configuration } from './configuration.ts';
import type { TokenTrie } from './token-trie.ts';

/** Tokens that leave the same number of tokens to the end: as ids, or as a bitmask where they are many. */
export interface TokenLevel {
  readonly cost: number;
  readonly ids: Int32Array | undefined;
  readonly words: Uint32Array | undefined;
}

/**
 * What each token does from one state, whatever lies below it: those that stay in the rule (or just end it), and the
 * places in the trie at which the rule has ended and longer tokens go on below. Found once for a state, it serves
 * every text that comes by; JSON's strings and numbers come by in every schema.
 */
export interface TokenOutlook {
  readonly levels: readonly TokenLevel[];
  readonly exits: readonly Exit[];
}

/** Nodes of the trie, all with this byte, before which the rule has ended. */
export interface Exit {
  readonly byte: number;
  readonly nodes: Int32Array;
}

export function outlookOf(state: State, trie: TokenTrie): TokenOutlook {
  state.outlook ??= look(state, trie);
  return state.outlook;
}

function look(state: State, trie: TokenTrie): TokenOutlook {
  const { space } = state.rule;
  const found = new LevelCollector(trie);
  const exits = new Map<number, number[]>();
  const start = space.exactly(space.bottom.with(state));
  walk(trie, 0, start, (node, { cost, isComplete }) => {
    found.add(node, cost);
    if (isComplete) addChildren(node, trie, exits);
  });
  return {
    levels: found.levels(),
    exits: [...exits].map(([byte, nodes]) => ({ byte, nodes: Int32Array.from(nodes) })),
  };
}

function addChildren(node: number, { byte, next }: TokenTrie, into: Map<number, number[]>): void {
  for (let child = node + 1; child < next[node]!; child = next[child]!) {
    const nodes = into.get(byte[child]!);
    if (nodes) nodes.push(child);
    else into.set(byte[child]!, [child]);
  }
}

/** Visits the nodes below `from` that the configuration at `from` allows. */
export function walk(
  trie: TokenTrie,
  from: number,
  start: Configuration,
  visit: (node: number, configuration: Configuration) => void,
): void {
  const { byte, depth, next } = trie;
  const base = depth[from]! + 1;
  const path: Configuration[] = [start];
  const end = next[from]!;
  for (let node = from + 1; node < end; ) {
    const level = depth[node]! - base;
    const to = path[level]!.step(byte[node]!);
    if (to === null) {
      node = next[node]!;
      continue;
    }
    path[level + 1] = to;
    visit(node, to);
    node++;
  }
}

/** Tokens by what they leave to do: in lists, and where a list would be longer than a bitmask, in that. */
export class LevelCollector {
  readonly #trie: TokenTrie;
  readonly #levels: (TokenBag | undefined)[] = [];

  constructor(trie: TokenTrie) {
    this.#trie = trie;
  }

  /** The tokens that end at this node. */
  add(node: number, cost: number): void {
    const { tokens, tokenStart, words } = this.#trie;
    const [from, end] = [tokenStart[node]!, tokenStart[node + 1]!];
    if (from === end) return;
    this.#levels[cost] ??= { ids: [], words: undefined };
    const bag = this.#levels[cost];
    for (let at = from; at < end; at++) {
      const id = tokens[at]!;
      if (bag.words) bag.words[id >>> 5]! |= 1 << (id & 31);
      else bag.ids.push(id);
    }
    if (!bag.words && bag.ids.length > words / 2) bag.words = bitmask(bag.ids, words);
  }

  levels(): TokenLevel[] {
    return this.#levels.flatMap((bag, cost) => {
      if (!bag) return [];
      const { ids, words } = bag;
      return [{ cost, ids: words ? undefined : Int32Array.from(ids), words }];
    });
  }
}

interface TokenBag {
  readonly ids: number[];
  words: Uint32Array | undefined;
}

function bitmask(ids: readonly number[], length: number): Uint32Array {
  const words = new Uint32Array(length);
  for (const id of ids) words[id >>> 5]! |= 1 << (id & 31);
  return words;
}
