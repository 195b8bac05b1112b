import type { NodeAttributes } from './pathway-graph.ts';

const prefixes: readonly (readonly [RegExp, string])[] = [
  [/^(hsa|map|ko)/, 'path'],
  [/^nt/, 'network'],
  [/^C/, 'cpd'],
  [/^K/, 'ko'],
  [/^G/, 'gl'],
  [/^D/, 'dr'],
  [/^[0-9]/, 'hsa'],
];

const kinds: ReadonlyMap<string, NodeAttributes['kind']> = new Map([
  ['hsa', 'gene'],
  ['ko', 'gene'],
  ['cpd', 'compound'],
  ['gl', 'compound'],
  ['dr', 'drug'],
  ['path', 'map'],
  ['network', 'map'],
]);

/** `1234` → `hsa:1234`, `C00001` → `cpd:C00001`, …; undefined where no node can have such an id (spec §1.5). */
export function prefixedId(bareId: string): string | undefined {
  const prefix = prefixes.find(([pattern]) => pattern.test(bareId))?.[1];
  return prefix === undefined ? undefined : `${prefix}:${bareId}`;
}

/** The bare ids of a node key: `undefined hsa:3` → `['3']`. Words without a colon are no ids. */
export function bareIds(nodeKey: string): string[] {
  const words = nodeKey.split(' ').filter((word) => word.includes(':'));
  return words.map((word) => word.split(':')[1] as string);
}

/** What a node stands for, by its ids' prefixes; several genes make a family. */
export function kindOfKey(nodeKey: string): NodeAttributes['kind'] {
  const found = new Set(nodeKey.split(' ').map((word) => kinds.get(word.split(':')[0] as string) ?? 'other'));
  if (found.size > 1) return 'other';
  const [kind = 'other'] = found;
  return kind === 'gene' && nodeKey.includes(' ') ? 'family' : kind;
}
