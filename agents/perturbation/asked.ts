import { opposite, times } from '../../graphs/perturb/signed-step.ts';
import type { Direction, Target } from '../../src/run.ts';
import { isBackground, isModifierOfName, isRoleOf } from './changes.ts';
import type { Clause } from './clause.ts';
import type { Token } from './tokens.ts';
import { joins, modificationOf, negates, parts, polarityOf } from './words.ts';

/** What is asked about, and in which direction. */
export interface Asked {
  target: Target;
  direction: Direction;
}

/** The targets that a clause may mean, likeliest first. */
export function askedIn(clause: Clause): Asked[] {
  const { subject, verb, object, isAboutSubject, after } = clause;
  const scope = isAboutSubject ? [...subject, verb, ...object] : [verb, ...object];
  const names = headsOf(isAboutSubject ? subject : object);
  const asked = askedAbout(scope, names, negation(clause));
  if (asked.length > 0) return asked;
  return askedAbout(scope, headsOf(after), negation(clause));
}

interface Head {
  token: Token;
  at: number;
}

/** The names of a phrase without those that only describe another: likeliest first. */
function headsOf(tokens: readonly Token[]): Head[] {
  const named = tokens.flatMap((token, at) => (token.kind === 'name' ? [{ token, at }] : []));
  const heads = named.filter(({ at }) => !isBackground(tokens, at) && !isModifierOfName(tokens, at));
  return [...heads, ...named.filter((one) => !heads.includes(one))];
}

function askedAbout(scope: readonly Token[], heads: readonly Head[], negated: boolean): Asked[] {
  const nodes = [...new Set(heads.map(({ token }) => token.node))];
  const polarity = scopePolarity(scope);
  const direction = negated ? opposite(polarity) : polarity;
  const meeting = meetingIn(scope, heads, direction);
  const modified = modifiedIn(scope, heads);
  const plain = nodes.map((node): Asked => ({ target: { kind: 'activity', node }, direction }));
  return [...meeting, ...modified.map((target) => ({ target, direction })), ...plain];
}

/** The product of all that raises or lowers; of words joined by `and` or commas the first counts. */
function scopePolarity(scope: readonly Token[]): Direction {
  let direction: Direction = '+';
  scope.forEach((token, at) => {
    if (token.kind !== 'word' || isRoleOf(scope, at) || isDescribed(scope, at)) return;
    const polarity = isKeptFrom(scope, at) ? '-' : polarityOf(token.word);
    if (polarity === undefined || isCoordinated(scope, at)) return;
    direction = times(direction, polarity);
  });
  return direction;
}

/** `keeps A from binding B`. */
function isKeptFrom(scope: readonly Token[], at: number): boolean {
  return (
    /^(?:keep|keeps|kept|hold|holds)$/.test(scope[at]?.word ?? '') &&
    scope.slice(at).some(({ word }) => /^(?:from|off|away|out)$/.test(word))
  );
}

/** `-induced`, `-less`: they tell of the name before them, not of what is asked. */
function isDescribed(scope: readonly Token[], at: number): boolean {
  return (scope[at]?.joined ?? false) && scope[at - 1]?.kind === 'name';
}

function isCoordinated(scope: readonly Token[], at: number): boolean {
  const before = scope[at - 1];
  const earlier = scope[at - 2];
  if (!before || !earlier || !/^(?:and|or|,)$/.test(before.text)) return false;
  return earlier.kind === 'word' && polarityOf(earlier.word) !== undefined;
}

/** Two names and a word for their coming together (or apart: then the direction turns). */
function meetingIn(scope: readonly Token[], heads: readonly Head[], direction: Direction): Asked[] {
  const [first, second] = [...new Set(heads.map(({ token }) => token.node))];
  if (first === undefined || second === undefined) return [];
  const word = scope.find(({ kind, word }) => kind === 'word' && (joins.test(word) || parts.test(word)));
  const isApart = word !== undefined && parts.test(word.word);
  if (!word || (isApart && !scope.some((token) => /^(?:from|between|and)$/.test(token.word)))) return [];
  const target = { kind: 'interaction', node: first, partner: second } as const;
  return [{ target, direction: isApart ? opposite(direction) : direction }];
}

function modifiedIn(scope: readonly Token[], heads: readonly Head[]): Target[] {
  const at = scope.findIndex(({ kind, word }) => kind === 'word' && modificationOf(word) !== undefined);
  if (at < 0) return [];
  const modification = modificationOf(scope[at]?.word ?? '') as string;
  const behind = scope.slice(at + 1, at + 5).find(({ kind }) => kind === 'name');
  const isOf = /^(?:of|the)$/.test(scope[at + 1]?.word ?? '');
  const node = isOf && behind ? behind.node : heads[0]?.token.node;
  return node === undefined ? [] : [{ kind: 'modification', node, modification }];
}

function negation({ subject, verb, object, isAboutSubject }: Clause): boolean {
  const scope = isAboutSubject
    ? [...subject.slice(-2), verb, ...object]
    : [...subject.slice(-2), verb, ...object.slice(0, 2)];
  return scope.some(({ kind, word }) => kind === 'word' && negates.test(word));
}
