/**
 * Many mergeable heaps over one pool of numbered items, each item in at most one heap. A heap is its root's number,
 * -1 when empty; every operation that moves the root returns it. Adding to a whole heap takes constant time: a node
 * carries the offset of everything below it. The order of links, and so of equal keys, is that of `pcst_fast`.
 */
export class PairingHeaps {
  readonly key: Float64Array;
  readonly #childOffset: Float64Array;
  readonly #child: Int32Array;
  readonly #sibling: Int32Array;
  /** The left sibling, or the parent of a first child. */
  readonly #leftUp: Int32Array;
  readonly #buffer: Int32Array;

  constructor(capacity: number) {
    this.key = new Float64Array(capacity);
    this.#childOffset = new Float64Array(capacity);
    this.#child = new Int32Array(capacity);
    this.#sibling = new Int32Array(capacity);
    this.#leftUp = new Int32Array(capacity);
    this.#buffer = new Int32Array(capacity);
  }

  insert(root: number, item: number, key: number): number {
    this.key[item] = key;
    this.#childOffset[item] = 0;
    this.#child[item] = -1;
    this.#sibling[item] = -1;
    this.#leftUp[item] = -1;
    return this.meld(root, item);
  }

  addToAll(root: number, amount: number): void {
    if (root < 0) return;
    this.key[root]! += amount;
    this.#childOffset[root]! += amount;
  }

  /** Lowers an item's key. `from` is its key now, which the stored one lacks the ancestors' offsets of. */
  decreaseKey(root: number, item: number, from: number, to: number): number {
    this.#childOffset[item]! += from - (this.key[item] as number);
    this.key[item] = to;
    const leftUp = this.#leftUp[item] as number;
    if (leftUp < 0) return root;
    const sibling = this.#sibling[item] as number;
    if (this.#child[leftUp] === item) this.#child[leftUp] = sibling;
    else this.#sibling[leftUp] = sibling;
    if (sibling >= 0) this.#leftUp[sibling] = leftUp;
    this.#leftUp[item] = -1;
    this.#sibling[item] = -1;
    return this.meld(root, item);
  }

  deleteMin(root: number): number {
    const count = this.#detachChildren(root);
    if (count === 0) return -1;
    const buffer = this.#buffer;
    let pairs = 0;
    for (let i = 0; i + 1 < count; i += 2) {
      buffer[pairs++] = this.meld(buffer[i] as number, buffer[i + 1] as number);
    }
    if (count % 2 === 1) buffer[pairs++] = buffer[count - 1] as number;
    let newRoot = buffer[pairs - 1] as number;
    for (let i = pairs - 2; i >= 0; i--) newRoot = this.meld(newRoot, buffer[i] as number);
    return newRoot;
  }

  /** Joins two heaps; on equal keys the second root stays on top. */
  meld(first: number, second: number): number {
    if (first < 0) return second;
    if (second < 0) return first;
    const firstWins = (this.key[first] as number) < (this.key[second] as number);
    const top = firstWins ? first : second;
    const below = firstWins ? second : first;
    const oldChild = this.#child[top] as number;
    this.#sibling[below] = oldChild;
    if (oldChild >= 0) this.#leftUp[oldChild] = below;
    this.#leftUp[below] = top;
    this.#child[top] = below;
    const offset = this.#childOffset[top] as number;
    this.key[below]! -= offset;
    this.#childOffset[below]! -= offset;
    return top;
  }

  #detachChildren(root: number): number {
    const offset = this.#childOffset[root] as number;
    let count = 0;
    let child = this.#child[root] as number;
    while (child >= 0) {
      this.#buffer[count++] = child;
      const next = this.#sibling[child] as number;
      this.#leftUp[child] = -1;
      this.#sibling[child] = -1;
      this.key[child]! += offset;
      this.#childOffset[child]! += offset;
      child = next;
    }
    return count;
  }
}
