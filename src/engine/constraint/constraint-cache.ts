import { compileConstraint } from './compile-constraint.ts';
import type { Constraint, ConstraintSpec } from './constraint.ts';
import type { ConstraintVocabulary } from './constraint-vocabulary.ts';

/** Constraints by their specs: clients send the same schema with every request. The least recently used goes first. */
export class ConstraintCache {
  readonly #vocabulary: ConstraintVocabulary;
  readonly #capacity: number;
  readonly #constraints = new Map<string, Constraint>();

  constructor(vocabulary: ConstraintVocabulary, capacity = 128) {
    this.#vocabulary = vocabulary;
    this.#capacity = capacity;
  }

  /** As `compileConstraint`; the order of a schema's properties counts. */
  get(spec: ConstraintSpec): Constraint {
    const key = JSON.stringify(spec);
    const constraint = this.#constraints.get(key) ?? compileConstraint(spec, this.#vocabulary);
    this.#constraints.delete(key);
    this.#constraints.set(key, constraint);
    if (this.#constraints.size > this.#capacity) {
      this.#constraints.delete(this.#constraints.keys().next().value!);
    }
    return constraint;
  }
}
