import { Ballots } from '../merging/ballots.ts';
import type { CrossReference, NodeStatement } from '../statement.ts';
import type { Family, Famplex } from './famplex.ts';
import type { Identifiers } from './identifiers.ts';

/** Which of a graph's nodes a file's node is. */
export interface Identity {
  /** Same text, same node. */
  id: string;
  /** The label the node should have; empty leaves it to what files call it. */
  label: string;
  /** How it was recognised: by a table or a shared id, by its exact gene symbol, by its name, by its members. */
  by: 'id' | 'symbol' | 'name' | 'members';
  /** A mapping table knows it. */
  isMapped: boolean;
  family?: Family | undefined;
}

export type EntityClass = 'gene' | 'compound' | 'complex' | 'family' | 'process' | 'other';

/** Files that tell no species mean people: the graph is of human pathways. */
const defaultTaxon = '9606';
const geneSystems: ReadonlySet<string> = new Set(['hgnc', 'ncbi', 'ensembl', 'uniprot', 'symbol']);

/**
 * Recognises the entities of many files. A mapping table decides where it knows an id or a symbol. Without one, a node
 * is the node with the same exact gene symbol within its species, and an id stands for the symbol that most files give
 * it (more than give it the node's own): the label `p53` beside the id of TP53 is TP53, but a label that is itself some
 * id's symbol stays. What is no gene
 * goes by its ids, then by its name in any case. So no chain of wrong ids can join two symbols.
 */
export class Recognition {
  readonly #identifiers: Identifiers;
  readonly #famplex: Famplex | undefined;
  readonly #ballots = new Ballots();
  readonly #symbols = new Set<string>();
  readonly #known = new Set<string>();

  constructor(identifiers: Identifiers, famplex: Famplex | undefined) {
    this.#identifiers = identifiers;
    this.#famplex = famplex;
  }

  /** First for every node of every file: which name each id goes by. */
  vote(node: NodeStatement): void {
    const label = givenName(node);
    if (label === '') return;
    for (const reference of idsOf(node)) this.#ballots.add(ballotKey(node, reference), label);
  }

  /** When all have voted. */
  count(): void {
    for (const [key, winner] of this.#ballots.winners()) {
      const [entityClass, taxon] = key.split('\t') as [string, string];
      this.#symbols.add(`${entityClass}\t${taxon}\t${winner}`);
    }
  }

  /** A node without members, all of one class before those of class `other`, which join what has their name. */
  identify(node: NodeStatement): Identity {
    const identity = this.#identify(node);
    this.#known.add(identity.id);
    return identity;
  }

  /** A group by what it is made of; without members, or with an id of its own, as any other node. */
  identifyGroup(node: NodeStatement, members: readonly Identity[]): Identity {
    const distinct = [...new Map(members.map((member) => [member.id, member])).values()];
    if (distinct.length === 0 || idsOf(node).length > 0) return this.identify(node);
    const [only] = distinct;
    if (distinct.length === 1 && only) return { ...only, by: 'members' };
    const kind = classOf(node) === 'complex' ? ('complex' as const) : ('family' as const);
    const symbols = distinct.map(({ label }) => label);
    const family = distinct.every(({ id }) => isGeneOf(id, defaultTaxon))
      ? this.#famplex?.ofMembers(kind, symbols)
      : undefined;
    if (family) return this.#remember(familyIdentity(family));
    const ids = distinct.map(({ id }) => id).sort();
    return { id: `${kind}\tmembers\t${ids.join('|')}`, label: '', by: 'members', isMapped: false };
  }

