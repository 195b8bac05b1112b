import type { z } from 'zod';
import type { Vocabulary } from '../text/vocabulary.ts';
import { keySections, readKeys } from './key-table.ts';
import { broken, type Section, type Sections } from './sections.ts';

/** Values saved as JSON a row, each read when it is first asked for. */
export class RowList<T> {
  readonly size: number;
  readonly #rows: Uint8Array;
  readonly #offsets: Int32Array;
  readonly #schema: z.ZodType<T>;
  readonly #read: (T | undefined)[] = [];

  constructor(sections: Sections, name: string, schema: z.ZodType<T>) {
    this.#rows = sections.bytes(`${name} rows`);
    this.size = sections.rowCount(`${name} offsets`);
    this.#offsets = sections.offsets(`${name} offsets`, this.size, this.#rows.length);
    this.#schema = schema;
  }

  /** The value at a place; always the same object. Throws `BrokenIndexError` where a hostile file has another shape. */
  at(number: number): T {
    this.#read[number] ??= this.#parse(number);
    return this.#read[number];
  }

  #parse(number: number): T {
    const { buffer, byteOffset } = this.#rows;
    const start = this.#offsets[number] as number;
    const row = Buffer.from(buffer, byteOffset + start, (this.#offsets[number + 1] as number) - start);
    try {
      return this.#schema.parse(JSON.parse(row.toString()));
    } catch (cause) {
      throw Object.assign(broken(`row ${number}`), { cause });
    }
  }
}

/** Rows by key. */
export class RowMap<T> extends RowList<T> implements ReadonlyMap<string, T> {
  readonly #keys: Vocabulary;
  #ids: readonly string[] | undefined;

  constructor(sections: Sections, name: string, schema: z.ZodType<T>) {
    super(sections, name, schema);
    this.#keys = readKeys(sections, name);
    if (this.#keys.size !== this.size) throw broken(name);
  }

  get ids(): readonly string[] {
    this.#ids ??= this.#keys.words();
    return this.#ids;
  }

  /** The place of a key's row. */
  numberOf(key: string): number | undefined {
    return this.#keys.find(key);
  }

  get(key: string): T | undefined {
    const number = this.numberOf(key);
    return number === undefined ? undefined : this.at(number);
  }

  has(key: string): boolean {
    return this.numberOf(key) !== undefined;
  }

  forEach(visit: (value: T, key: string, map: ReadonlyMap<string, T>) => void): void {
    for (const [key, value] of this) visit(value, key, this);
  }

  *entries(): MapIterator<[string, T]> {
    for (const [number, id] of this.ids.entries()) yield [id, this.at(number)];
  }

  keys(): MapIterator<string> {
    return this.ids.values();
  }

  *values(): MapIterator<T> {
    for (let number = 0; number < this.ids.length; number++) yield this.at(number);
  }

  [Symbol.iterator](): MapIterator<[string, T]> {
    return this.entries();
  }
}

/** The sections that a `RowMap` of this name reads. */
export function mapSections(
  name: string,
  rows: readonly (readonly [id: string, value: unknown])[],
): Record<string, Section> {
  const ids = keySections(
    name,
    rows.map(([id]) => id),
  );
  return {
    ...ids,
    ...rowSections(
      name,
      rows.map(([, value]) => value),
    ),
  };
}

/** The sections that a `RowList` of this name reads. */
export function rowSections(name: string, rows: readonly unknown[]): Record<string, Section> {
  const texts: Buffer[] = [];
  const offsets = [0];
  for (const row of rows) {
    const text = Buffer.from(JSON.stringify(row));
    texts.push(text);
    offsets.push((offsets.at(-1) as number) + text.length);
  }
  return {
    [`${name} rows`]: Buffer.concat(texts),
    [`${name} offsets`]: Int32Array.from(offsets),
  };
}
