import type { EdgeAttributes, NodeAttributes, PathwayGraph, Triple } from './pathway-graph.ts';

/** The relations of a member to its family and of a part to its complex. */
export const memberships: ReadonlySet<string> = new Set(['isa', 'partof']);

/** Edges by node in compressed rows: node n has `edges[offsets[n]]` up to `edges[offsets[n + 1]]`. */
export interface Adjacency {
  offsets: Int32Array;
  edges: Int32Array;
}

export type NodesByEntity = Pick<ReadonlyMap<string, ArrayLike<number> & Iterable<number>>, 'get'>;

/** What an index is made from; a saved graph has it ready. */
export interface GraphParts {
  nodeKeys: readonly string[];
  edgeKeys: readonly string[];
  heads: Int32Array;
  tails: Int32Array;
  /** 1 for an edge that is a membership. */
  memberships: Uint8Array;
  nodeNumbers: Pick<ReadonlyMap<string, number>, 'get'>;
  /** By node key, its words and the ids of the node's entities. */
  nodesByEntity(): NodesByEntity;
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
  readonly #parts: GraphParts;
  #edgeNumbers: ReadonlyMap<string, number> | undefined;
  #nodesByEntity: NodesByEntity | undefined;

  constructor(graph: PathwayGraph, parts: GraphParts = partsOf(graph)) {
    this.graph = graph;
    this.#parts = parts;
    this.nodeKeys = parts.nodeKeys;
    this.edgeKeys = parts.edgeKeys;
    this.heads = parts.heads;
    this.tails = parts.tails;
    this.outgoing = adjacency(this.nodeKeys.length, this.heads);
    this.incoming = adjacency(this.nodeKeys.length, this.tails);
  }

  nodeNumber(key: string): number {
    const number = this.#parts.nodeNumbers.get(key);
    if (number === undefined) throw new RangeError(`no node ${key} in this graph`);
    return number;
  }

  /** The number of a triple's edge. Throws `RangeError` when the triple is not of this graph. */
  edgeNumber(triple: Triple): number {
    this.#edgeNumbers ??= new Map(this.edgeKeys.map((key, edge) => [key, edge]));
    const number = this.#edgeNumbers.get(triple.edge);
    if (number === undefined) throw new RangeError(`no edge ${triple.edge} in this graph`);
    return number;
  }

  /** Every node that has the entity among its members, by bare id or node key. */
  nodesOf(entityId: string): readonly number[] {
    this.#nodesByEntity ??= this.#parts.nodesByEntity();
    return [...(this.#nodesByEntity.get(entityId) ?? [])];
  }

  node(number: number): NodeAttributes {
    return this.graph.getNodeAttributes(this.nodeKeys[number] as string);
  }

  edge(number: number): EdgeAttributes {
    return this.graph.getEdgeAttributes(this.edgeKeys[number] as string);
  }

  /** The edge says that its head belongs to the family, or is part of the complex, that is its tail. */
  isMembership(edge: number): boolean {
    return this.#parts.memberships[edge] === 1;
  }

  triple(number: number): Triple {
    return {
      edge: this.edgeKeys[number] as string,
      head: this.nodeKeys[this.heads[number] as number] as string,
      tail: this.nodeKeys[this.tails[number] as number] as string,
    };
  }
}

export function partsOf(
  graph: PathwayGraph,
): Omit<GraphParts, 'nodesByEntity'> & { nodesByEntity(): Map<string, number[]> } {
  const nodeKeys = graph.nodes();
  const edgeKeys = graph.edges();
  const nodeNumbers = new Map(nodeKeys.map((key, number) => [key, number]));
  const numbersOf = (end: (edge: string) => string) =>
    Int32Array.from(edgeKeys, (edge) => nodeNumbers.get(end(edge)) as number);
  return {
    ...{ nodeKeys, edgeKeys, nodeNumbers },
    heads: numbersOf((edge) => graph.source(edge)),
    tails: numbersOf((edge) => graph.target(edge)),
    memberships: Uint8Array.from(edgeKeys, (key) =>
      memberships.has(graph.getEdgeAttribute(key, 'type')) ? 1 : 0,
    ),
    nodesByEntity: () => nodesByEntity(graph, nodeKeys),
  };
}

function nodesByEntity(graph: PathwayGraph, nodeKeys: readonly string[]): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const [number, key] of nodeKeys.entries()) {
    const ids = graph.getNodeAttribute(key, 'entities').map(({ id }) => id);
    for (const id of new Set([...key.split(' '), key, ...ids])) {
      const nodes = found.get(id);
      if (nodes) nodes.push(number);
      else found.set(id, [number]);
    }
  }
  return found;
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
