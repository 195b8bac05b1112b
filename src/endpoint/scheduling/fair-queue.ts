/** What waits, and on whose behalf. */
export interface Waiting {
  readonly client: string;
}

/**
 * Takes turns between clients: next is whoever has least running, of those who was served longest ago; within a client
 * first come, first served. So two hundred requests of one client do not hold up the one of another.
 */
export class FairQueue<T extends Waiting> {
  /** By client, in the order of their last turn. */
  readonly #lines = new Map<string, T[]>();
  #length = 0;

  get length(): number {
    return this.#length;
  }

  *[Symbol.iterator](): Iterator<T> {
    for (const line of this.#lines.values()) yield* line;
  }

  push(item: T): void {
    this.#line(item.client).push(item);
    this.#length++;
  }

  /** For what has been here before. */
  pushFront(item: T): void {
    this.#line(item.client).unshift(item);
    this.#length++;
  }

  /** Whose turn is next; `running` counts a client's items in work. */
  peek(running: (client: string) => number): T | undefined {
    let least: { line: T[]; count: number } | undefined;
    for (const [client, line] of this.#lines) {
      const count = running(client);
      if (!least || count < least.count) least = { line, count };
    }
    return least?.line[0];
  }

  /** False when it was not here. */
  remove(item: T): boolean {
    const line = this.#lines.get(item.client);
    const at = line?.indexOf(item) ?? -1;
    if (!line || at < 0) return false;
    line.splice(at, 1);
    this.#length--;
    this.#lines.delete(item.client);
    if (line.length > 0) this.#lines.set(item.client, line); // behind the others
    return true;
  }

  #line(client: string): T[] {
    const line = this.#lines.get(client) ?? [];
    this.#lines.set(client, line);
    return line;
  }
}
