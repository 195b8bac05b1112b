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
  const found = new LevelCollector();
  const exits = new Map<number, number[]>();
  const start = space.exactly(space.bottom.with(state));
  walk(trie, 0, start, (node, { cost, isComplete }) => {
    found.add(node, cost, trie);
    if (isComplete) addChildren(node, trie, exits);
  });
  return {
    levels: found.levels(trie),
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

/** Tokens by what they leave to do. */
export class LevelCollector {
  readonly #ids: (number[] | undefined)[] = [];

  add(node: number, cost: number, { tokens, tokenStart }: TokenTrie): void {
    const end = tokenStart[node + 1]!;
    for (let at = tokenStart[node]!; at < end; at++) {
      const ids = this.#ids[cost];
      if (ids) ids.push(tokens[at]!);
      else this.#ids[cost] = [tokens[at]!];
    }
  }

  levels(trie: TokenTrie): TokenLevel[] {
    return this.#ids.flatMap((ids, cost) => (ids ? [{ cost, ...packed(ids, trie) }] : []));
  }
}

/** A bitmask takes as long as its words, a list as its tokens. */
function packed(ids: readonly number[], { words: length }: TokenTrie): Pick<TokenLevel, 'ids' | 'words'> {
  if (ids.length < length / 2) return { ids: Int32Array.from(ids), words: undefined };
  const words = new Uint32Array(length);
  for (const id of ids) words[id >>> 5]! |= 1 << (id & 31);
  return { ids: undefined, words };
}
