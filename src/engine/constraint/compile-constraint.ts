import type { CompiledRule } from './automaton.ts';
import type { Constraint, ConstraintSpec } from './constraint.ts';
import { ConstraintError } from './constraint-error.ts';
import { RuleConstraint } from './constraint-state.ts';
import type { ConstraintVocabulary } from './constraint-vocabulary.ts';
import { call, choice, type Expression, literal, optional, Rule, repeat, sequence } from './expression.ts';
import { parseGrammar } from './gbnf.ts';
import { objectRule } from './json-text.ts';
import { wholeMatch } from './regex.ts';
import { schemaExpression } from './schema.ts';
import { WorkBudget } from './work-budget.ts';

/** Most copies that a repetition with bounds may ask for. */
const MOST_PARTS = 4096;

/**
 * Throws `ConstraintError`, whose message is for the client, on what is unsupported, contradictory, recursive without
 * end or too large.
 */
export function compileConstraint(spec: ConstraintSpec, vocabulary: ConstraintVocabulary): Constraint {
  const root = compileRoot(spec, vocabulary);
  if (root.start.distance === Number.POSITIVE_INFINITY) {
    throw new ConstraintError('no text fulfils the constraint: it contradicts itself or never ends');
  }
  return new RuleConstraint(root, vocabulary);
}

function compileRoot(spec: ConstraintSpec, { rules }: ConstraintVocabulary): CompiledRule {
  const budget = new WorkBudget();
  try {
    return rules.compile(new Rule('root', expressionOf(spec, budget)), budget);
  } catch (cause) {
    // The stack's end: a value in an enumeration, say, of ten thousand levels.
    if (cause instanceof RangeError)
      throw new ConstraintError('the constraint is nested too deep', { cause });
    throw cause;
  }
}

function expressionOf(spec: ConstraintSpec, budget: WorkBudget): Expression {
  budget.spend();
  switch (spec.kind) {
    case 'text':
      return literal(spec.text);
    case 'json':
      return call(objectRule);
    case 'schema':
      return schemaExpression(spec.schema, budget);
    case 'choice':
      return choice(...spec.choices.map(literal));
    case 'regex':
      return wholeMatch(spec.pattern, budget);
    case 'grammar':
      return parseGrammar(spec.grammar, budget);
    case 'sequence':
      return sequence(...spec.parts.map((part) => expressionOf(part, budget)));
    case 'any-of':
      return choice(...spec.options.map((option) => expressionOf(option, budget)));
    case 'repeat':
      return repetition(spec, expressionOf(spec.part, budget));
  }
}

function repetition(
  { min, max, separator = '' }: Extract<ConstraintSpec, { kind: 'repeat' }>,
  part: Expression,
): Expression {
  if (max !== undefined && max < min) throw new ConstraintError(`a part cannot come ${min} to ${max} times`);
  if (Math.max(min, max ?? 0) > MOST_PARTS)
    throw new ConstraintError(`a part may come at most ${MOST_PARTS} times`);
  if (max === 0) return literal('');
  const rest = sequence(literal(separator), part);
  const some = sequence(part, repeat(rest, Math.max(min - 1, 0), max === undefined ? undefined : max - 1));
  return min === 0 ? optional(some) : some;
}
