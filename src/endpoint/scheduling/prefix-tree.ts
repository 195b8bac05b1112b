import { type Engine, KV_BLOCK_TOKENS, type KvPart, type Sequence } from '../../engine/engine.ts';

interface Node {
  parent: Node | undefined;
  children: Node[];
  /** What follows the parent's tokens: whole blocks, and in a leaf any rest. */
  tokens: readonly number[];
  /** Their keys and values; the root has none. */
  part: KvPart | undefined;
  /** Running requests that stand on this node. */
  users: number;
  lastUse: number;
  isKeyed: boolean;
}

/** The nodes that hold the start of some tokens, from the root down; only the last may match in part. */
type Path = { node: Node; matched: number }[];

/** A conversation with a cache key is evicted as if it had been used this many requests later than it was. */
const KEYED_GRACE = 64;

/**
 * Keys and values of prompts and replies, kept for requests that begin alike: a radix tree over token ids whose nodes
 * own whole blocks of 64 tokens (a leaf may end within one). What is kept is what would be computed again, bit for bit,
 * so a hit changes no reply. Past the budget the conversation unused for longest loses its end, block by block; nodes
 * that a running request stands on stay. A `cacheKey` isolates nothing: it keeps its conversation for longer.
 */
export class PrefixTree {
  readonly budgetBytes: number;
  readonly engine: Engine;
  readonly #root = nodeOf(undefined, [], undefined);
  readonly #nodes = new Set<Node>();
  #blocks = 0;
  #uses = 0;

  constructor(engine: Engine, budgetBytes: number) {
    this.engine = engine;
    this.budgetBytes = budgetBytes;
  }

  get bytes(): number {
    return this.#blocks * this.engine.kvBlockBytes;
  }

  /** How many of the first tokens are here. */
  measure(tokens: readonly number[]): number {
    return lengthOf(this.#find(tokens));
  }

  /** A sequence that begins with as many of these tokens as are here; the hold keeps them here. */
  begin(tokens: readonly number[], hold: Hold, cacheKey: string | undefined): Sequence {
    const path = this.#find(tokens);
    this.#touch(path, cacheKey);
    const last = path.at(-1);
    if (!last) return this.engine.createSequence();
    hold.moveTo(last.node);
    const end = last.node.part!.share(0, last.matched);
    try {
      return this.engine.createSequence([...path.slice(0, -1).map(({ node }) => node.part!), end]);
    } finally {
      end.free();
    }
  }

  /** Keeps the keys and values of these tokens, which are the first of the sequence's, as far as the budget goes. */
  insert(tokens: readonly number[], sequence: Sequence, hold: Hold, cacheKey: string | undefined): void {
    const path = this.#find(tokens);
    this.#touch(path, cacheKey);
    const last = path.at(-1);
    if (last) hold.moveTo(last.node);
    const length = lengthOf(path);
    if (length === tokens.length) return;
    const isWhole = last === undefined || last.matched === last.node.tokens.length;
    if (last && isWhole && last.node.children.length === 0) {
      this.#extend(last.node, length - last.matched, tokens, sequence);
      return;
    }
    const parent = last ? this.#cut(last.node, last.matched) : this.#root;
    const start = last ? length - (last.matched % KV_BLOCK_TOKENS) : 0;
    const leaf = nodeOf(parent, [], undefined);
    parent.children.push(leaf);
    this.#nodes.add(leaf);
    this.#touch([{ node: leaf, matched: 0 }], cacheKey);
    this.#extend(leaf, start, tokens, sequence);
    if (leaf.tokens.length > 0) hold.moveTo(leaf);
  }

  /** Of what running requests stand on, which cannot go. */
  get heldBytes(): number {
    const held = new Set<Node>();
    for (const node of this.#nodes) {
      if (node.users === 0) continue;
      for (let up: Node | undefined = node; up?.parent && !held.has(up); up = up.parent) held.add(up);
    }
    return [...held].reduce((sum, { tokens }) => sum + blocksOf(tokens.length), 0) * this.engine.kvBlockBytes;
  }

  /** Evicts until no more than so many bytes are left, or nothing more can go. */
  shrink(bytes: number): void {
    for (let over = this.bytes - bytes; over > 0; over = this.bytes - bytes) {
      const leaf = this.#leastUsed();
      if (!leaf) return;
      this.#trim(leaf, Math.ceil(over / this.engine.kvBlockBytes));
    }
  }

  /** What must be computed again goes, and all that follows it. */
  removeDamaged(): void {
    for (const node of this.#nodes) {
      if (node.part?.isDamaged) this.#remove(node);
    }
  }

  clear(): void {
    for (const { part } of this.#nodes) part?.free();
    this.#nodes.clear();
    this.#root.children = [];
    this.#blocks = 0;
  }

  #find(tokens: readonly number[]): Path {
    const path: Path = [];
    let node = this.#root;
    for (let at = 0; at < tokens.length; ) {
      let best: Path[number] | undefined;
      for (const child of node.children) {
        const matched = commonPrefix(child.tokens, tokens, at);
        if (matched > (best?.matched ?? 0)) best = { node: child, matched };
      }
      if (!best) break;
      path.push(best);
      if (best.matched < best.node.tokens.length) break;
      at += best.matched;
      node = best.node;
    }
    return path;
  }

  #touch(path: Path, cacheKey: string | undefined): void {
    this.#uses++;
    for (const { node } of path) {
      node.lastUse = this.#uses;
      node.isKeyed ||= cacheKey !== undefined;
    }
  }

