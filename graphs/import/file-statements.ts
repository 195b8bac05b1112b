import { hash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { MalformedFileError } from '../../src/errors.ts';
import { limits } from '../bounded-read.ts';
import { keyOfEvidence } from './merging/same-evidence.ts';
import type {
  CrossReference,
  NodeStatement,
  RelationStatement,
  Statement,
  StatementReader,
} from './statement.ts';

/** What one file states, as far as it is kept. */
export interface FileStatements {
  path: string;
  nodes: Map<string, NodeStatement>;
  relations: RelationStatement[];
  /** Relations stated again word for word; their citations are joined. */
  repeated: number;
  dropped: Map<string, number>;
  warnings: string[];
}

/** From here on a file is read twice: first its relations, then only the nodes that these name. */
const twiceBytes = 64 * 2 ** 20;
const mostWarnings = 1000;
const unknownEnds = 'relations with an end that the file does not define';

/**
 * Reads all that one file states. Texts are copied, so that nothing holds on to the chunks they were cut from, and of a
 * large file only nodes with relations are kept: memory follows what is kept, not what is read.
 */
export async function readFile(
  path: string,
  read: StatementReader,
  signal?: AbortSignal,
  largeBytes = twiceBytes,
): Promise<FileStatements> {
  const facts = await stat(path);
  const collector = new Collector(path);
  const isLarge = facts.isDirectory() || facts.size > largeBytes;
  if (isLarge) {
    for await (const statement of read(path, signal)) {
      if (statement.kind !== 'node' || statement.members) collector.add(statement);
    }
    collector.keepOnlyEnds();
    for await (const statement of read(path, signal)) {
      if (statement.kind === 'node' && !statement.members) collector.add(statement);
    }
  } else {
    for await (const statement of read(path, signal)) collector.add(statement);
  }
  return collector.finish();
}

class Collector {
  readonly #path: string;
  readonly #nodes = new Map<string, NodeStatement>();
  readonly #relations = new Map<string, RelationStatement>();
  readonly #dropped = new Map<string, number>();
  readonly #warnings: string[] = [];
  readonly #texts = new Map<string, string>();
  #repeated = 0;
  /** The nodes worth keeping; all, while undefined. */
  #ends: Set<string> | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  add(statement: Statement): void {
    if (statement.kind === 'node') this.#addNode(statement);
    else if (statement.kind === 'relation') this.#addRelation(statement);
    else if (statement.kind === 'dropped') this.#drop(statement.reason, statement.count);
    else if (this.#warnings.length < mostWarnings) this.#warnings.push(statement.message);
  }

  /** After the relations of a large file: which nodes its second reading keeps. */
  keepOnlyEnds(): void {
    const ends = new Set<string>();
    for (const { head, tail } of this.#relations.values()) ends.add(head).add(tail);
    for (const id of ends) for (const member of this.#nodes.get(id)?.members ?? []) ends.add(member);
    this.#ends = ends;
  }

  finish(): FileStatements {
    const relations = [...this.#relations.values()].filter(
      ({ head, tail }) => this.#nodes.has(head) && this.#nodes.has(tail),
    );
    this.#drop(unknownEnds, this.#relations.size - relations.length);
    return {
      path: this.#path,
      nodes: this.#nodes,
      relations,
      repeated: this.#repeated,
      dropped: this.#dropped,
      warnings: this.#warnings,
    };
  }

  #addNode(node: NodeStatement): void {
    if (this.#ends && !this.#ends.has(node.id)) return;
    const known = this.#nodes.get(node.id);
    if (known === undefined) {
      if (this.#nodes.size >= limits.nodes) throw this.#tooMany(`${limits.nodes} nodes`);
      this.#nodes.set(this.#copy(node.id), this.#copyNode(node));
    } else if (addsTo(known, node)) {
      this.#nodes.set(known.id, this.#copyNode(joined(known, node)));
    }
  }

  #addRelation(relation: RelationStatement): void {
    const { head, tail, evidence, processes } = relation;
    const ids = processes.map(({ id }) => id).join(' ');
    // A digest: the whole text of each would cost more than the relation.
    const key = hash('sha1', `${head}\u0000${tail}\u0000${ids}\u0000${keyOfEvidence(evidence)}`, 'base64');
    const known = this.#relations.get(key);
    if (known) {
      this.#repeated++;
      const more = evidence.pmids.filter((pmid) => !known.evidence.pmids.includes(pmid));
      known.evidence.pmids.push(...more.map((pmid) => this.#copy(pmid)));
      return;
    }
    if (this.#relations.size >= limits.edges) throw this.#tooMany(`${limits.edges} relations`);
    this.#relations.set(key, this.#copyRelation(relation));
  }

  #copyNode(node: NodeStatement): NodeStatement {
    const { id, label, names, references, species, members } = node;
    return {
      kind: 'node',
      id: this.#copy(id),
      label: this.#copy(label),
      names: names.map((name) => this.#copy(name)),
      nodeKind: node.nodeKind,
      references: references.map(({ system, id }) => ({ system, id: this.#copy(id) })),
      ...(species === undefined ? {} : { species: this.#copy(species) }),
      ...(members === undefined ? {} : { members: members.map((member) => this.#copy(member)) }),
    };
  }

  #copyRelation({ head, tail, processes, evidence }: RelationStatement): RelationStatement {
    const text = (value: string | undefined) => (value === undefined ? undefined : this.#copy(value));
    return {
      kind: 'relation',
      head: this.#copy(head),
      tail: this.#copy(tail),
      processes: processes.map(({ id, name }) => ({ id: this.#copy(id), name: this.#copy(name) })),
      evidence: {
        ...evidence,
        source: this.#copy(evidence.source),
        type: this.#copy(evidence.type),
        subtypes: evidence.subtypes.map((subtype) => this.#copy(subtype)),
        process: text(evidence.process),
        pmids: evidence.pmids.map((pmid) => this.#copy(pmid)),
        licence: text(evidence.licence),
      },
    };
  }

  /** One copy of each text, cut loose from the chunk it came in. */
  #copy(text: string): string {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    const copy = flat(text);
    this.#texts.set(copy, copy);
    return copy;
  }

  #drop(reason: string, count: number): void {
    if (count > 0) this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + count);
  }

  #tooMany(what: string): MalformedFileError {
    return new MalformedFileError(`${this.#path}: more than ${what}`, {
      hint: 'Import the part that is needed.',
    });
  }
}

function flat(text: string): string {
  return text.length < 13 ? text : Buffer.from(text, 'utf8').toString('utf8');
}

function addsTo(known: NodeStatement, node: NodeStatement): boolean {
  return (
    (known.label === '' && node.label !== '') ||
    (known.members === undefined && node.members !== undefined) ||
    node.references.some((reference) => !hasReference(known, reference))
  );
}

function joined(known: NodeStatement, node: NodeStatement): NodeStatement {
  const references = node.references.filter((reference) => !hasReference(known, reference));
  return {
    ...known,
    label: known.label || node.label,
    names: [...new Set([...known.names, ...node.names])],
    nodeKind: known.nodeKind === 'other' ? node.nodeKind : known.nodeKind,
    references: [...known.references, ...references],
    members: known.members ?? node.members,
  };
}

function hasReference({ references }: NodeStatement, { system, id }: CrossReference): boolean {
  return references.some((known) => known.system === system && known.id === id);
}
