/** A binary heap of numbers, smallest first. */
export class MinHeap {
  readonly #keys: number[] = [];

  get size(): number {
    return this.#keys.length;
  }

  peek(): number | undefined {
    return this.#keys[0];
  }

  push(key: number): void {
    const keys = this.#keys;
    let at = keys.length;
    keys.push(key);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (keys[parent]! <= key) break;
      keys[at] = keys[parent]!;
      at = parent;
    }
    keys[at] = key;
  }

  pop(): number | undefined {
    const keys = this.#keys;
    const smallest = keys[0];
    const last = keys.pop();
    if (last === undefined || keys.length === 0) return smallest;
    let at = 0;
    for (let child = 1; child < keys.length; child = 2 * at + 1) {
      if (child + 1 < keys.length && keys[child + 1]! < keys[child]!) child++;
      if (keys[child]! >= last) break;
      keys[at] = keys[child]!;
      at = child;
    }
    keys[at] = last;
    return smallest;
  }
}
