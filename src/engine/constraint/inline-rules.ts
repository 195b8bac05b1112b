import { call, type Expression, type Rule } from './expression.ts';
import type { WorkBudget } from './work-budget.ts';

/** Larger expressions stay rules of their own. */
const LARGEST = 400;

/**
 * The rule's expression with the rules that it calls put in place, except the recursive and the large: a rule that is
 * a letter or a blank would cost more as a frame than it shares.
 */
export function inlined(root: Rule, budget: WorkBudget): Expression {
  const rules = new Map<Rule, Expression>();
  const open = new Set<Rule>();
  const recursive = new Set<Rule>();
  return place(call(root));

  function place(expression: Expression): Expression {
    budget.spend();
    switch (expression.kind) {
      case 'rule':
        return placeRule(expression.rule);
      case 'sequence':
        return { ...expression, parts: expression.parts.map(place) };
      case 'choice':
        return { ...expression, options: expression.options.map(place) };
      case 'repeat':
        return { ...expression, part: place(expression.part) };
      default:
        return expression;
    }
  }

  function placeRule(rule: Rule): Expression {
    const known = rules.get(rule);
    if (known) return known;
    if (open.has(rule)) {
      recursive.add(rule);
      return call(rule);
    }
    open.add(rule);
    const placed = place(rule.expression);
    open.delete(rule);
    const stays = recursive.has(rule) || sizeOf(placed) > LARGEST;
    if (stays) rule.define(placed);
    const result = stays ? call(rule) : placed;
    rules.set(rule, result);
    return result;
  }
}

function sizeOf(expression: Expression): number {
  switch (expression.kind) {
    case 'literal':
      return expression.text.length;
    case 'characters':
      return expression.ranges.length;
    case 'sequence':
      return expression.parts.reduce((sum, part) => sum + sizeOf(part), 1);
    case 'choice':
      return expression.options.reduce((sum, option) => sum + sizeOf(option), 1);
    case 'repeat': {
      const copies = expression.max === Number.POSITIVE_INFINITY ? expression.min + 1 : expression.max;
      return sizeOf(expression.part) * copies + 1;
    }
    default:
      return 1;
  }
}
