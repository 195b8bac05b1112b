/** Counts of texts, and the one that most gave: of several, the one that reads most like a symbol. */
export class Ballot {
  readonly #votes = new Map<string, number>();

  add(text: string): void {
    this.#votes.set(text, (this.#votes.get(text) ?? 0) + 1);
  }

  get winner(): string | undefined {
    return this.ranked()[0];
  }

  votesFor(text: string): number {
    return this.#votes.get(text) ?? 0;
  }

  /** Every text given, most given first. */
  ranked(): string[] {
    const votes = [...this.#votes].sort(
      ([a, ofA], [b, ofB]) => ofB - ofA || looks(b) - looks(a) || a.length - b.length || (a < b ? -1 : 1),
    );
    return votes.map(([text]) => text);
  }
}

/** Ballots by key. */
export class Ballots {
  readonly #ballots = new Map<string, Ballot>();

  add(key: string, text: string): void {
    const ballot = this.#ballots.get(key) ?? new Ballot();
    ballot.add(text);
    this.#ballots.set(key, ballot);
  }

  /** What most call it, where more do than call it `label`: an id given to two names decides for neither. */
  winnerOver(label: string, key: string): string | undefined {
    const ballot = this.#ballots.get(key);
    const winner = ballot?.winner;
    if (ballot === undefined || winner === undefined || winner === label) return winner;
    return ballot.votesFor(winner) > ballot.votesFor(label) ? winner : undefined;
  }

  *winners(): Generator<[key: string, winner: string]> {
    for (const [key, { winner }] of this.#ballots) if (winner !== undefined) yield [key, winner];
  }
}

function looks(text: string): number {
  return /^[A-Z][A-Z0-9-]{1,12}$/.test(text) ? 1 : 0;
}
