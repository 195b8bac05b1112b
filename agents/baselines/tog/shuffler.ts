/** Drops items by chance, and the same ones for the same seed (mulberry32). */
export class Shuffler {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A random half, in the order of the items. */
  half<T>(items: readonly T[]): T[] {
    const size = Math.floor(items.length / 2);
    let kept = [...items];
    while (kept.length > size) kept = this.without(kept);
    return kept;
  }

  /** All but one. */
  without<T>(items: readonly T[]): T[] {
    const left = Math.floor(this.#random() * items.length);
    return items.filter((_, i) => i !== left);
  }

  #random(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }
}
