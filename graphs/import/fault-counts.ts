import type { WarningStatement } from './statement.ts';

/** Faults that reading got over: one warning a kind, with how many there were and where the first one is. */
export class FaultCounts {
  readonly #found = new Map<string, { count: number; first: string; line: number | undefined }>();

  /** `what` is a plural noun phrase, e.g. `species without a compartment`. */
  add(what: string, example: string, line?: number): void {
    const known = this.#found.get(what);
    if (known) known.count++;
    else this.#found.set(what, { count: 1, first: example.slice(0, 100), line });
  }

  *statements(): Generator<WarningStatement> {
    for (const [what, { count, first, line }] of this.#found) {
      const place = line === undefined ? '' : ` in line ${line}`;
      yield { kind: 'warning', message: `${what}: ${count}, the first "${first}"${place}` };
    }
  }
}
