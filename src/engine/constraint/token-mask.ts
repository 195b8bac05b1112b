import type { Configuration } from './configuration.ts';
import { LevelCollector, outlookOf, type TokenLevel, walk } from './token-outlook.ts';
import type { TokenTrie } from './token-trie.ts';

/** The next tokens of a configuration, by how many tokens each leaves to the end. */
export function nextTokens(configuration: Configuration, trie: TokenTrie): readonly TokenLevel[] {
  configuration.nextTokens ??= find(configuration, trie);
  return configuration.nextTokens;
}

function find({ positions }: Configuration, trie: TokenTrie): TokenLevel[] {
  const leaving = new LevelCollector(trie);
  const levels: TokenLevel[] = [];
  for (const { state, below } of positions) {
    const outlook = outlookOf(state!, trie);
    for (const level of outlook.levels) levels.push({ ...level, cost: level.cost + below!.cost });
    if (below!.state === undefined) continue;
    for (const { byte, nodes } of outlook.exits) {
      const to = below!.entered.step(byte);
      if (to) leave(nodes, to, leaving, trie);
    }
  }
  return [...levels, ...leaving.levels()].sort((a, b) => a.cost - b.cost);
}

/** Tokens that have left a rule by these nodes, all with one byte, which leads to the configuration `to`. */
function leave(nodes: Int32Array, to: Configuration, leaving: LevelCollector, trie: TokenTrie): void {
  for (const node of nodes) {
    leaving.add(node, to.cost);
    walk(trie, node, to, (at, { cost }) => leaving.add(at, cost));
  }
}

/** Sets the bits of all tokens that leave at most `mostCost` tokens to the end. */
export function fillMask(mask: Uint32Array, levels: readonly TokenLevel[], mostCost: number): void {
  mask.fill(0);
  for (const { cost, ids, words } of levels) {
    if (cost > mostCost) break;
    if (words) for (let i = 0; i < words.length; i++) mask[i]! |= words[i]!;
    if (ids) for (let i = 0; i < ids.length; i++) mask[ids[i]! >>> 5]! |= 1 << (ids[i]! & 31);
  }
}
