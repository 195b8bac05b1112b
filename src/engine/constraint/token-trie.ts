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
  readonly maxDepth: number;
}

export function buildTrie(tokenizer: Tokenizer): TokenTrie {
  const entries: { id: number; bytes: Uint8Array }[] = [];
  for (let id = 0; id < tokenizer.vocabularySize; id++) {
    if (tokenizer.isControl(id) || tokenizer.stopIds.has(id)) continue;
    const bytes = tokenizer.bytes(id);
    if (bytes.length > 0) entries.push({ id, bytes });
  }
  entries.sort((a, b) => Buffer.compare(a.bytes, b.bytes) || a.id - b.id);
  return flatten(entries);
}

function flatten(entries: readonly { id: number; bytes: Uint8Array }[]): TokenTrie {
  const byte = [0];
  const depth = [0];
  const tokenStart = [0];
  const path = [0];
  const next: number[] = [];
  let last = new Uint8Array();
  const close = (toDepth: number) => {
    while (path.length > toDepth + 1) next[path.pop()!] = byte.length;
  };
  for (const [at, { bytes }] of entries.entries()) {
    let shared = 0;
    while (shared < last.length && last[shared] === bytes[shared]) shared++;
    close(shared);
    for (let i = shared; i < bytes.length; i++) {
      path.push(byte.push(bytes[i]!) - 1);
      depth.push(i + 1);
      tokenStart.push(at);
    }
    last = bytes as Uint8Array<ArrayBuffer>;
  }
  close(-1);
  tokenStart.push(entries.length);
  return {
    byte: Uint8Array.from(byte),
    depth: Uint16Array.from(depth),
    next: Int32Array.from(next),
    tokenStart: Int32Array.from(tokenStart),
    tokens: Int32Array.from(entries, ({ id }) => id),
    maxDepth: depth.reduce((most, value) => Math.max(most, value), 0),
  };
}
