import type { Vocabulary } from '../text/vocabulary.ts';
import { keySections, readKeys } from './key-table.ts';
import type { Section, Sections } from './sections.ts';

/** Lists of numbers by key: key k has `numbers[offsets[k]]` up to `numbers[offsets[k + 1]]`. */
export class ListMap {
  readonly #keys: Vocabulary;
  readonly #offsets: Int32Array;
  readonly #numbers: Int32Array;

  constructor(sections: Sections, name: string, limit: number) {
    this.#keys = readKeys(sections, name);
    this.#numbers = sections.numbers(`${name} numbers`, 0, limit);
    this.#offsets = sections.offsets(`${name} offsets`, this.#keys.size, this.#numbers.length);
  }

  get(key: string): Int32Array | undefined {
    const place = this.#keys.find(key);
    if (place === undefined) return undefined;
    return this.#numbers.subarray(this.#offsets[place], this.#offsets[place + 1]);
  }
}

/** The sections that a `ListMap` of this name reads. */
export function listSections(
  name: string,
  lists: ReadonlyMap<string, readonly number[]>,
): Record<string, Section> {
  const offsets = [0];
  for (const list of lists.values()) offsets.push((offsets.at(-1) as number) + list.length);
  return {
    ...keySections(name, lists.keys()),
    [`${name} numbers`]: Int32Array.from([...lists.values()].flat()),
    [`${name} offsets`]: Int32Array.from(offsets),
  };
}
