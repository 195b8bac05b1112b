import type { Entry } from './pathway-graph.ts';

const species = '- Homo sapiens (human)';

/** Splits `A, B ` into `['A', 'B']`. */
const commaList = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

/** The names of one entity, as pathway lines show them (spec §1.7); its id where nothing names it. */
export function entityNames(id: string, entry: Entry | undefined): string[] {
  const names = (entry?.NAME ?? []).map((name) => name.replace('(RefSeq)', '').replace(species, '').trim());
  const symbols = entry?.SYMBOL ?? [];
  names.push(...(symbols.length === 1 ? commaList(symbols[0] as string) : symbols));
  const known = names.filter((name) => name !== '');
  if (known.length > 0) return known;
  const composition = id.startsWith('G') ? (entry?.COMPOSITION ?? []) : [];
  return composition.length > 0 ? [...composition] : [id];
}

/** The name of a process: the first item, without the species. */
export function processName(id: string, entry: Entry | undefined): string {
  return entry?.NAME?.[0]?.replace(species, '').trim() || id;
}

/**
 * The names of a node with several entities, from the label of its box (`graphics.name`). A label that is
 * itself an id stands for that entity's names; an absent one is made of each entity's own label.
 */
export function groupNames(
  ids: readonly string[],
  boxLabel: string | undefined,
  entries: ReadonlyMap<string, Entry>,
): string[] {
  const labelled = boxLabel === undefined ? undefined : entries.get(boxLabel);
  if (boxLabel !== undefined && labelled) return entityNames(boxLabel, labelled);
  const names = commaList((boxLabel ?? '').replace(/^\.+|\.+$/g, ''));
  return names.length > 0 ? names : ids.map((id) => entityLabel(id, entries.get(id)));
}

/** The short name people use: the first symbol, else the first name, else the id. */
export function entityLabel(id: string, entry: Entry | undefined): string {
  const symbol = entry?.SYMBOL?.[0];
  return (symbol && commaList(symbol)[0]) || (entityNames(id, entry)[0] as string);
}
