/** Watches a stream of text for stop strings. They may lie across any pieces, so what could begin one is held back. */
export class StopStrings {
  readonly #stops: readonly string[];
  #held = '';
  #found = false;

  constructor(stops: readonly string[]) {
    this.#stops = stops;
  }

  /** True once a stop string has come; nothing is given out from there on. */
  get found(): boolean {
    return this.#found;
  }

  /** The text that can be given out now. */
  push(text: string): string {
    if (this.#found) return '';
    const all = this.#held + text;
    const places = this.#stops.map((stop) => all.indexOf(stop)).filter((at) => at >= 0);
    this.#found = places.length > 0;
    const end = this.#found ? Math.min(...places) : all.length - this.#heldLength(all);
    this.#held = this.#found ? '' : all.slice(end);
    return all.slice(0, end);
  }

  /** What was held back when the text ends without it having become a stop string. */
  finish(): string {
    const rest = this.#held;
    this.#held = '';
    return rest;
  }

  #heldLength(text: string): number {
    const longest = Math.max(0, ...this.#stops.map((stop) => stop.length - 1));
    for (let length = Math.min(longest, text.length); length > 0; length--) {
      const end = text.slice(-length);
      if (this.#stops.some((stop) => stop.startsWith(end))) return length;
    }
    return 0;
  }
}
