import { ConstraintError } from './constraint-error.ts';

/**
 * Bounds what compiling one constraint may cost. A unit is one step of building an automaton, tens of nanoseconds;
 * a hostile pattern is refused within a fraction of a second.
 */
export class WorkBudget {
  #left: number;

  constructor(units = 2_000_000) {
    this.#left = units;
  }

  /** A part of what is left, to spend on an attempt. */
  part(share: number): WorkBudget {
    return new WorkBudget(this.#left * share);
  }

  /** Throws `ConstraintError` when all is spent. */
  spend(units = 1): void {
    this.#left -= units;
    if (this.#left < 0) throw new ConstraintError('the constraint is too large or too ambiguous');
  }
}
