import { createHash } from 'node:crypto';
import { compileConstraint } from '../../engine/constraint/compile-constraint.ts';
import type { Constraint, ConstraintSpec } from '../../engine/constraint/constraint.ts';
import { ConstraintError } from '../../engine/constraint/constraint-error.ts';
import { constraintVocabulary } from '../../engine/constraint/constraint-vocabulary.ts';
import type { Tokenizer } from '../../engine/tokenizer.ts';
import { badRequest } from '../api-error.ts';
import type { ReplyLimit } from './text-service.ts';

/** A constraint that a reply shall keep. */
export interface AskedConstraint {
  spec: ConstraintSpec;
  /** For when `spec` does not compile. */
  fallback?: ConstraintSpec | undefined;
}

/** How many compiled constraints are kept: agents ask for the same few again and again. */
const KEPT = 64;

/** Compiles constraints for one vocabulary and keeps those that were asked for last. */
export class ConstraintStore {
  readonly #tokenizer: Tokenizer;
  readonly #kept = new Map<string, Constraint>();

  constructor(tokenizer: Tokenizer) {
    this.#tokenizer = tokenizer;
  }

  /** Gives a fresh limit for each reply. Throws `ApiError` naming `param` where the constraint cannot be had. */
  limit(asked: AskedConstraint, param: string): () => ReplyLimit {
    const constraint = this.#compileAny(asked, param);
    return () => constraint.start();
  }

  #compileAny({ spec, fallback }: AskedConstraint, param: string): Constraint {
    try {
      return this.#compile(spec);
    } catch (error) {
      if (!(error instanceof ConstraintError)) throw error;
      if (!fallback) throw badRequest(`${param}: ${error.message}`, param, 'invalid_format');
      return this.#compileAny({ spec: fallback }, param);
    }
  }

  #compile(spec: ConstraintSpec): Constraint {
    const key = createHash('sha256').update(JSON.stringify(spec)).digest('base64');
    const constraint = this.#kept.get(key) ?? compileConstraint(spec, constraintVocabulary(this.#tokenizer));
    this.#kept.delete(key);
    this.#kept.set(key, constraint);
    if (this.#kept.size > KEPT) this.#kept.delete(this.#kept.keys().next().value!);
    return constraint;
  }
}
