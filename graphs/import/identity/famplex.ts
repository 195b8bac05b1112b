import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cellsOf } from '../tables/read-rows.ts';
import { readLines } from '../text/read-lines.ts';

export interface Family {
  id: string;
  kind: 'family' | 'complex';
  /** HGNC symbols, those of its families' members too. */
  symbols: readonly string[];
}

/** Families and complexes of human genes by name and by members (FamPlex's own CSV files, CC0). */
export class Famplex {
  readonly #names = new Map<string, string | undefined>();
  readonly #parents = new Map<string, { id: string; relation: string; isSymbol: boolean }[]>();
  readonly #families = new Map<string, Family>();
  readonly #byMembers = new Map<string, Family>();

  addEntity(id: string): void {
    this.#names.set(nameKey(id), id);
  }

  /** A synonym; one that several families have means none. */
  addName(name: string, id: string): void {
    const key = nameKey(name);
    const known = this.#names.get(key);
    this.#names.set(key, this.#names.has(key) && known !== id ? undefined : id);
  }

  addMember(child: string, isSymbol: boolean, relation: string, parent: string): void {
    const children = this.#parents.get(parent) ?? [];
    children.push({ id: child, relation, isSymbol });
    this.#parents.set(parent, children);
  }

  finish(): this {
    for (const id of this.#parents.keys()) {
      const symbols = [...new Set(this.#symbolsOf(id, new Set()))].sort();
      const isComplex = this.#parents.get(id)?.every(({ relation }) => relation === 'partof') ?? false;
      const family: Family = { id, kind: isComplex ? 'complex' : 'family', symbols };
      this.#families.set(id, family);
      // The narrowest name comes first in the files; a wider family of the same genes adds nothing.
      const key = `${family.kind} ${symbols.join(' ')}`;
      if (!this.#byMembers.has(key)) this.#byMembers.set(key, family);
    }
    return this;
  }

  /** The family that a name means. */
  named(name: string): Family | undefined {
    const id = this.#names.get(nameKey(name));
    return id === undefined ? undefined : this.#families.get(id);
  }

  /** The family or complex made of exactly these genes. */
  ofMembers(kind: Family['kind'], symbols: readonly string[]): Family | undefined {
    return this.#byMembers.get(`${kind} ${[...new Set(symbols)].sort().join(' ')}`);
  }

  *#symbolsOf(id: string, above: Set<string>): Generator<string> {
    if (above.has(id)) return;
    for (const child of this.#parents.get(id) ?? []) {
      if (child.isSymbol) yield child.id;
      else yield* this.#symbolsOf(child.id, new Set([...above, id]));
    }
  }
}

/** FamPlex as its repository has it: `entities.csv`, `relations.csv`, `equivalences.csv`; none where it is absent. */
export async function readFamplex(
  folder: string | undefined,
  signal?: AbortSignal,
): Promise<Famplex | undefined> {
  if (folder === undefined || !existsSync(join(folder, 'relations.csv'))) return undefined;
  const famplex = new Famplex();
  const rows = async function* (file: string) {
    const path = join(folder, file);
    if (existsSync(path))
      for await (const { text } of readLines(path, signal)) yield cellsOf(text.trim(), ',');
  };
  for await (const [id] of rows('entities.csv')) if (id) famplex.addEntity(id);
  for await (const [, name, id] of rows('equivalences.csv')) if (name && id) famplex.addName(name, id);
  for await (const [namespace, child, relation, , parent] of rows('relations.csv')) {
    if (child && relation && parent) famplex.addMember(child, namespace === 'HGNC', relation, parent);
  }
  return famplex.finish();
}

function nameKey(name: string): string {
  return name
    .replace(/[\s_]+/g, ' ')
    .trim()
    .toLowerCase();
}
