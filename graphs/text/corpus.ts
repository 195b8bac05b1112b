import { viewOf } from '../entries.ts';
import type { GraphIndex } from '../graph-index.ts';
import type { EdgeAttributes, Entry, PathwayGraph } from '../pathway-graph.ts';
import { DocumentTable } from './document-table.ts';
import type { Mode } from './line.ts';
import { Vocabulary } from './vocabulary.ts';

/**
 * The documents that searches run over (spec §2.2). Compat: a node is its entities' entries, an edge its processes'
 * entries, field names counting as words. Better: values only, and an edge also has its ends' names, its relation
 * and its direction, so that it is found where processes have no entries or the question names the ends; memberships
 * have no text of their own.
 */
export class Corpus {
  readonly nodes: DocumentTable;
  readonly edges: DocumentTable;
  readonly #index: GraphIndex;
  readonly #graph: PathwayGraph;
  readonly #mode: Mode;
  readonly #vocabulary: Vocabulary;
  readonly #entityWords = new Map<string, Int32Array>();
  readonly #processWords = new Map<string, Int32Array>();
  readonly #nameWords = new Map<number, Int32Array>();
  readonly #textWords = new Map<string, Int32Array>();
  #triples: DocumentTable | undefined;
  #entities: { ids: string[]; table: DocumentTable } | undefined;

  constructor(index: GraphIndex, mode: Mode, saved?: { nodes: DocumentTable; edges: DocumentTable }) {
    this.#index = index;
    this.#graph = index.graph;
    this.#mode = mode;
    this.#vocabulary = saved?.nodes.vocabulary ?? new Vocabulary();
    if (saved) {
      this.nodes = saved.nodes;
      this.edges = saved.edges;
      return;
    }
    // Both tables after all words are known: they share the vocabulary.
    const nodes = index.nodeKeys.map((_, node) => this.#nodeParts(node));
    const edges = index.edgeKeys.map((_, edge) => this.#edgeParts(edge));
    this.nodes = DocumentTable.of(this.#vocabulary, nodes);
    this.edges = DocumentTable.of(this.#vocabulary, edges);
  }

  /** One document an edge: both ends and the processes. Built on first use. */
  get triples(): DocumentTable {
    const { heads, tails, edgeKeys } = this.#index;
    this.#triples ??= DocumentTable.joining(
      this.#vocabulary,
      edgeKeys.map((_, edge) => [
        [this.nodes, heads[edge] as number],
        [this.nodes, tails[edge] as number],
        [this.edges, edge],
      ]),
    );
    return this.#triples;
  }

  /** One document an entry of the corpus. Built on first use. */
  get entities(): { ids: string[]; table: DocumentTable } {
    if (this.#entities === undefined) {
      const ids = [...this.#graph.getAttribute('entries').keys()];
      const parts = ids.map((id) => [this.#entityPart(id)]);
      this.#entities = { ids, table: DocumentTable.of(this.#vocabulary, parts) };
    }
    return this.#entities;
  }

  #nodeParts(node: number): Int32Array[] {
    const { entities, names, label } = this.#index.node(node);
    const entries = this.#graph.getAttribute('entries');
    const parts = entities.map(({ id }) => this.#entityPart(id));
    // A node that no entry describes is still found by the names on its box.
    const undescribed = this.#mode === 'better' && !entities.some(({ id }) => entries.has(id));
    return undescribed ? [...parts, this.#textPart([label, ...names].join(' '))] : parts;
  }

  #edgeParts(edge: number): Int32Array[] {
    // Who belongs to what says nothing of effects; such edges come in where they join others.
    if (this.#mode === 'better' && this.#index.isMembership(edge)) return [];
    const attributes = this.#index.edge(edge);
    const parts = attributes.processes.map(({ id, name }) => this.#processPart(id, name));
    if (this.#mode === 'compat') return parts;
    const ends = [this.#index.heads[edge] as number, this.#index.tails[edge] as number];
    const endParts = ends.map((node) => this.#nameParts(node));
    return [...parts, ...endParts, this.#textPart(relationText(attributes))];
  }

  #nameParts(node: number): Int32Array {
    let part = this.#nameWords.get(node);
    if (part === undefined) {
      const { label, names } = this.#index.node(node);
      part = this.#vocabulary.idsOf([...new Set([label, ...names])].join(' '));
      this.#nameWords.set(node, part);
    }
    return part;
  }

  #entityPart(id: string): Int32Array {
    return this.#cached(this.#entityWords, id, this.#graph.getAttribute('entries').get(id), id);
  }

  #processPart(id: string, name: string): Int32Array {
    return this.#cached(this.#processWords, id, this.#graph.getAttribute('processes').get(id), name);
  }

  #cached(
    cache: Map<string, Int32Array>,
    id: string,
    entry: Entry | undefined,
    fallback: string,
  ): Int32Array {
    const known = cache.get(id);
    if (known) return known;
    const text = entry ? this.#entryText(id, entry) : fallback;
    const part = this.#vocabulary.idsOf(text);
    cache.set(id, part);
    return part;
  }

  #entryText(id: string, entry: Entry): string {
    const fields = Object.entries(viewOf(this.#graph, id, entry, 'retrieval'));
    const named = this.#mode === 'compat';
    return fields.map(([field, values]) => `${named ? field : ''} ${values.join(' ')}`).join(' ');
  }

  #textPart(text: string): Int32Array {
    const known = this.#textWords.get(text);
    if (known) return known;
    const part = this.#vocabulary.idsOf(text);
    this.#textWords.set(text, part);
    return part;
  }
}

const signWords = { '+': 'activates increases', '-': 'inhibits decreases', '0': '', conflict: '' } as const;

function relationText({ type, subtypes, sign }: EdgeAttributes): string {
  return [type, ...subtypes, signWords[sign]].join(' ');
}
