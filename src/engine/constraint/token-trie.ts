import type { Tokenizer } from '../tokenizer.ts';

/**
 * The vocabulary's bytes as a trie, flat and in preorder: a walk is one loop over the nodes that jumps over
 * subtrees. Node 0 is the root, without a byte. Control tokens, stop tokens and tokens without bytes are not in it.
 */
export interface TokenTrie {
  /** Of each node: its byte, its depth (the root's is 0), the node after its subtree. */
  readonly byte: Uint8Array;
  readonly depth: Uint16Array;
  readonly next: Int32Array;
  /** Tokens that end at node n: `tokens[tokenStart[n]]` up to `tokens[tokenStart[n + 1]]`; the subtree's lie behind them. */
  readonly tokenStart: Int32Array;
  readonly tokens: Int32Array;
  /** Of each byte, the root's child; 0 where there is none. */
  readonly rootChildren: Int32Array;
  /** Words of a bitmask that reaches the highest of the tokens. */
  readonly words: number;
}

/** True where at least one token ends at the node. */
export const isTokenNode = ({ tokenStart }: TokenTrie, node: number): boolean =>
  tokenStart[node]! < tokenStart[node + 1]!;

export function childOf(
  { byte, next, rootChildren }: TokenTrie,
  node: number,
  value: number,
): number | undefined {
  if (node === 0) return rootChildren[value] || undefined;
  for (let child = node + 1; child < next[node]!; child = next[child]!)
    if (byte[child] === value) return child;
  return undefined;
}

export function buildTrie(tokenizer: Tokenizer): TokenTrie {
  const entries: Entry[] = [];
  for (let id = 0; id < tokenizer.vocabularySize; id++) {
    if (tokenizer.isControl(id) || tokenizer.stopIds.has(id)) continue;
    const bytes = tokenizer.bytes(id);
    // A character for each byte: such strings compare as the bytes do, and fast.
    if (bytes.length > 0) entries.push({ id, bytes: Buffer.from(bytes).toString('latin1') });
  }
  entries.sort((a, b) => (a.bytes < b.bytes ? -1 : Number(a.bytes > b.bytes)));
  return flatten(entries);
}

interface Entry {
  id: number;
  bytes: string;
}

function flatten(entries: readonly Entry[]): TokenTrie {
  const byte = [0];
  const depth = [0];
  const tokenStart = [0];
  const path = [0];
  const next: number[] = [];
  let last = '';
  const close = (toDepth: number) => {
    while (path.length > toDepth + 1) next[path.pop()!] = byte.length;
  };
  for (const [at, { bytes }] of entries.entries()) {
    let shared = 0;
    while (shared < last.length && last[shared] === bytes[shared]) shared++;
    close(shared);
    for (let i = shared; i < bytes.length; i++) {
      path.push(byte.push(bytes.charCodeAt(i)) - 1);
      depth.push(i + 1);
      tokenStart.push(at);
    }
    last = bytes;
  }
  close(-1);
  tokenStart.push(entries.length);
  return {
    byte: Uint8Array.from(byte),
    depth: Uint16Array.from(depth),
    next: Int32Array.from(next),
    tokenStart: Int32Array.from(tokenStart),
    tokens: Int32Array.from(entries, ({ id }) => id),
    rootChildren: rootChildren(byte, next),
    words: (entries.reduce((most, { id }) => Math.max(most, id), 0) >>> 5) + 1,
  };
}

function rootChildren(byte: readonly number[], next: readonly number[]): Int32Array {
  const children = new Int32Array(256);
  for (let child = 1; child < byte.length; child = next[child]!) children[byte[child]!] = child;
  return children;
}
