import type { BioPaxFile, BioPaxObject, Xref } from './biopax-objects.ts';
import type { BioPaxKind } from './biopax-terms.ts';

/** The objects of one file, with questions about them. Counts the ids that lead nowhere. */
export class BioPaxTable {
  readonly #file: BioPaxFile;
  readonly #missing = new Set<string>();

  constructor(file: BioPaxFile) {
    this.#file = file;
  }

  /** Ids that something points to and the file lacks. */
  get missing(): number {
    return this.#missing.size;
  }

  *ofKind(kind: BioPaxKind): Generator<BioPaxObject> {
    for (const object of this.#file.objects.values()) if (object.kind === kind) yield object;
  }

  find(id: string): BioPaxObject | undefined {
    return this.#file.objects.get(id);
  }

  /** What `object` points to by `property`. Level 2's participants are stood in for by what takes part. */
  linked(object: BioPaxObject, property: string): BioPaxObject[] {
    return this.#linked(object, property).flatMap((found) =>
      found.kind === 'participant'
        ? this.#linked(found, 'physicalEntity').filter(({ kind }) => kind !== 'participant')
        : found,
    );
  }

  #linked(object: BioPaxObject, property: string): BioPaxObject[] {
    return (object.links.get(property) ?? []).flatMap((id) => {
      const found = this.find(id);
      if (!found) this.#missing.add(id);
      return found ?? [];
    });
  }

  xrefs(object: BioPaxObject, kind: Xref['kind']): Xref[] {
    return (object.links.get('xref') ?? []).flatMap((id) => {
      const found = this.#file.xrefs.get(id);
      if (!found) this.#missing.add(id);
      return found?.kind === kind ? found : [];
    });
  }

  /** PubMed numbers of the object and of its evidence. */
  pmids(object: BioPaxObject): string[] {
    const sources = [object, ...this.linked(object, 'evidence')];
    const publications = sources.flatMap((source) => this.xrefs(source, 'publication'));
    const found = publications.filter(({ db, id }) => /^(pubmed|pmid)$/i.test(db) && /^\d{1,9}$/.test(id));
    return [...new Set(found.map(({ id }) => id))];
  }

  /** An id that others can look up: the stable one where there is one, else the first; undefined without any. */
  citableId(object: BioPaxObject): string | undefined {
    const stated = this.xrefs(object, 'unification').filter(({ db }) => db !== '');
    const stable = stated.find(({ id }) => /^(R-[A-Z]{3}-\d+|REACT_\d+)/.test(id));
    if (stable) return stable.id;
    const [first] = stated;
    if (first) return first.id.includes(':') ? first.id : `${first.db.toLowerCase()}:${first.id}`;
    return /(R-[A-Z]{3}-\d+)/.exec(object.id)?.[1];
  }

  nameOf(object: BioPaxObject): string | undefined {
    return namesOf(object)[0];
  }
}

/** The short name first, without markup, each once. */
export function namesOf({ texts }: BioPaxObject): string[] {
  const stated = ['displayName', 'standardName', 'name'].flatMap((property) => texts.get(property) ?? []);
  const names = stated.map((name) => withoutIds(withoutMarkup(name)));
  return [...new Set(names)].filter((name) => name !== '' && !enzymeNumber.test(name));
}

/** What an enzyme does, which some databases list among its names: `2.7.11.24`. */
const enzymeNumber = /^\d+(\.(\d+|-)){1,3}$/;

/** Reactome calls its references `UniProt:P04637 TP53` and `glucose [ChEBI:17234]`. */
const reactomeGene = /^UniProt:\S+ (\S+)$/;

function withoutIds(name: string): string {
  return reactomeGene.exec(name)?.[1] ?? name.replace(/ \[ChEBI:\d+\]$/, '');
}

/** The gene symbol in the name that Reactome gives to a reference. */
export function symbolInName({ texts }: BioPaxObject): string | undefined {
  const names = ['displayName', 'name'].flatMap((property) => texts.get(property) ?? []);
  return names.map((name) => reactomeGene.exec(name)?.[1]).find((symbol) => symbol !== undefined);
}

function withoutMarkup(name: string): string {
  return name
    .replaceAll(/<\/?[a-z][^<>]*>/gi, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

/** The last part of an id: `http://…#Pathway50` is `Pathway50`. */
export function shortId(id: string): string {
  return id.slice(Math.max(id.lastIndexOf('#'), id.lastIndexOf('/')) + 1) || id;
}
