import { ConstraintError } from './constraint-error.ts';
import { call, type Expression, never, Rule } from './expression.ts';
import { contentInBlocks, contentOfLength, stringCharacters, stringOf, stringRule } from './json-text.ts';
import { searchMatch } from './regex.ts';
import type { Keywords } from './schema-keywords.ts';
import type { WorkBudget } from './work-budget.ts';

/** A longer `maxLength` is taken as this: shorter strings are valid too. Beside a pattern each length costs states. */
const MOST_CHARACTERS = 16_384;
const MOST_BESIDE_PATTERN = 1000;
const REMEMBERED = 32;
/** Rules of strings met before, so that what tokens do in them is found once. The least used goes first. */
const rules = new Map<string, Rule>();

/** Strings as the keywords ask for them, in quotes. */
export function stringExpression(keywords: Keywords, budget: WorkBudget): Expression {
  const { minLength, maxLength, patterns, formats, path } = keywords;
  const hasPattern = patterns.length + formats.length > 0;
  const most = hasPattern ? MOST_BESIDE_PATTERN : MOST_CHARACTERS;
  if (minLength > most) throw new ConstraintError(`"minLength" of the schema at ${path} is over ${most}`);
  if (isOpenString(keywords)) return call(stringRule);
  const key = JSON.stringify([minLength, maxLength, patterns, formats]);
  const known =
    rules.get(key) ?? new Rule(`string ${key}`, hasPattern ? textOf(keywords, budget) : ofLength(keywords));
  rules.delete(key);
  rules.set(key, known);
  if (rules.size > REMEMBERED) rules.delete(rules.keys().next().value!);
  return call(known);
}

/** No keyword speaks of strings. */
export const isOpenString = ({ patterns, formats, minLength, maxLength }: Keywords): boolean =>
  patterns.length + formats.length + minLength === 0 && maxLength === Number.POSITIVE_INFINITY;

function ofLength({ minLength, maxLength }: Keywords): Expression {
  if (maxLength < minLength) return never;
  const most = maxLength === Number.POSITIVE_INFINITY ? undefined : Math.min(maxLength, MOST_CHARACTERS);
  return stringOf(contentInBlocks(minLength, most));
}

/** The same strings, of which no rule is made. */
export function textOf(
  { minLength, maxLength, patterns, formats }: Keywords,
  budget: WorkBudget,
): Expression {
  const all = [
    ...formats.map((format) => searchMatch(`^(?:${format})$`, stringCharacters, budget)),
    ...patterns.map((pattern) => searchMatch(pattern, stringCharacters, budget)),
  ];
  const isBounded = minLength > 0 || maxLength < Number.POSITIVE_INFINITY;
  if (all.length === 0 && !isBounded) return stringRule.expression;
  if (isBounded || all.length === 0) {
    const most =
      maxLength === Number.POSITIVE_INFINITY ? undefined : Math.min(maxLength, MOST_BESIDE_PATTERN);
    if (most !== undefined && most < minLength) return never;
    all.push(contentOfLength(minLength, most));
  }
  return stringOf(all.reduce((a, b) => ({ kind: 'both', a, b })));
}
