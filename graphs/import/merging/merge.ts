import { hash } from 'node:crypto';
import { type EdgeStatement, GraphBuilder, type LoadedGraph } from '../../graph-builder.ts';
import type { Entry, NodeAttributes } from '../../pathway-graph.ts';
import type { FileStatements } from '../file-statements.ts';
import { EntityTable, type MergedEntity } from '../identity/entities.ts';
import type { Famplex } from '../identity/famplex.ts';
import type { Identifiers } from '../identity/identifiers.ts';
import { classOf, type Identity, Recognition } from '../identity/identity.ts';
import { NodeKeys } from '../identity/node-keys.ts';
import { allowsCommercialUse } from '../licences.ts';
import type { NodeStatement } from '../statement.ts';
import { keyOfEvidence } from './same-evidence.ts';

export interface MergeOptions {
  name: string;
  source: string;
  identifiers: Identifiers;
  famplex?: Famplex | undefined;
  /** `commercial` keeps only statements whose licence is known to allow it. */
  policy?: 'commercial' | undefined;
}

export interface MergedGraph extends LoadedGraph {
  /** Nodes of files that joined others, by how they were recognised. */
  nodesMerged: Record<string, number>;
  /** Nodes of the graph that no mapping table knows, by the system of an id they have. */
  unmapped: Record<string, number>;
}

const mappable: ReadonlySet<NodeAttributes['kind']> = new Set(['gene', 'compound', 'drug']);
const idSystems = ['hgnc', 'ncbi', 'ensembl', 'uniprot', 'chebi', 'kegg'];

/**
 * Merges what many files state into one graph: a node for each entity that `Recognition` tells apart, an edge for each
 * ordered pair with all evidences of all files. A family or complex that a relation ends on is a node, and each of its
 * members that any file has leads to it by `isa` or `partof`.
 */
export function mergeFiles(files: readonly FileStatements[], options: MergeOptions): MergedGraph {
  return new Merge(options).run(files);
}

class Merge {
  readonly #options: MergeOptions;
  readonly #recognition: Recognition;
  readonly #entities = new EntityTable();
  readonly #builder = new GraphBuilder();
  readonly #keys = new Map<string, string>();
  readonly #nodeKeys = new NodeKeys();
  readonly #entries = new Map<string, Entry>();
  readonly #processes = new Map<string, Entry>();
  readonly #evidences = new Map<string, string[]>();
  readonly #dropped = new Map<string, number>();
  readonly #unmapped = new Map<string, number>();
  #repeated = 0;

  constructor(options: MergeOptions) {
    this.#options = options;
    this.#recognition = new Recognition(options.identifiers, options.famplex);
  }

  run(files: readonly FileStatements[]): MergedGraph {
    const identities = this.#recognise(files);
    const edges = files.flatMap((file, i) => this.#edgesOf(file, identities[i] as Map<string, Identity>));
    const used = this.#withMembers(edges);
    for (const id of used) this.#addNode(id);
    for (const edge of edges) this.#addEdge(edge);
    this.#addMemberships(used);
    this.#drop('nodes without relations', this.#entities.size - used.size);
    const facts = {
      name: this.#options.name,
      source: this.#options.source,
      hash: '',
      idScheme: 'plain' as const,
    };
    const { graph, report } = this.#builder.finish({
      ...facts,
      licence: licenceOf(files),
      entries: this.#entries,
      processes: this.#processes,
    });
    const merged = report.merged + this.#repeated + files.reduce((sum, { repeated }) => sum + repeated, 0);
    for (const { dropped } of files) for (const [reason, count] of dropped) this.#drop(reason, count);
    for (const [reason, count] of Object.entries(report.dropped)) this.#drop(reason, count);
    return {
      graph,
      report: { ...report, merged, dropped: Object.fromEntries(this.#dropped) },
      nodesMerged: Object.fromEntries(Object.entries(this.#entities.joined).filter(([, count]) => count > 0)),
      unmapped: Object.fromEntries(this.#unmapped),
    };
  }

  /** Every file's nodes by file id. Nodes of no stated kind come after the others, groups last: they name members. */
  #recognise(files: readonly FileStatements[]): Map<string, Identity>[] {
    for (const { nodes } of files) for (const node of nodes.values()) this.#recognition.vote(node);
    this.#recognition.count();
    const found = files.map(() => new Map<string, Identity>());
    const turns = [
      (node: NodeStatement) => !isGroup(node) && classOf(node) !== 'other',
      (node: NodeStatement) => !isGroup(node) && classOf(node) === 'other',
    ];
    for (const isDue of turns) {
      for (const [i, { nodes }] of files.entries()) {
        for (const node of nodes.values()) {
          if (isDue(node))
            this.#keep(node, this.#recognition.identify(node), found[i] as Map<string, Identity>);
        }
      }
    }
    for (const [i, file] of files.entries()) {
      for (const node of file.nodes.values())
        if (isGroup(node)) this.#recogniseGroup(node, file, found[i]!, []);
    }
    return found;
  }

  #keep(node: NodeStatement, identity: Identity, found: Map<string, Identity>): MergedEntity {
    found.set(node.id, identity);
    return this.#entities.add(identity, node);
  }

  /** Groups within groups count by what they are made of in the end. */
  #recogniseGroup(
    node: NodeStatement,
    file: FileStatements,
    found: Map<string, Identity>,
    above: readonly string[],
  ): Identity | undefined {
    const known = found.get(node.id);
    if (known || above.includes(node.id)) return known;
    const members = (node.members ?? []).flatMap((id) => {
      const member = file.nodes.get(id);
      if (member === undefined) return [];
      return (
        (isGroup(member) ? this.#recogniseGroup(member, file, found, [...above, node.id]) : found.get(id)) ??
        []
      );
    });
    const identity = this.#recognition.identifyGroup(node, members);
    const alone = members.every(({ id }) => id === identity.id);
    // A group of one is that one, and no name of its own.
    if (alone && members[0]) {
      found.set(node.id, identity);
      return identity;
    }
    const entity = this.#keep(node, identity, found);
    const { source = '', licence } = file.relations[0]?.evidence ?? {};
    for (const { id } of members) if (id !== identity.id) entity.members.set(id, { source, licence });
    return identity;
  }

  #edgesOf(file: FileStatements, identities: ReadonlyMap<string, Identity>): EdgeStatement[] {
    return file.relations.flatMap((relation) => {
      const [head, tail] = [identities.get(relation.head), identities.get(relation.tail)];
      if (!head || !tail) {
        this.#drop('relations with an end that means nothing', 1);
        return [];
      }
      const { evidence } = relation;
      if (this.#options.policy === 'commercial' && !allowsCommercialUse(evidence.licence)) {
        this.#drop('relations whose licence is not known to allow commercial use', 1);
        return [];
      }
      return [{ head: head.id, tail: tail.id, processes: relation.processes, evidence }];
    });
  }

  /** The entities that edges end on, and what these are made of, in the order of the files. */
  #withMembers(edges: readonly EdgeStatement[]): Set<string> {
    const used = new Set<string>();
    for (const { head, tail } of edges) if (head !== tail) used.add(head).add(tail);
    for (const id of used) for (const member of this.#membersOf(id).keys()) used.add(member);
    return used;
  }

  #membersOf(id: string): Map<string, { source: string; licence: string | undefined }> {
    const entity = this.#entities.get(id);
    const members = new Map(entity?.members);
    for (const symbol of entity?.identity.family?.symbols ?? []) {
      const member = `gene\t9606\t${symbol}`;
      if (this.#entities.get(member)) members.set(member, { source: 'FamPlex', licence: 'CC0 1.0' });
    }
    return members;
  }

  #addNode(id: string): void {
    const entity = this.#entities.get(id) as MergedEntity;
    const label = this.#labelOf(entity);
    const { kind, names, xrefs } = entity;
    const key = this.#nodeKeys.keyFor(label, kind, entity.taxon);
    const others = names.length > 0 ? names : [label];
    this.#keys.set(id, key);
    this.#builder.addNode(key, { entities: [{ id: key, names: others }], names: others, label, kind, xrefs });
    this.#entries.set(key, this.#entryOf(entity, label, names));
    if (mappable.has(kind) && !entity.identity.isMapped) this.#countUnmapped(xrefs);
  }

