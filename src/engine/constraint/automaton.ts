import { Space } from './configuration.ts';
import type { Rule } from './expression.ts';
import type { TokenOutlook } from './token-outlook.ts';

/** An edge for a range of bytes. Where ranges of a state overlap, all are followed. */
export interface StateEdge {
  readonly first: number;
  readonly last: number;
  readonly to: State;
}

/** A state of one rule's automaton, for one vocabulary. */
export class State {
  readonly rule: CompiledRule;
  readonly accepts: boolean;
  edges: readonly StateEdge[] = [];
  calls: readonly { readonly rule: CompiledRule; readonly to: State }[] = [];
  /** Tokens from here to the end of the rule, at most; infinite where it cannot be reached. See `token-distance.ts`. */
  distance = Number.POSITIVE_INFINITY;
  /** What each token does from here; found when first asked for. */
  outlook: TokenOutlook | undefined;

  constructor(rule: CompiledRule, accepts: boolean) {
    this.rule = rule;
    this.accepts = accepts;
  }

  /** Nothing follows in this rule: a call that leads here need not come back. */
  get isLast(): boolean {
    return this.accepts && this.edges.length === 0 && this.calls.length === 0;
  }
}

/** A rule's automaton for one vocabulary. */
export class CompiledRule {
  readonly name: string;
  states: readonly State[] = [];
  /** Where the rule runs alone. What is learnt there lives as long as the rule. */
  readonly space = new Space();

  constructor({ name }: Rule) {
    this.name = name;
  }

  get start(): State {
    return this.states[0]!;
  }
}
