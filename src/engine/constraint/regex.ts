import { anyCharacter, complement } from './code-points.ts';
import { ConstraintError } from './constraint-error.ts';
import { type CodePoints, characters, choice, type Expression, repeat, sequence } from './expression.ts';
import { type ClassReader, readClass, readEscape } from './regex-classes.ts';
import type { WorkBudget } from './work-budget.ts';

const LIMITS = { length: 16_384, depth: 100, repetitions: 4096 } as const;

/** How the characters of a match are written: as they are, or as a JSON string's. */
export type Spelling = (ranges: readonly CodePoints[]) => Expression;

const asTheyAre: Spelling = (ranges) => characters(...ranges);

/**
 * Texts that match as a whole: the regular part of ECMAScript's expressions with the flag `u`, without lookaround,
 * back-references, word borders and flags. `^` and `$` may stand at the ends. Throws `ConstraintError` otherwise.
 */
export function wholeMatch(pattern: string, budget: WorkBudget): Expression {
  return new RegexParser(pattern, asTheyAre, budget).parse(false);
}

/** Texts with a match in them, as JSON Schema's `pattern` means it. */
export function searchMatch(pattern: string, spelling: Spelling, budget: WorkBudget): Expression {
  return new RegexParser(pattern, spelling, budget).parse(true);
}

const lineEnds: readonly CodePoints[] = [
  [0x0a, 0x0a],
  [0x0d, 0x0d],
  [0x2028, 0x2029],
];

class RegexParser implements ClassReader {
  readonly pattern: string;
  at = 0;
  readonly #spell: Spelling;
  readonly #budget: WorkBudget;
  #depth = 0;

  constructor(pattern: string, spell: Spelling, budget: WorkBudget) {
    if (pattern.length > LIMITS.length)
      throw new ConstraintError(`a pattern has at most ${LIMITS.length} characters`);
    this.pattern = pattern.toWellFormed();
    this.#spell = spell;
    this.#budget = budget;
  }

  parse(searches: boolean): Expression {
    const anything = repeat(this.#spell(anyCharacter), 0);
    const options = [this.#alternative(searches, anything)];
    while (this.take('|')) options.push(this.#alternative(searches, anything));
    if (this.at < this.pattern.length) throw this.error('unmatched ")"');
    return choice(...options);
  }

  /** Of the whole pattern: here anchors may stand, at the ends. */
  #alternative(searches: boolean, anything: Expression): Expression {
    const fromStart = this.take('^');
    const terms = this.#terms();
    const toEnd = this.take('$');
    if (toEnd && this.at < this.pattern.length && this.peek() !== '|') {
      throw this.error('"$" is supported at the end only');
    }
    const before = searches && !fromStart ? [anything] : [];
    const after = searches && !toEnd ? [anything] : [];
    return sequence(...before, ...terms, ...after);
  }

  #terms(): Expression[] {
    const terms: Expression[] = [];
    for (let next = this.peek(); next !== undefined && !'|)$'.includes(next); next = this.peek()) {
      this.#budget.spend();
      terms.push(this.#quantified(this.#atom()));
    }
    return terms;
  }

  #atom(): Expression {
    const letter = this.next();
    switch (letter) {
      case '(':
        return this.#group();
      case '[':
        return this.#spell(readClass(this));
      case '.':
        return this.#spell(complement(lineEnds));
      case '\\':
        return this.#spell(readEscape(this));
      case '^':
        throw this.error('"^" is supported at the start only');
      case '*':
      case '+':
      case '?':
      case '{':
      case '}':
      case ']':
        throw this.error(`"${letter}" has nothing to stand for`);
    }
    const point = letter.codePointAt(0)!;
    return this.#spell([[point, point]]);
  }

  #group(): Expression {
    if (this.take('?')) {
      const isPlain = this.take(':') || (this.peek() === '<' && this.#takeName());
      if (!isPlain) throw this.error('lookaround and flags are not supported');
    }
    if (++this.#depth > LIMITS.depth) throw this.error('groups are nested too deep');
    const options = [sequence(...this.#terms())];
    while (this.take('|')) options.push(sequence(...this.#terms()));
    if (this.peek() === '$') throw this.error('"$" is supported at the end of the pattern only');
    if (!this.take(')')) throw this.error('a group is not closed');
    this.#depth--;
    return choice(...options);
  }

  #takeName(): boolean {
    const name = /^<[\p{L}_$][\p{L}\p{N}_$]*>/u.exec(this.pattern.slice(this.at))?.[0];
    this.at += name?.length ?? 0;
    return name !== undefined;
  }

  #quantified(part: Expression): Expression {
    const bounds = this.#quantifier();
    if (!bounds) return part;
    this.take('?'); // lazy: the same texts
    if (this.#quantifier()) throw this.error('a quantifier follows another');
    const [min, max] = bounds;
    if (max < min) throw this.error('the bounds of a repetition are in the wrong order');
    const most = max === Number.POSITIVE_INFINITY ? min : max;
    if (most > LIMITS.repetitions) throw this.error(`repetitions go up to ${LIMITS.repetitions}`);
    return repeat(part, min, max);
  }

  #quantifier(): [number, number] | undefined {
    if (this.take('*')) return [0, Number.POSITIVE_INFINITY];
    if (this.take('+')) return [1, Number.POSITIVE_INFINITY];
    if (this.take('?')) return [0, 1];
    const bounds = /^\{(\d{1,9})(,(\d{1,9})?)?\}/.exec(this.pattern.slice(this.at, this.at + 24));
    if (!bounds) return undefined;
    this.at += bounds[0].length;
    const min = Number(bounds[1]);
    if (bounds[2] === undefined) return [min, min];
    return [min, bounds[3] === undefined ? Number.POSITIVE_INFINITY : Number(bounds[3])];
  }

  peek(): string | undefined {
    const point = this.pattern.codePointAt(this.at);
    return point === undefined ? undefined : String.fromCodePoint(point);
  }

  next(): string {
    const letter = this.peek();
    if (letter === undefined) throw this.error('the pattern ends too early');
    this.at += letter.length;
    return letter;
  }

  take(text: string): boolean {
    const found = this.pattern.startsWith(text, this.at);
    if (found) this.at += text.length;
    return found;
  }

  error(reason: string): ConstraintError {
    const shown = this.pattern.length > 200 ? `${this.pattern.slice(0, 200)}…` : this.pattern;
    return new ConstraintError(
      `the pattern ${JSON.stringify(shown)} is not supported: ${reason} (at ${this.at})`,
    );
  }
}
