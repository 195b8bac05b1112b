import { DirectedGraph } from 'graphology';
import type { EdgeAttributes, Evidence, GraphFacts, NodeAttributes, PathwayGraph } from './pathway-graph.ts';
import { agreedSign } from './signs.ts';

/** What loading did beside keeping: parallel edges joined, and things left out by reason. */
export interface LoadReport {
  nodes: number;
  edges: number;
  merged: number;
  dropped: Record<string, number>;
}

export interface LoadedGraph {
  graph: PathwayGraph;
  report: LoadReport;
}

/** One edge as a file states it. Several rows may state the same ordered pair. */
export interface EdgeStatement {
  head: string;
  tail: string;
  processes: readonly { id: string; name: string }[];
  evidence: Evidence;
}

/**
 * Collects what a file states and finishes it as spec §1.5 says: parallel edges merged, self-loops and then
 * nodes without edges dropped, order of the file kept. Callers make sure that both ends of an edge exist.
 */
export class GraphBuilder {
  readonly #graph: PathwayGraph = new DirectedGraph({ allowSelfLoops: false });
  #merged = 0;
  #selfLoops = 0;

  hasNode(key: string): boolean {
    return this.#graph.hasNode(key);
  }

  addNode(key: string, attributes: NodeAttributes): void {
    this.#graph.addNode(key, attributes);
  }

  addEdge(statement: EdgeStatement): void {
    const { head, tail } = statement;
    if (head === tail) {
      this.#selfLoops++;
      return;
    }
    const key = edgeKey(head, tail);
    if (this.#graph.hasEdge(key)) {
      this.#merged++;
      extend(this.#graph.getEdgeAttributes(key), statement);
    } else {
      this.#graph.addEdgeWithKey(key, head, tail, firstStatement(statement));
    }
  }

  /** One edge of a file with all that is stated of it: nothing of that counts as merged. */
  addStatements(edge: Omit<EdgeStatement, 'evidence'> & { evidences: readonly Evidence[] }): void {
    const { head, tail, processes, evidences } = edge;
    const [first, ...more] = evidences;
    if (first === undefined) return;
    this.addEdge({ head, tail, processes, evidence: first });
    if (head === tail) return;
    for (const evidence of more) {
      extend(this.#graph.getEdgeAttributes(edgeKey(head, tail)), { head, tail, processes, evidence });
    }
  }

  finish(facts: GraphFacts): LoadedGraph {
    const graph = this.#graph;
    const isolated = graph.filterNodes((node) => graph.degree(node) === 0);
    for (const node of isolated) graph.dropNode(node);
    graph.replaceAttributes(facts);
    const dropped: Record<string, number> = {};
    if (this.#selfLoops > 0) dropped['self-loop edges'] = this.#selfLoops;
    if (isolated.length > 0) dropped['nodes without edges'] = isolated.length;
    return { graph, report: { nodes: graph.order, edges: graph.size, merged: this.#merged, dropped } };
  }
}

const arrow = '->';

/** The key of the one edge from head to tail. */
export function edgeKey(head: string, tail: string): string {
  return `${head}${arrow}${tail}`;
}

/** What is wrong with a node's key, if anything; edge keys are made of two. */
export function keyFault(key: string): string | undefined {
  if (key.trim() === '') return 'a node without an id';
  // graphology keeps neighbours in plain objects, where these words are taken.
  if (key in Object.prototype) return `"${key}" is a reserved word, no id`;
  return key.includes(arrow) ? `"${key}" is no id: it holds an arrow` : undefined;
}

function firstStatement({ processes, evidence }: EdgeStatement): EdgeAttributes {
  return {
    type: evidence.type,
    subtypes: [...new Set(evidence.subtypes)],
    sign: evidence.sign,
    processes: distinctProcesses([], processes),
    evidences: [evidence],
  };
}

function extend(edge: EdgeAttributes, { processes, evidence }: EdgeStatement): void {
  edge.evidences.push(evidence);
  edge.subtypes = [...new Set([...edge.subtypes, ...evidence.subtypes])];
  edge.sign = agreedSign(edge.evidences.map(({ sign }) => sign));
  edge.processes = distinctProcesses(edge.processes, processes);
}

function distinctProcesses(
  known: readonly { id: string; name: string }[],
  more: readonly { id: string; name: string }[],
): { id: string; name: string }[] {
  return [...new Map([...known, ...more].map((process) => [process.id, process])).values()];
}
