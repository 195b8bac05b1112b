import { z } from 'zod';
import type { Form, Forms } from '../resolve-names.ts';
import { ListMap, listSections } from './list-map.ts';
import { RowList, rowSections } from './row-map.ts';
import { broken, type Section, type Sections } from './sections.ts';

/** Names by key as lists of numbers: each form is its text, its node and its rank. */
export function formSections(
  forms: ReadonlyMap<string, readonly Form[]>,
  nodeNumbers: Pick<ReadonlyMap<string, number>, 'get'>,
): Record<string, Section> {
  const places = new Map<Form, number>();
  const placeOf = (form: Form): number => {
    if (!places.has(form)) places.set(form, places.size);
    return places.get(form) as number;
  };
  const lists = new Map([...forms].map(([key, own]) => [key, own.map(placeOf)]));
  const all = [...places.keys()];
  return {
    ...listSections('names', lists),
    ...rowSections(
      'forms',
      all.map(({ text }) => text),
    ),
    'form nodes': Int32Array.from(all, ({ node }) => nodeNumbers.get(node) as number),
    'form ranks': Int32Array.from(all, ({ rank }) => rank),
  };
}

/** Throws `BrokenIndexError`. */
export function readForms(sections: Sections, nodeKeys: readonly string[]): Forms {
  const texts = new RowList(sections, 'forms', z.string());
  const nodes = sections.numbers('form nodes', 0, nodeKeys.length);
  const ranks = sections.numbers('form ranks', 0, 100);
  if (nodes.length !== texts.size || ranks.length !== texts.size) throw broken('names');
  const lists = new ListMap(sections, 'names', texts.size);
  const form = (place: number): Form => ({
    text: texts.at(place),
    node: nodeKeys[nodes[place] as number] as string,
    rank: ranks[place] as number,
  });
  return {
    get: (key) => {
      const places = lists.get(key);
      return places && Array.from(places, form);
    },
  };
}
