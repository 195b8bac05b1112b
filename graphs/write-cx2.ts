import type { EdgeAttributes, NodeAttributes, PathwayGraph } from './pathway-graph.ts';

export interface Cx2Options {
  /** The network's name; the graph's own if left out. */
  name?: string;
  /** A number for some nodes, by key: their attribute `weight`. */
  weights?: ReadonlyMap<string, number>;
}

/**
 * A graph as CX2 (Cytoscape Exchange, version 2), as Cytoscape and NDEx read it: names, kinds, signs, sources and
 * licences are attributes, and the style draws an arrow that raises, a bar that lowers. In pieces of a node or an edge.
 */
export function* cx2Of(graph: PathwayGraph, options: Cx2Options = {}): Generator<string> {
  const { weights = new Map<string, number>() } = options;
  yield `[${JSON.stringify({ CXVersion: '2.0', hasFragments: false })},\n`;
  yield `${JSON.stringify({ metaData: metaData(graph) })},\n`;
  yield `${JSON.stringify({ attributeDeclarations: [declarations(weights.size > 0)] })},\n`;
  yield `${JSON.stringify({ networkAttributes: [networkAttributes(graph, options)] })},\n`;
  const numbers = new Map(graph.nodes().map((key, number) => [key, number]));
  yield* aspect('nodes', nodesOf(graph, numbers, weights));
  yield* aspect('edges', edgesOf(graph, numbers));
  yield `${JSON.stringify({ visualProperties: [style] })},\n`;
  yield `${JSON.stringify({ status: [{ success: true }] })}]\n`;
}

function metaData(graph: PathwayGraph) {
  const counts = {
    ...{ attributeDeclarations: 1, networkAttributes: 1 },
    ...{ nodes: graph.order, edges: graph.size, visualProperties: 1 },
  };
  return Object.entries(counts).map(([name, elementCount]) => ({ name, elementCount }));
}

const text = { d: 'string' };
const texts = { d: 'list_of_string' };

function declarations(weighted: boolean) {
  const weight = weighted ? { weight: { d: 'double' } } : {};
  return {
    networkAttributes: { name: text, licence: text, source: text, sha256: text },
    nodes: { name: text, represents: text, type: text, alias: texts, member: texts, xref: texts, ...weight },
    edges: {
      ...{ interaction: text, directed: { d: 'boolean' }, type: text, subtypes: texts, sign: text },
      ...{ processes: texts, process_names: texts, sources: texts, pmids: texts, licences: texts },
    },
  };
}

function networkAttributes(graph: PathwayGraph, { name }: Cx2Options) {
  const facts = graph.getAttributes();
  const own = { name: name ?? facts.name, source: facts.source, licence: facts.licence, sha256: facts.hash };
  return withoutEmpty(own);
}

function* nodesOf(
  graph: PathwayGraph,
  numbers: ReadonlyMap<string, number>,
  weights: ReadonlyMap<string, number>,
): Generator<object> {
  for (const { node, attributes } of graph.nodeEntries()) {
    const weight = weights.get(node);
    const v = { ...nodeValues(node, attributes), ...(weight === undefined ? {} : { weight }) };
    yield { id: numbers.get(node), v };
  }
}

function nodeValues(key: string, { entities, names, label, kind, xrefs }: NodeAttributes) {
  return withoutEmpty({
    ...{ name: label, represents: key, type: kind, alias: names },
    member: entities.length > 1 ? entities.map(({ id }) => id) : [],
    xref: Object.entries(xrefs).map(([base, id]) => `${base}:${id}`),
  });
}

function* edgesOf(graph: PathwayGraph, numbers: ReadonlyMap<string, number>): Generator<object> {
  let id = 0;
  for (const { source, target, attributes } of graph.edgeEntries()) {
    yield { id: id++, s: numbers.get(source), t: numbers.get(target), v: edgeValues(attributes) };
  }
}

function edgeValues({ type, subtypes, sign, processes, evidences }: EdgeAttributes) {
  const distinct = (values: readonly (string | undefined)[]) => [
    ...new Set(values.filter((value) => value !== undefined && value !== '')),
  ];
  return withoutEmpty({
    ...{ interaction: [type, ...subtypes].join('/'), directed: true, type, subtypes, sign },
    processes: processes.map(({ id }) => id),
    process_names: processes.map(({ name }) => name),
    sources: distinct(evidences.map(({ source }) => source)),
    pmids: distinct(evidences.flatMap(({ pmids }) => pmids)),
    licences: distinct(evidences.map(({ licence }) => licence)),
  });
}

/** One aspect, element by element. */
function* aspect(name: string, elements: Iterable<object>): Generator<string> {
  yield `{${JSON.stringify(name)}:[`;
  let comma = '';
  for (const element of elements) {
    yield `${comma}\n${JSON.stringify(element)}`;
    comma = ',';
  }
  yield ']},\n';
}

function withoutEmpty(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const isFull = (value: unknown) =>
    value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0);
  return Object.fromEntries(Object.entries(values).filter(([, value]) => isFull(value)));
}

const arrows = { '+': 'triangle', '-': 'tee', conflict: 'diamond', '0': 'none' };
const colours = { '+': '#1F5FA8', '-': '#B3261E', conflict: '#8A5A00', '0': '#4A5661' };
const bySign = (values: Readonly<Record<string, string>>) => ({
  type: 'DISCRETE',
  definition: {
    ...{ attribute: 'sign', type: 'string' },
    map: Object.entries(values).map(([v, vp]) => ({ v, vp })),
  },
});
const style = {
  default: {
    network: { NETWORK_BACKGROUND_COLOR: '#FFFFFF' },
    node: {
      NODE_SHAPE: 'round-rectangle',
      NODE_BACKGROUND_COLOR: '#F4F6F8',
      NODE_WIDTH: 80,
      NODE_HEIGHT: 30,
    },
    edge: { EDGE_WIDTH: 2, EDGE_TARGET_ARROW_SHAPE: 'none' },
  },
  nodeMapping: {
    NODE_LABEL: { type: 'PASSTHROUGH', definition: { attribute: 'name', type: 'string' } },
  },
  edgeMapping: { EDGE_TARGET_ARROW_SHAPE: bySign(arrows), EDGE_LINE_COLOR: bySign(colours) },
};
