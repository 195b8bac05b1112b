import { Vocabulary } from '../text/vocabulary.ts';
import { broken, type Section, type Sections } from './sections.ts';

/** Strings with a hash table over them, which is ready as it is read: no map is built at opening. */
export function keySections(name: string, keys: Iterable<string>): Record<string, Section> {
  const table = new Vocabulary();
  for (const key of keys) table.idOf(key);
  return vocabularySections(name, table);
}

export function vocabularySections(name: string, vocabulary: Vocabulary): Record<string, Section> {
  const { units, starts, slots } = vocabulary.parts();
  return { [`${name} units`]: units, [`${name} starts`]: starts, [`${name} slots`]: slots };
}

export function readKeys(sections: Sections, name: string): Vocabulary {
  const units = sections.units(`${name} units`);
  const size = sections.rowCount(`${name} starts`);
  const starts = sections.offsets(`${name} starts`, size, units.length);
  const slots = sections.numbers(`${name} slots`, 0, size + 1);
  // A table without free places would be searched without end.
  if (slots.length < 2 || (slots.length & (slots.length - 1)) !== 0 || 2 * size > slots.length) {
    throw broken(`${name} slots`);
  }
  let taken = 0;
  for (let slot = 0; slot < slots.length; slot++) if (slots[slot] !== 0) taken++;
  if (taken !== size) throw broken(`${name} slots`);
  return new Vocabulary({ units, starts, slots });
}
