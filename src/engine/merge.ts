import { MinHeap } from './min-heap.ts';

/** How neighbouring symbols join. A symbol is a token id, or any other number the caller gives meaning to. */
export interface MergeTable {
  /** Precedence of joining a and b: an integer below 2^24, lower first; -1 where they do not join. */
  rank(a: number, b: number): number;
  /** What a and b become; asked only where they join. */
  join(a: number, b: number): number;
}

const POSITIONS = 2 ** 28;

/**
 * Joins neighbours, best rank first and leftmost among equals, until nothing joins: the core of byte-pair
 * encoding and of SentencePiece. A heap over a linked list, n log n even for a million times one letter.
 */
export function mergeSymbols(symbols: ArrayLike<number>, table: MergeTable): number[] {
  const length = symbols.length;
  const symbol = Int32Array.from(symbols);
  const next = Int32Array.from({ length }, (_, i) => i + 1);
  const previous = Int32Array.from({ length }, (_, i) => i - 1);
  const heap = new MinHeap();
  // One number orders by rank, then by place.
  const offer = (left: number) => {
    const right = left >= 0 ? next[left]! : length;
    if (right >= length) return;
    const rank = table.rank(symbol[left]!, symbol[right]!);
    if (rank >= 0) heap.push(rank * POSITIONS + left);
  };
  for (let i = 0; i < length - 1; i++) offer(i);
  for (let key = heap.pop(); key !== undefined; key = heap.pop()) {
    const left = key % POSITIONS;
    const right = next[left]!;
    // Stale when either side has been joined since: then the pair's rank is another one.
    if (symbol[left] === GONE || right >= length) continue;
    if (table.rank(symbol[left]!, symbol[right]!) !== (key - left) / POSITIONS) continue;
    symbol[left] = table.join(symbol[left]!, symbol[right]!);
    symbol[right] = GONE;
    const after = next[right]!;
    next[left] = after;
    if (after < length) previous[after] = left;
    offer(left);
    offer(previous[left]!);
  }
  return Array.from(symbol.filter((id) => id !== GONE));
}

const GONE = -(2 ** 31);
