import type { Sign } from '../src/run.ts';

/** Subtypes with a direction (KEGG KGML and NETWORK; spec §1.9). Everything else leaves an edge unsigned. */
const signs: ReadonlyMap<string, Sign> = new Map([
  ['activation', '+'],
  ['expression', '+'],
  ['activate', '+'],
  ['cause expression', '+'],
  ['inhibition', '-'],
  ['repression', '-'],
  ['inhibit', '-'],
]);

/** KEGG's marks of an edge that a disease removes: kept, and never propagated. */
const lost: ReadonlySet<string> = new Set(['missing interaction', 'missing']);

/** The direction that a relation's subtypes state; a modifier beside a signed subtype keeps the sign. */
export function signOfSubtypes(subtypes: readonly string[]): Sign {
  if (isLost(subtypes)) return '0';
  return agreedSign(subtypes.map((subtype) => signs.get(subtype) ?? '0'));
}

/** Whether the subtypes say that the relation is one which a disease removes. */
export function isLost(subtypes: readonly string[]): boolean {
  return subtypes.some((subtype) => lost.has(subtype));
}

/** What several statements agree on. An unsigned one takes no side; `+` beside `-` is a conflict. */
export function agreedSign(statements: readonly Sign[]): Sign {
  const sides = new Set(statements.filter((sign) => sign !== '0'));
  if (sides.size === 0) return '0';
  const [only] = sides;
  return sides.size === 1 && only !== undefined ? only : 'conflict';
}