  #countUnmapped(xrefs: Readonly<Record<string, string>>): void {
    const system = idSystems.find((known) => xrefs[known] !== undefined) ?? Object.keys(xrefs)[0] ?? 'none';
    this.#unmapped.set(system, (this.#unmapped.get(system) ?? 0) + 1);
  }

  #entryOf(entity: MergedEntity, label: string, names: readonly string[]): Entry {
    const members = [...entity.members.keys()].flatMap((id) => this.#entities.get(id) ?? []);
    return {
      SYMBOL: [label],
      ...(names.length > 0 ? { NAME: names } : {}),
      ...(members.length > 0 ? { MEMBERS: members.map((member) => this.#labelOf(member)) } : {}),
    };
  }

  /** Its own, else what it is made of: `A+B` for a complex, `A/B` for a family; of many the first few. */
  #labelOf(entity: MergedEntity, depth = 0): string {
    if (entity.label !== '' || depth > 3) return entity.label || '?';
    const members = [...entity.members.keys()].flatMap((id) => this.#entities.get(id) ?? []);
    const labels = members.map((member) => this.#labelOf(member, depth + 1)).sort();
    const shown = labels.length > 5 ? [...labels.slice(0, 4), `${labels.length - 4} more`] : labels;
    return shown.join(entity.kind === 'complex' ? '+' : '/');
  }

  #addEdge({ head, tail, processes, evidence }: EdgeStatement): void {
    const [from, to] = [this.#keys.get(head) ?? head, this.#keys.get(tail) ?? tail];
    for (const { id, name } of processes)
      if (!this.#processes.has(id)) this.#processes.set(id, { NAME: [name] });
    const key = hash('sha1', `${from}\u0000${to}\u0000${keyOfEvidence(evidence)}`, 'base64');
    const known = this.#evidences.get(key);
    if (known) {
      this.#repeated++;
      known.push(...evidence.pmids.filter((pmid) => !known.includes(pmid)));
      return;
    }
    this.#evidences.set(key, evidence.pmids);
    this.#builder.addEdge({ head: from, tail: to, processes, evidence });
  }

  #addMemberships(used: ReadonlySet<string>): void {
    for (const id of used) {
      const type = this.#entities.get(id)?.kind === 'complex' ? 'partof' : 'isa';
      for (const [member, { source, licence }] of this.#membersOf(id)) {
        const evidence = {
          source,
          type,
          subtypes: [],
          sign: '0' as const,
          process: undefined,
          pmids: [],
          licence,
        };
        this.#addEdge({ head: member, tail: id, processes: [], evidence });
      }
    }
  }

  #drop(reason: string, count: number): void {
    if (count > 0) this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + count);
  }
}

function isGroup({ members }: NodeStatement): boolean {
  return members !== undefined && members.length > 0;
}

/** The one licence of all statements, where they share one. */
function licenceOf(files: readonly FileStatements[]): string | undefined {
  const found = new Set(files.flatMap(({ relations }) => relations.map(({ evidence }) => evidence.licence)));
  return found.size === 1 ? [...found][0] : undefined;
}
