import { utf8Sequences } from './code-points.ts';
import { type Dfa, determinise, exceptOf, intersectionOf, withoutEmptyEdges } from './dfa.ts';
import type { CodePoints, Expression, GraphEdge, Rule } from './expression.ts';
import type { WorkBudget } from './work-budget.ts';

/** A state of a non-deterministic automaton over bytes and rules. */
export interface NfaState {
  readonly id: number;
  empty: NfaState[];
  bytes: { first: number; last: number; to: NfaState }[];
  calls: { rule: Rule; to: NfaState }[];
}

export interface Nfa {
  start: NfaState;
  end: NfaState;
  states: readonly NfaState[];
}

/** Thompson's construction. A bounded repetition becomes as many copies; the budget bounds them. */
export function buildNfa(expression: Expression, budget: WorkBudget): Nfa {
  return new NfaBuilder(budget).build(expression);
}

class NfaBuilder {
  readonly #states: NfaState[] = [];
  readonly #budget: WorkBudget;

  constructor(budget: WorkBudget) {
    this.#budget = budget;
  }

  build(expression: Expression): Nfa {
    const [start, end] = [this.#state(), this.#state()];
    this.#add(expression, start, end);
    return { start, end, states: this.#states };
  }

  #state(): NfaState {
    this.#budget.spend(4);
    const state: NfaState = { id: this.#states.length, empty: [], bytes: [], calls: [] };
    this.#states.push(state);
    return state;
  }

  #add(expression: Expression, from: NfaState, to: NfaState): void {
    this.#budget.spend();
    switch (expression.kind) {
      case 'literal':
        this.#addBytes(Buffer.from(expression.text.toWellFormed()), from, to);
        break;
      case 'characters':
        this.#addCharacters(expression.ranges, from, to);
        break;
      case 'sequence':
        this.#addSequence(expression.parts, from, to);
        break;
      case 'choice':
        for (const option of expression.options) this.#add(option, from, to);
        break;
      case 'repeat':
        this.#addRepeat(expression.part, expression.min, expression.max, from, to);
        break;
      case 'both':
      case 'except':
        this.#addDfa(this.#product(expression), from, to);
        break;
      case 'graph':
        this.#addGraph(expression.edges, from, to);
        break;
      case 'rule':
        from.calls.push({ rule: expression.rule, to });
        break;
    }
  }

  #addBytes(bytes: ArrayLike<number>, from: NfaState, to: NfaState): void {
    if (bytes.length === 0) from.empty.push(to);
    for (let i = 0; i < bytes.length; i++) {
      const next = i === bytes.length - 1 ? to : this.#state();
      from.bytes.push({ first: bytes[i]!, last: bytes[i]!, to: next });
      from = next;
    }
  }

  // Built from the last byte to the first, so that equal endings share their states.
  #addCharacters(ranges: readonly CodePoints[], from: NfaState, to: NfaState): void {
    const endings = new Map<string, NfaState>();
    for (const bytes of utf8Sequences(ranges)) {
      let next = to;
      let key = '';
      for (const [first, last] of bytes.slice(1).reverse()) {
        key += `${first}-${last},`;
        const known = endings.get(key);
        const state = known ?? this.#state();
        if (!known) state.bytes.push({ first, last, to: next });
        endings.set(key, state);
        next = state;
      }
      this.#budget.spend();
      from.bytes.push({ first: bytes[0]![0], last: bytes[0]![1], to: next });
    }
  }

  #addSequence(parts: readonly Expression[], from: NfaState, to: NfaState): void {
    if (parts.length === 0) from.empty.push(to);
    for (const [i, part] of parts.entries()) {
      const next = i === parts.length - 1 ? to : this.#state();
      this.#add(part, from, next);
      from = next;
    }
  }

  #addRepeat(part: Expression, min: number, max: number, from: NfaState, to: NfaState): void {
    for (let i = 0; i < min; i++) from = this.#addAfter(part, from);
    if (max === Number.POSITIVE_INFINITY) {
      const loop = this.#state();
      from.empty.push(loop);
      this.#add(part, loop, loop);
      from = loop;
    } else {
      for (let i = min; i < max; i++) {
        from.empty.push(to);
        from = this.#addAfter(part, from);
      }
    }
    from.empty.push(to);
  }

  #addAfter(part: Expression, from: NfaState): NfaState {
    const next = this.#state();
    this.#add(part, from, next);
    return next;
  }

  #addGraph(edges: readonly GraphEdge[], start: NfaState, end: NfaState): void {
    const points = new Map([
      [0, this.#state()],
      [1, end],
    ]);
    start.empty.push(points.get(0)!);
    const pointOf = (point: number) => {
      const state = points.get(point) ?? this.#state();
      points.set(point, state);
      return state;
    };
    for (const { from, text, to } of edges) this.#add(text, pointOf(from), pointOf(to));
  }

  #product({ kind, a, b }: Extract<Expression, { kind: 'both' | 'except' }>): Dfa {
    const combine = kind === 'both' ? intersectionOf : exceptOf;
    return combine(this.#dfa(a), this.#dfa(b), this.#budget);
  }

  #dfa(expression: Expression): Dfa {
    return determinise(withoutEmptyEdges(buildNfa(expression, this.#budget), this.#budget), this.#budget);
  }

  #addDfa(dfa: Dfa, from: NfaState, to: NfaState): void {
    const states = dfa.states.map(() => this.#state());
    from.empty.push(states[0]!);
    dfa.states.forEach(({ accepts, bytes }, i) => {
      if (accepts) states[i]!.empty.push(to);
      for (const { first, last, to: target } of bytes) {
        states[i]!.bytes.push({ first, last, to: states[target]! });
      }
    });
  }
}
