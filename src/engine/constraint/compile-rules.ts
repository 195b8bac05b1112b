import { CompiledRule, State } from './automaton.ts';
import { ConstraintError } from './constraint-error.ts';
import { type Automaton, determinise, withoutEmptyEdges } from './dfa.ts';
import type { Rule } from './expression.ts';
import { buildNfa } from './nfa.ts';
import { measureDistances } from './token-distance.ts';
import type { TokenTrie } from './token-trie.ts';
import type { WorkBudget } from './work-budget.ts';

/** Automata of the rules met so far, for one vocabulary; an automaton lives as long as its rule. */
export class RuleCompiler {
  readonly #trie: TokenTrie;
  readonly #compiled = new WeakMap<Rule, CompiledRule>();

  constructor(trie: TokenTrie) {
    this.#trie = trie;
  }

  /** The rule and all that it calls. Throws `ConstraintError`, and keeps nothing then, where one cannot be followed. */
  compile(root: Rule, budget: WorkBudget): CompiledRule {
    const known = this.#compiled.get(root);
    if (known) return known;
    const fresh = this.#build(root, budget);
    refuseLeftRecursion([...fresh.values()]);
    const states = [...fresh.values()].flatMap((rule) => rule.states);
    budget.spend(10 * states.length);
    measureDistances(states, this.#trie);
    for (const state of states) prune(state);
    for (const [rule, compiled] of fresh) this.#compiled.set(rule, compiled);
    return fresh.get(root)!;
  }

  #build(root: Rule, budget: WorkBudget): Map<Rule, CompiledRule> {
    const fresh = new Map<Rule, CompiledRule>();
    const waiting = [root];
    const get = (rule: Rule): CompiledRule => {
      const known = this.#compiled.get(rule) ?? fresh.get(rule);
      if (known) return known;
      const compiled = new CompiledRule(rule);
      fresh.set(rule, compiled);
      waiting.push(rule);
      return compiled;
    };
    get(root);
    for (let rule = waiting.pop(); rule; rule = waiting.pop()) {
      const compiled = get(rule);
      if (compiled.states.length > 0) continue;
      compiled.states = statesOf(automatonOf(rule, budget), compiled, get);
    }
    return fresh;
  }
}

/** Deterministic where that is not too large: then it is fast. */
function automatonOf({ expression }: Rule, budget: WorkBudget): Automaton {
  const automaton = withoutEmptyEdges(buildNfa(expression, budget), budget);
  try {
    return determinise(automaton, budget.part(1 / 8));
  } catch (error) {
    if (error instanceof ConstraintError) return automaton;
    throw error;
  }
}

function statesOf(automaton: Automaton, rule: CompiledRule, get: (rule: Rule) => CompiledRule): State[] {
  const states = automaton.states.map(({ accepts }) => new State(rule, accepts));
  automaton.states.forEach(({ bytes, calls }, i) => {
    states[i]!.edges = bytes.map(({ first, last, to }) => ({ first, last, to: states[to]! }));
    states[i]!.calls = calls.map((call) => ({ rule: get(call.rule), to: states[call.to]! }));
  });
  return states;
}

/** Drops ways that lead nowhere, so that whatever is alive can be completed. */
function prune(state: State): void {
  const ends = ({ distance }: State) => distance < Number.POSITIVE_INFINITY;
  state.edges = state.edges.filter(({ to }) => ends(to));
  state.calls = state.calls.filter(({ rule, to }) => ends(rule.start) && ends(to));
}

/** A rule that can call itself before any text would be entered without end. */
function refuseLeftRecursion(rules: readonly CompiledRule[]): void {
  const empties = emptyRules(rules);
  const entered = new Map(rules.map((rule) => [rule, rulesAtStart(rule, empties)]));
  const done = new Set<CompiledRule>();
  for (const rule of rules) visit([rule]);

  function visit(path: CompiledRule[]): void {
    const rule = path.at(-1)!;
    if (done.has(rule)) return;
    for (const next of entered.get(rule) ?? []) {
      if (path.includes(next)) {
        throw new ConstraintError(
          `the rule "${next.name}" refers to itself before any text (left recursion)`,
        );
      }
      visit([...path, next]);
    }
    done.add(rule);
  }
}

/** Rules that hold the empty text. */
function emptyRules(rules: readonly CompiledRule[]): Set<CompiledRule> {
  const empties = new Set<CompiledRule>();
  for (let size = -1; size < empties.size; ) {
    size = empties.size;
    for (const rule of rules) {
      if (freeStates(rule, empties).some(({ accepts }) => accepts)) empties.add(rule);
    }
  }
  return empties;
}

/** States reached from the start through empty rules alone. */
function freeStates(rule: CompiledRule, empties: ReadonlySet<CompiledRule>): State[] {
  const states = new Set([rule.start]);
  for (const { calls } of states) {
    for (const called of calls) {
      if (empties.has(called.rule) || isEmpty(called.rule)) states.add(called.to);
    }
  }
  return [...states];
}

/** Of a rule compiled before: its distance is known, and none is reached without a token but for the empty text. */
const isEmpty = (rule: CompiledRule) => rule.start.distance === 0;

const rulesAtStart = (rule: CompiledRule, empties: ReadonlySet<CompiledRule>): CompiledRule[] =>
  freeStates(rule, empties).flatMap(({ calls }) => calls.map((call) => call.rule));
