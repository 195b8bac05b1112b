import { anyCharacter, complement } from './code-points.ts';
import { ConstraintError } from './constraint-error.ts';
import {
  type CodePoints,
  call,
  characters,
  choice,
  type Expression,
  literal,
  Rule,
  repeat,
  sequence,
} from './expression.ts';
import { inlined } from './inline-rules.ts';
import type { WorkBudget } from './work-budget.ts';

const LIMITS = { length: 262_144, rules: 4096, depth: 100, repetitions: 4096 } as const;

/** GBNF as llama.cpp reads it, from the rule `root`. Throws `ConstraintError` with the line of what it cannot read. */
export function parseGrammar(grammar: string, budget: WorkBudget): Expression {
  if (grammar.length > LIMITS.length)
    throw new ConstraintError(`a grammar has at most ${LIMITS.length} characters`);
  const rules = new GrammarParser(grammar.toWellFormed(), budget).parse();
  const root = rules.get('root');
  if (!root) throw new ConstraintError('the grammar has no rule "root"');
  return inlined(root, budget);
}

class GrammarParser {
  readonly #text: string;
  readonly #budget: WorkBudget;
  readonly #rules = new Map<string, Rule>();
  readonly #defined = new Set<string>();
  #at = 0;
  #depth = 0;

  constructor(text: string, budget: WorkBudget) {
    this.#text = text;
    this.#budget = budget;
  }

  parse(): ReadonlyMap<string, Rule> {
    this.#skip(true);
    while (this.#at < this.#text.length) this.#rule();
    for (const name of this.#rules.keys()) {
      if (!this.#defined.has(name)) throw new ConstraintError(`the grammar has no rule "${name}"`);
    }
    return this.#rules;
  }

  #rule(): void {
    const name = this.#name();
    if (name === undefined) throw this.#error('a rule begins with its name');
    this.#skip(false);
    if (!this.#take('::=')) throw this.#error(`"::=" is missing after "${name}"`);
    this.#skip(true);
    if (this.#defined.has(name)) throw this.#error(`the rule "${name}" is there twice`);
    this.#get(name).define(this.#alternatives(false));
    this.#defined.add(name);
    if (this.#at < this.#text.length && !/[\r\n]/.test(this.#text[this.#at]!))
      throw this.#error('cannot be read');
    this.#skip(true);
  }

  #get(name: string): Rule {
    const rule = this.#rules.get(name) ?? new Rule(name);
    this.#rules.set(name, rule);
    if (this.#rules.size > LIMITS.rules) throw this.#error(`a grammar has at most ${LIMITS.rules} rules`);
    return rule;
  }

  #alternatives(isNested: boolean): Expression {
    if (++this.#depth > LIMITS.depth) throw this.#error('groups are nested too deep');
    const options = [this.#sequence(isNested)];
    while (this.#take('|')) {
      this.#skip(true);
      options.push(this.#sequence(isNested));
    }
    this.#depth--;
    return choice(...options);
  }

  #sequence(isNested: boolean): Expression {
    const parts: Expression[] = [];
    for (let part = this.#element(isNested); part; part = this.#element(isNested)) {
      this.#budget.spend();
      parts.push(this.#quantified(part, isNested));
    }
    return sequence(...parts);
  }

  #element(isNested: boolean): Expression | undefined {
    const element = this.#primary();
    if (element) this.#skip(isNested);
    return element;
  }

  #primary(): Expression | undefined {
    if (this.#take('"')) return this.#literal();
    if (this.#take('[')) return this.#class();
    if (this.#take('.')) return characters(...anyCharacter);
    if (this.#take('(')) {
      this.#skip(true);
      const group = this.#alternatives(true);
      if (!this.#take(')')) throw this.#error('a group is not closed');
      return group;
    }
    const name = this.#name();
    return name === undefined ? undefined : call(this.#get(name));
  }

  #quantified(part: Expression, isNested: boolean): Expression {
    for (let bounds = this.#bounds(); bounds; bounds = this.#bounds()) {
      const [min, max] = bounds;
      const most = max === Number.POSITIVE_INFINITY ? min : max;
      if (max < min) throw this.#error('the bounds of a repetition are in the wrong order');
      if (most > LIMITS.repetitions) throw this.#error(`repetitions go up to ${LIMITS.repetitions}`);
      part = repeat(part, min, max);
      this.#skip(isNested);
    }
    return part;
  }

  #bounds(): [number, number] | undefined {
    if (this.#take('*')) return [0, Number.POSITIVE_INFINITY];
    if (this.#take('+')) return [1, Number.POSITIVE_INFINITY];
    if (this.#take('?')) return [0, 1];
    if (this.#text[this.#at] !== '{') return undefined;
    const match = /^\{\s*(\d{0,9})\s*(,\s*(\d{1,9})?\s*)?\}/.exec(this.#text.slice(this.#at, this.#at + 64));
    if (!match || (match[1] === '' && match[3] === undefined))
      throw this.#error('a repetition cannot be read');
    this.#at += match[0].length;
    const min = Number(match[1]);
    if (match[2] === undefined) return [min, min];
    return [min, match[3] === undefined ? Number.POSITIVE_INFINITY : Number(match[3])];
  }

  #literal(): Expression {
    let text = '';
    while (!this.#take('"')) text += String.fromCodePoint(this.#character());
    return literal(text);
  }

  #class(): Expression {
    const isNegated = this.#take('^');
    const ranges: CodePoints[] = [];
    while (!this.#take(']')) {
      const first = this.#character();
      const isRange = this.#text[this.#at] === '-' && this.#text[this.#at + 1] !== ']';
      if (isRange) this.#at++;
      const last = isRange ? this.#character() : first;
      if (last < first) throw this.#error('a range of characters is in the wrong order');
      ranges.push([first, last]);
    }
    return characters(...(isNegated ? complement(ranges) : ranges));
  }

  #character(): number {
    const point = this.#text.codePointAt(this.#at);
    if (point === undefined) throw this.#error('a text or a class is not closed');
    this.#at += point > 0xffff ? 2 : 1;
    return point === 0x5c ? this.#escape() : point;
  }

  #escape(): number {
    const spelling = /^(?:[nrt"\\[\]-]|x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8})/;
    const text = spelling.exec(this.#text.slice(this.#at, this.#at + 9))?.[0];
    if (text === undefined) throw this.#error('no such escape');
    this.#at += text.length;
    const named = { n: 10, r: 13, t: 9 }[text];
    if (named !== undefined) return named;
    const point = text.length === 1 ? text.codePointAt(0)! : Number.parseInt(text.slice(1), 16);
    if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) throw this.#error('no such character');
    return point;
  }

  #name(): string | undefined {
    const name = /[a-zA-Z0-9_-]+/y;
    name.lastIndex = this.#at;
    const found = name.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }

  /** Past blanks and comments; past line ends too where a rule may go on there. */
  #skip(overLines: boolean): void {
    const blanks = overLines ? /(?:[ \t\r\n]|#[^\r\n]*)*/y : /(?:[ \t]|#[^\r\n]*)*/y;
    blanks.lastIndex = this.#at;
    this.#at += blanks.exec(this.#text)![0].length;
  }

  #take(text: string): boolean {
    const found = this.#text.startsWith(text, this.#at);
    if (found) this.#at += text.length;
    return found;
  }

  #error(reason: string): ConstraintError {
    const line = this.#text.slice(0, this.#at).split('\n').length;
    return new ConstraintError(`grammar, line ${line}: ${reason}`);
  }
}
