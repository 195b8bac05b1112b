import type { NodeAttributes } from '../../pathway-graph.ts';
import { Ballot } from '../merging/ballots.ts';
import type { NodeStatement } from '../statement.ts';
import type { Identity } from './identity.ts';

/** One node of the merged graph as its files tell of it. */
export class MergedEntity {
  readonly identity: Identity;
  /** Identities of what a family or complex is made of, and which file says so. */
  readonly members = new Map<string, { source: string; licence: string | undefined }>();
  readonly #labels = new Ballot();
  readonly #names = new Ballot();
  readonly #kinds = new Ballot();
  readonly #references = new Map<string, Ballot>();
  #taxon: string | undefined;

  constructor(identity: Identity) {
    this.identity = identity;
  }

  add({ label, names, nodeKind, references, species }: NodeStatement): void {
    if (label !== '') this.#labels.add(label);
    for (const name of names) if (name !== '') this.#names.add(name);
    if (nodeKind !== 'other') this.#kinds.add(nodeKind);
    for (const { system, id } of references) this.#addReference(system, id);
    this.#taxon ??= species;
  }

  get taxon(): string | undefined {
    return this.#taxon;
  }

  get label(): string {
    return this.identity.label || this.#labels.winner || '';
  }

  get kind(): NodeAttributes['kind'] {
    return (
      this.identity.family?.kind ?? (this.#kinds.winner as NodeAttributes['kind'] | undefined) ?? 'other'
    );
  }

  /** Every other name, most used first. */
  get names(): string[] {
    const label = this.label;
    const all = [...this.#labels.ranked(), ...this.#names.ranked()];
    return [...new Set(all)].filter((name) => name !== label).slice(0, mostNames);
  }

  /** One id of each system: the one that most files give. */
  get xrefs(): Record<string, string> {
    const found = [...this.#references].map(([system, ballot]) => [system, ballot.winner as string]);
    return Object.fromEntries(found.sort(([a], [b]) => ((a as string) < (b as string) ? -1 : 1)));
  }

  #addReference(system: string, id: string): void {
    // `hmdb:HMDB0000122`: a database that our systems lack is a system of its own here.
    const [, database, bare] = /^([^:]+):(.+)$/s.exec(id) ?? [];
    const [key, value] = system === 'other' && database && bare ? [database, bare] : [system, id];
    const ballot = this.#references.get(key) ?? new Ballot();
    ballot.add(value);
    this.#references.set(key, ballot);
  }
}

/** More names than this tell nobody anything. */
const mostNames = 24;

/** The entities of all files. */
export class EntityTable {
  readonly #entities = new Map<string, MergedEntity>();
  /** Nodes of files that joined one already there, by how they were recognised. */
  readonly joined = { 'merged-by-id': 0, 'merged-by-symbol': 0, 'merged-by-name': 0, 'merged-by-members': 0 };

  add(identity: Identity, node: NodeStatement): MergedEntity {
    const known = this.#entities.get(identity.id);
    if (known) this.joined[`merged-by-${identity.by}`]++;
    const entity = known ?? new MergedEntity(identity);
    entity.add(node);
    this.#entities.set(identity.id, entity);
    return entity;
  }

  get(identityId: string): MergedEntity | undefined {
    return this.#entities.get(identityId);
  }

  get size(): number {
    return this.#entities.size;
  }
}
