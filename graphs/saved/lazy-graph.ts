import { DirectedGraph } from 'graphology';
import type { EdgeAttributes, GraphFacts, NodeAttributes, PathwayGraph } from '../pathway-graph.ts';

/** What a saved graph knows without having been put into graphology. */
export interface LightGraph {
  facts: GraphFacts;
  nodeKeys: readonly string[];
  edgeKeys: readonly string[];
  nodeNumber(key: string): number | undefined;
  edgeNumber(key: string): number | undefined;
  /** Numbers of an edge's ends. */
  head(edge: number): number;
  tail(edge: number): number;
  nodeAttributes(node: number): NodeAttributes;
  edgeAttributes(edge: number): EdgeAttributes;
}

/**
 * A graphology graph that is filled at the first call of what needs all of it. Until then sizes, keys, ends and
 * attributes of single nodes and edges come from `light`, which is all that a search and its lines ask for: filling
 * a graph of KEGG's size takes longer than everything else of opening it.
 */
export function lazyGraph(light: LightGraph): PathwayGraph {
  const graph: PathwayGraph = new DirectedGraph({ allowSelfLoops: false });
  graph.replaceAttributes(light.facts);
  let answers: Record<PropertyKey, unknown> | undefined;
  const filled = (): PathwayGraph => {
    if (answers) {
      answers = undefined;
      fill(graph, light);
    }
    return graph;
  };
  answers = lightAnswers(graph, light, filled);
  return new Proxy(graph, {
    get(target, property) {
      if (answers && Object.hasOwn(answers, property)) return answers[property];
      // A promise that resolves to the graph asks for `then`, which it has not.
      if (!(property in target)) return undefined;
      return Reflect.get(filled(), property);
    },
    set(_target, property, value) {
      return Reflect.set(filled(), property, value);
    },
  });
}

function lightAnswers(
  graph: PathwayGraph,
  light: LightGraph,
  filled: () => PathwayGraph,
): Record<PropertyKey, unknown> {
  /** Asks the light graph; what it does not know, graphology answers or refuses. */
  const node =
    (name: 'getNodeAttributes' | 'getNodeAttribute', answer: (node: number, ...rest: string[]) => unknown) =>
    (key: string, ...rest: string[]) => {
      const number = light.nodeNumber(key);
      return number === undefined ? call(filled(), name, key, rest) : answer(number, ...rest);
    };
  const edge =
    (
      name: 'getEdgeAttributes' | 'getEdgeAttribute' | 'source' | 'target',
      answer: (edge: number, ...rest: string[]) => unknown,
    ) =>
    (key: string, ...rest: string[]) => {
      const number = light.edgeNumber(key);
      // Two ends given in place of a key.
      const other =
        name !== 'source' && name !== 'target' && rest.length > (name === 'getEdgeAttribute' ? 1 : 0);
      return number === undefined || other ? call(filled(), name, key, rest) : answer(number, ...rest);
    };
  return {
    order: light.nodeKeys.length,
    size: light.edgeKeys.length,
    getAttribute: graph.getAttribute.bind(graph),
    getAttributes: graph.getAttributes.bind(graph),
    nodes: () => [...light.nodeKeys],
    edges: (...of: string[]) =>
      of.length === 0 ? [...light.edgeKeys] : call(filled(), 'edges', of[0] as string, of.slice(1)),
    hasNode: (key: string) => light.nodeNumber(key) !== undefined,
    hasEdge: (key: string, ...rest: string[]) =>
      rest.length === 0 ? light.edgeNumber(key) !== undefined : call(filled(), 'hasEdge', key, rest),
    getNodeAttributes: node('getNodeAttributes', (number) => light.nodeAttributes(number)),
    getNodeAttribute: node(
      'getNodeAttribute',
      (number, name) => light.nodeAttributes(number)[name as keyof NodeAttributes],
    ),
    getEdgeAttributes: edge('getEdgeAttributes', (number) => light.edgeAttributes(number)),
    getEdgeAttribute: edge(
      'getEdgeAttribute',
      (number, name) => light.edgeAttributes(number)[name as keyof EdgeAttributes],
    ),
    source: edge('source', (number) => light.nodeKeys[light.head(number)]),
    target: edge('target', (number) => light.nodeKeys[light.tail(number)]),
  };
}

type Callable =
  | 'edges'
  | 'hasEdge'
  | 'getNodeAttributes'
  | 'getNodeAttribute'
  | 'getEdgeAttributes'
  | 'getEdgeAttribute'
  | 'source'
  | 'target';

function call(graph: PathwayGraph, name: Callable, key: string, rest: readonly string[]): unknown {
  const method = graph[name] as (...values: string[]) => unknown;
  return method.call(graph, key, ...rest);
}

function fill(graph: PathwayGraph, light: LightGraph): void {
  for (const [number, key] of light.nodeKeys.entries()) graph.addNode(key, light.nodeAttributes(number));
  for (const [number, key] of light.edgeKeys.entries()) {
    const [head, tail] = [light.head(number), light.tail(number)].map((end) => light.nodeKeys[end] as string);
    graph.addEdgeWithKey(key, head, tail, light.edgeAttributes(number));
  }
}
