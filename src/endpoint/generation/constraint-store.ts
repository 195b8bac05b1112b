import type { Constraint, ConstraintSpec } from '../../engine/constraint/constraint.ts';
import { ConstraintCache } from '../../engine/constraint/constraint-cache.ts';
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

/** Compiles the constraints that requests ask for. */
export class ConstraintStore {
  readonly #tokenizer: Tokenizer;
  #cache: ConstraintCache | undefined;

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
      // The vocabulary takes a moment to read, so only who asks for a constraint waits for it.
      this.#cache ??= new ConstraintCache(constraintVocabulary(this.#tokenizer));
      return this.#cache.get(spec);
    } catch (error) {
      if (!(error instanceof ConstraintError)) throw error;
      if (!fallback) throw badRequest(`${param}: ${error.message}`, param, 'invalid_format');
      return this.#compileAny({ spec: fallback }, param);
    }
  }
}
