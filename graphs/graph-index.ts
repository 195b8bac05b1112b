import type { EdgeAttributes, NodeAttributes, PathwayGraph, Triple } from './pathway-graph.ts';

/** The relations of a member to its family and of a part to its complex. */
export const memberships: ReadonlySet<string> = new Set(['isa', 'partof']);

/** Edges by node in compressed rows: node n has `edges[offsets[n]]` up to `edges[offsets[n + 1]]`. */
export interface Adjacency {
  offsets: Int32Array;
  edges: Int32Array;
}

/** A graph in numbers: nodes and edges by their place in graph order, for the algorithms that need to be fast. */
export class GraphIndex {
  readonly graph: PathwayGraph;
  readonly nodeKeys: readonly string[];
  readonly edgeKeys: readonly string[];
  readonly heads: Int32Array;
  readonly tails: Int32Array;
  readonly outgoing: Adjacency;
  readonly incoming: Adjacency;
  readonly #memberships: Uint8Array;
  readonly #nodeNumbers: ReadonlyMap<string, number>;
  readonly #edgeNumbers: ReadonlyMap<string, number>;
  readonly #nodesByEntity = new Map<string, number[]>();

  constructor(graph: PathwayGraph) {
    this.graph = graph;
    this.nodeKeys = graph.nodes();
    this.edgeKeys = graph.edges();
    this.#nodeNumbers = new Map(this.nodeKeys.map((key, number) => [key, number]));
    this.#edgeNumbers = new Map(this.edgeKeys.map((key, number) => [key, number]));
    this.heads = Int32Array.from(this.edgeKeys, (key) => this.nodeNumber(graph.source(key)));
    this.tails = Int32Array.from(this.edgeKeys, (key) => this.nodeNumber(graph.target(key)));
    this.outgoing = adjacency(this.nodeKeys.length, this.heads);
    this.incoming = adjacency(this.nodeKeys.length, this.tails);
    this.#memberships = Uint8Array.from(this.edgeKeys, (key) =>
      memberships.has(graph.getEdgeAttribute(key, 'type')) ? 1 : 0,
    );
    for (const [number, key] of this.nodeKeys.entries()) this.#addEntities(number, key);
  }

  nodeNumber(key: string): number {
    const number = this.#nodeNumbers.get(key);
    if (number === undefined) throw new RangeError(`no node ${key} in this graph`);
    return number;
  }

  /** The number of a triple's edge. Throws `RangeError` when the triple is not of this graph. */
  edgeNumber(triple: Triple): number {
    const number = this.#edgeNumbers.get(triple.edge);
    if (number === undefined) throw new RangeError(`no edge ${triple.edge} in this graph`);
    return number;
  }

  /** Every node that has the entity among its members, by bare id or node key. */
  nodesOf(entityId: string): readonly number[] {
    return this.#nodesByEntity.get(entityId) ?? [];
  }

  node(number: number): NodeAttributes {
    return this.graph.getNodeAttributes(this.nodeKeys[number] as string);
  }

  edge(number: number): EdgeAttributes {
    return this.graph.getEdgeAttributes(this.edgeKeys[number] as string);
  }

  /** The edge says that its head belongs to the family, or is part of the complex, that is its tail. */
  isMembership(edge: number): boolean {
    return this.#memberships[edge] === 1;
  }

  triple(number: number): Triple {
    return {
      edge: this.edgeKeys[number] as string,
      head: this.nodeKeys[this.heads[number] as number] as string,
      tail: this.nodeKeys[this.tails[number] as number] as string,
    };
  }

  #addEntities(number: number, key: string): void {
    const words = [...key.split(' '), key, ...this.node(number).entities.map(({ id }) => id)];
    for (const id of new Set(words)) {
      const nodes = this.#nodesByEntity.get(id);
      if (nodes) nodes.push(number);
      else this.#nodesByEntity.set(id, [number]);
    }
  }
}

/** Groups edge numbers by `ends[edge]`, each group in edge order. */
export function adjacency(nodeCount: number, ends: Int32Array): Adjacency {
  const offsets = new Int32Array(nodeCount + 1);
  for (const node of ends) offsets[node + 1]!++;
  for (let node = 0; node < nodeCount; node++) offsets[node + 1]! += offsets[node] as number;
  const next = offsets.slice();
  const edges = new Int32Array(ends.length);
  for (let edge = 0; edge < ends.length; edge++) edges[next[ends[edge] as number]!++] = edge;
  return { offsets, edges };
}
