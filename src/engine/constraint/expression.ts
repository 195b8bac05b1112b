/** An inclusive range of code points. */
export type CodePoints = readonly [first: number, last: number];

/**
 * A set of texts, as a tree. All kinds of constraints (schema, regex, GBNF, choice) become expressions; an
 * expression becomes an automaton over bytes. `both` and `except` (in `a`, and in `b` or not) hold no recursive
 * rules.
 */
export type Expression =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'characters'; readonly ranges: readonly CodePoints[] }
  | { readonly kind: 'sequence'; readonly parts: readonly Expression[] }
  | { readonly kind: 'choice'; readonly options: readonly Expression[] }
  | { readonly kind: 'repeat'; readonly part: Expression; readonly min: number; readonly max: number }
  | { readonly kind: 'both'; readonly a: Expression; readonly b: Expression }
  | { readonly kind: 'except'; readonly a: Expression; readonly b: Expression }
  | { readonly kind: 'graph'; readonly edges: readonly GraphEdge[] }
  | { readonly kind: 'rule'; readonly rule: Rule };

/** An edge of a graph whose texts are its paths from point 0 to point 1. */
export interface GraphEdge {
  readonly from: number;
  readonly text: Expression;
  readonly to: number;
}

/**
 * A named expression. Its automaton is a frame of its own, entered and left like a function: it is compiled once
 * for a vocabulary, shared by all that refer to the same object, and may refer to itself.
 */
export class Rule {
  readonly name: string;
  #expression: Expression | undefined;

  constructor(name: string, expression?: Expression) {
    this.name = name;
    this.#expression = expression;
  }

  get expression(): Expression {
    if (!this.#expression) throw new Error(`rule ${this.name} has no expression yet`);
    return this.#expression;
  }

  /** For rules that refer to themselves. */
  define(expression: Expression): void {
    this.#expression = expression;
  }
}

export const literal = (text: string): Expression => ({ kind: 'literal', text });
export const characters = (...ranges: CodePoints[]): Expression => ({ kind: 'characters', ranges });
export const sequence = (...parts: Expression[]): Expression => ({ kind: 'sequence', parts });
export const choice = (...options: Expression[]): Expression => ({ kind: 'choice', options });
export const repeat = (part: Expression, min: number, max = Number.POSITIVE_INFINITY): Expression => ({
  kind: 'repeat',
  part,
  min,
  max,
});
export const optional = (part: Expression): Expression => repeat(part, 0, 1);
export const call = (rule: Rule): Expression => ({ kind: 'rule', rule });
export const nothing: Expression = literal('');
/** No text at all; what needs it cannot be. */
export const never: Expression = choice();
