import type { BioPaxObject } from './biopax-objects.ts';
import type { BioPaxTable } from './biopax-table.ts';

/** Groups of groups deeper than any cell's. */
const maxDepth = 100;
const groups = ['component', 'memberPhysicalEntity', 'memberEntityReference'];

/** Finds NCBI taxa: an entity's own, its reference's, or the one that all parts of a group share. */
export class SpeciesFinder {
  readonly #table: BioPaxTable;
  /** Holds an entity from the moment it is asked for, which ends groups that contain themselves. */
  readonly #found = new Map<BioPaxObject, string | undefined>();

  constructor(table: BioPaxTable) {
    this.#table = table;
  }

  of(object: BioPaxObject, depth = 0): string | undefined {
    if (this.#found.has(object)) return this.#found.get(object);
    this.#found.set(object, undefined);
    const taxon = this.#stated(object) ?? this.#shared(object, depth);
    this.#found.set(object, taxon);
    return taxon;
  }

  #stated(object: BioPaxObject): string | undefined {
    const identities = [object, ...this.#table.linked(object, 'entityReference')];
    const sources = identities.flatMap((identity) => this.#table.linked(identity, 'organism'));
    return sources.map((source) => taxonOf(this.#table, source)).find((taxon) => taxon !== undefined);
  }

  #shared(object: BioPaxObject, depth: number): string | undefined {
    if (depth > maxDepth) return undefined;
    const references = this.#table.linked(object, 'entityReference');
    const parts = [object, ...references].flatMap((whole) =>
      groups.flatMap((group) => this.#table.linked(whole, group)),
    );
    const living = parts.filter((part) => part !== object && !part.type.startsWith('SmallMolecule'));
    const taxa = new Set(living.map((part) => this.of(part, depth + 1)));
    return taxa.size === 1 ? [...taxa][0] : undefined;
  }
}

function taxonOf(table: BioPaxTable, source: BioPaxObject): string | undefined {
  const xrefs = [...table.xrefs(source, 'unification'), ...table.xrefs(source, 'relationship')];
  const stated = xrefs.find(({ db }) => /taxon/i.test(db))?.id ?? source.id;
  return /(?:^|[:/_#])(\d{1,9})$/.exec(stated)?.[1];
}
