import type { DroppedStatement } from './statement.ts';

/** What a reader leaves out, counted by reason until the end of the file. */
export class DropCounts {
  readonly #counts = new Map<string, number>();

  add(reason: string, count = 1): void {
    if (count > 0) this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + count);
  }

  *statements(): Generator<DroppedStatement> {
    for (const [reason, count] of this.#counts) yield { kind: 'dropped', reason, count };
  }
}
