import type { CompiledRule } from './automaton.ts';
import { type Configuration, Space } from './configuration.ts';
import type { Constraint, ConstraintState } from './constraint.ts';
import type { ConstraintVocabulary } from './constraint-vocabulary.ts';
import { forcedTokens } from './forced-tokens.ts';
import { fillMask, nextTokens } from './token-mask.ts';

/** Stacks that one constraint remembers before it starts afresh; replies under way keep theirs. */
const MOST_REMEMBERED = 50_000;

export class RuleConstraint implements Constraint {
  readonly #root: CompiledRule;
  readonly #vocabulary: ConstraintVocabulary;
  #space = new Space();

  constructor(root: CompiledRule, vocabulary: ConstraintVocabulary) {
    this.#root = root;
    this.#vocabulary = vocabulary;
  }

  start(): ConstraintState {
    if (this.#space.size > MOST_REMEMBERED) this.#space = new Space();
    return new RuleConstraintState(this.#space.begin(this.#root), this.#vocabulary);
  }
}

class RuleConstraintState implements ConstraintState {
  readonly #vocabulary: ConstraintVocabulary;
  readonly #mask: Uint32Array;
  #at: Configuration;
  #isStopped = false;

  constructor(at: Configuration, vocabulary: ConstraintVocabulary) {
    this.#at = at;
    this.#vocabulary = vocabulary;
    this.#mask = new Uint32Array(Math.ceil(vocabulary.tokenizer.vocabularySize / 32));
  }

  mask(tokensLeft: number): Uint32Array {
    if (this.#isStopped) return this.#mask.fill(0);
    // The next token and the stop token come off; at the very least the nearest end stays reachable.
    const mostCost = Math.max(tokensLeft - 2, this.#at.cost - 1);
    fillMask(this.#mask, nextTokens(this.#at, this.#vocabulary.trie), mostCost);
    if (this.#at.isComplete) {
      for (const id of this.#vocabulary.tokenizer.stopIds) this.#mask[id >>> 5]! |= 1 << (id & 31);
    }
    return this.#mask;
  }

  accept(token: number): void {
    const { tokenizer } = this.#vocabulary;
    if (!this.#isStopped && tokenizer.stopIds.has(token)) {
      if (!this.#at.isComplete) throw notAllowed(token);
      this.#isStopped = true;
      return;
    }
    const bytes = tokenizer.bytes(token);
    let at: Configuration | null = this.#isStopped || bytes.length === 0 ? null : this.#at;
    for (let i = 0; i < bytes.length && at; i++) at = at.step(bytes[i]!);
    if (!at) throw notAllowed(token);
    this.#at = at;
  }

  forced(tokensLeft?: number): readonly number[] {
    return this.#isStopped ? [] : forcedTokens(this.#at, this.#vocabulary, tokensLeft);
  }

  get isComplete(): boolean {
    return this.#at.isComplete;
  }

  shortestCompletion(): number {
    return this.#isStopped ? 0 : this.#at.cost + 1;
  }

  fork(): ConstraintState {
    const fork = new RuleConstraintState(this.#at, this.#vocabulary);
    fork.#isStopped = this.#isStopped;
    return fork;
  }
}

const notAllowed = (token: number) => new RangeError(`token ${token} is not allowed here`);