  /** The node that ends at the last whole block of the first `matched` tokens of this one; it may be its parent. */
  #cut(node: Node, matched: number): Node {
    const at = matched - (matched % KV_BLOCK_TOKENS);
    if (at === node.tokens.length) return node;
    const parent = node.parent!;
    if (at === 0) return parent;
    const whole = node.part!;
    const upper = { ...nodeOf(parent, node.tokens.slice(0, at), whole.share(0, at)), children: [node] };
    upper.lastUse = node.lastUse;
    upper.isKeyed = node.isKeyed;
    parent.children[parent.children.indexOf(node)] = upper;
    this.#nodes.add(upper);
    node.parent = upper;
    node.part = whole.share(at, node.tokens.length);
    node.tokens = node.tokens.slice(at);
    whole.free();
    return upper;
  }

  /** Lets a leaf hold all tokens from `start` on that there is room for. */
  #extend(leaf: Node, start: number, tokens: readonly number[], sequence: Sequence): void {
    const had = blocksOf(leaf.tokens.length);
    leaf.users++; // not to be evicted for itself
    const room = this.#makeRoom(blocksOf(tokens.length - start) - had);
    leaf.users--;
    const end = Math.min(tokens.length, start + (had + room) * KV_BLOCK_TOKENS);
    if (end - start > leaf.tokens.length) {
      leaf.part?.free();
      leaf.part = sequence.share(start, end);
      leaf.tokens = tokens.slice(start, end);
      this.#blocks += blocksOf(leaf.tokens.length) - had;
    }
    this.#removeIfEmpty(leaf);
  }

  /** Evicts until `wanted` blocks more fit, if that many can go; returns how many of them fit. */
  #makeRoom(wanted: number): number {
    const most = Math.floor(this.budgetBytes / this.engine.kvBlockBytes);
    for (let over = this.#blocks + wanted - most; over > 0; over = this.#blocks + wanted - most) {
      const leaf = this.#leastUsed();
      if (!leaf) return Math.max(0, wanted - over);
      this.#trim(leaf, over);
    }
    return wanted;
  }

  #leastUsed(): Node | undefined {
    let least: Node | undefined;
    for (const node of this.#nodes) {
      if (node.users > 0 || node.children.length > 0) continue;
      if (!least || rank(node) < rank(least)) least = node;
    }
    return least;
  }

  /** Takes up to `count` blocks from a leaf's end. */
  #trim(leaf: Node, count: number): void {
    const blocks = blocksOf(leaf.tokens.length);
    const kept = Math.max(0, blocks - count) * KV_BLOCK_TOKENS;
    const part = leaf.part!;
    leaf.part = kept > 0 ? part.share(0, kept) : undefined;
    leaf.tokens = leaf.tokens.slice(0, kept);
    part.free();
    this.#blocks -= blocks - blocksOf(kept);
    this.#removeIfEmpty(leaf);
  }

  #remove(node: Node): void {
    for (const child of node.children) this.#remove(child);
    node.part?.free();
    node.part = undefined;
    this.#blocks -= blocksOf(node.tokens.length);
    node.tokens = [];
    this.#removeIfEmpty(node);
  }

  #removeIfEmpty(leaf: Node): void {
    if (leaf.tokens.length > 0) return;
    leaf.parent!.children = leaf.parent!.children.filter((child) => child !== leaf);
    this.#nodes.delete(leaf);
  }
}

/** Where in the tree a running request stands; that and what is above it is not evicted. */
export class Hold {
  #node: Node | undefined;

  moveTo(node: Node): void {
    this.release();
    node.users++;
    this.#node = node;
  }

  release(): void {
    if (this.#node) this.#node.users--;
    this.#node = undefined;
  }
}

function nodeOf(parent: Node | undefined, tokens: readonly number[], part: KvPart | undefined): Node {
  return { parent, children: [], tokens, part, users: 0, lastUse: 0, isKeyed: false };
}

function rank({ lastUse, isKeyed }: Node): number {
  return isKeyed ? lastUse + KEYED_GRACE : lastUse;
}

function lengthOf(path: Path): number {
  return path.reduce((sum, { matched }) => sum + matched, 0);
}

/** Blocks that this many tokens take. */
export function blocksOf(tokens: number): number {
  return Math.ceil(tokens / KV_BLOCK_TOKENS);
}

/** How many tokens of `edge` are also found in `tokens` from `at` on. */
export function commonPrefix(edge: readonly number[], tokens: readonly number[], at: number): number {
  const most = Math.min(edge.length, tokens.length - at);
  let length = 0;
  while (length < most && edge[length] === tokens[at + length]) length++;
  return length;
}