  #remember(identity: Identity): Identity {
    this.#known.add(identity.id);
    return identity;
  }

  #identify(node: NodeStatement): Identity {
    const entityClass = classOf(node);
    if (entityClass === 'gene') return this.#gene(node);
    if (entityClass === 'compound') return this.#compound(node);
    if (entityClass === 'other') return this.#other(node);
    const family = entityClass === 'process' ? undefined : this.#famplex?.named(givenName(node));
    return family ? familyIdentity(family) : this.#named(node, entityClass);
  }

  #gene(node: NodeStatement): Identity {
    const taxon = taxonOf(node);
    const label = givenName(node);
    const gene = (symbol: string, by: Identity['by'], isMapped: boolean): Identity => ({
      id: `gene\t${taxon}\t${symbol}`,
      label: symbol,
      by,
      isMapped,
    });
    if (this.#identifiers.isSymbol(label, taxon)) return gene(label, 'symbol', true);
    const official = firstOf(node.references, (reference) => this.#identifiers.symbolOf(reference, taxon));
    if (official !== undefined) return gene(official, 'id', true);
    const alias = this.#identifiers.officialSymbol(label, taxon);
    const elected = this.#elected(node);
    const isSymbol = this.#symbols.has(`gene\t${taxon}\t${label}`);
    const family = elected === undefined || elected === label ? this.#famplex?.named(label) : undefined;
    if (family && taxon === defaultTaxon && alias === undefined) return familyIdentity(family);
    if (alias !== undefined) return gene(alias, 'symbol', true);
    if (label !== '' && isSymbol) return gene(label, 'symbol', false);
    if (elected !== undefined) return gene(elected, 'id', false);
    return label === '' ? unnamed(node, 'gene', taxon) : gene(label, 'symbol', false);
  }

  #compound(node: NodeStatement): Identity {
    const known =
      firstOf(node.references, (reference) => this.#identifiers.compoundOf(reference)) ??
      this.#identifiers.compoundNamed(givenName(node));
    if (known === undefined) return this.#named(node, 'compound');
    return { id: nameId('compound', known), label: known, by: 'id', isMapped: true };
  }

  #named(node: NodeStatement, entityClass: EntityClass): Identity {
    const label = givenName(node);
    const elected = this.#symbols.has(`${entityClass}\t\t${label}`) ? label : this.#elected(node);
    const name = elected ?? label;
    if (name === '') return unnamed(node, entityClass, '');
    const by = name.toLowerCase() === label.toLowerCase() ? 'name' : 'id';
    return { id: nameId(entityClass, name), label: '', by, isMapped: false };
  }

  /** A node of no stated kind is what a node of some kind has its name. */
  #other(node: NodeStatement): Identity {
    const label = givenName(node);
    const gene = `gene\t${defaultTaxon}\t${label}`;
    const symbol = this.#identifiers.officialSymbol(label, defaultTaxon);
    const official = symbol === undefined ? undefined : `gene\t${defaultTaxon}\t${symbol}`;
    if (official !== undefined)
      return { id: official, label: symbol as string, by: 'symbol', isMapped: true };
    if (this.#known.has(gene)) return { id: gene, label, by: 'symbol', isMapped: false };
    const family = this.#famplex?.named(label);
    if (family) return familyIdentity(family);
    for (const entityClass of ['compound', 'complex', 'family', 'process'] as const) {
      const id = nameId(entityClass, label);
      if (this.#known.has(id)) return { id, label: '', by: 'name', isMapped: false };
    }
    if (label === '') return unnamed(node, 'other', '');
    // Names of files that tell no kind may be symbols that differ in case only.
    return { id: `other\t\t${label}`, label: '', by: 'name', isMapped: false };
  }

  #elected(node: NodeStatement): string | undefined {
    const label = givenName(node);
    return firstOf(idsOf(node), (reference) => this.#ballots.winnerOver(label, ballotKey(node, reference)));
  }
}

export function classOf({ nodeKind, references }: NodeStatement): EntityClass {
  switch (nodeKind) {
    case 'gene':
    case 'compound':
    case 'complex':
    case 'family':
      return nodeKind;
    case 'drug':
      return 'compound';
    case 'process':
    case 'phenotype':
    case 'map':
      return 'process';
    case 'other':
      if (references.some(({ system }) => geneSystems.has(system))) return 'gene';
      return references.some(({ system }) => system === 'chebi') ? 'compound' : 'other';
  }
}

/** What a node is called: its symbol where the file gives one as such, else its label. */
function givenName({ label, references }: NodeStatement): string {
  const symbol = references.find(({ system }) => system === 'symbol')?.id;
  return (label || symbol || '').trim();
}

function idsOf({ references }: NodeStatement): CrossReference[] {
  return references.filter(({ system }) => system !== 'symbol');
}

function taxonOf(node: NodeStatement): string {
  return classOf(node) === 'gene' ? (node.species ?? defaultTaxon) : '';
}

function ballotKey(node: NodeStatement, { system, id }: CrossReference): string {
  return `${classOf(node)}\t${taxonOf(node)}\t${system}:${id}`;
}

function nameId(entityClass: EntityClass, name: string): string {
  return `${entityClass}\t\t${name.toLowerCase()}`;
}

function unnamed(node: NodeStatement, entityClass: EntityClass, taxon: string): Identity {
  const [reference] = idsOf(node);
  const name = reference ? nameOf(reference) : node.id;
  return { id: `${entityClass}\t${taxon}\t${name}`, label: name, by: 'id', isMapped: false };
}

/** `C00031` says what it is by itself, `5594` does not. */
function nameOf({ system, id }: CrossReference): string {
  return /^\d+$/.test(id) ? `${system.toUpperCase()} ${id}` : id;
}

function familyIdentity(family: Family): Identity {
  const label = family.id.replaceAll('_', ' ');
  return { id: `famplex\t\t${family.id}`, label, by: 'name', isMapped: true, family };
}

/** Whether an identity is a gene of a species. */
export function isGeneOf(identityId: string, taxon: string): boolean {
  return identityId.startsWith(`gene\t${taxon}\t`);
}

function firstOf<T, R>(items: readonly T[], find: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
