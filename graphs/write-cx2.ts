import type { EdgeAttributes, NodeAttributes, PathwayGraph } from './pathway-graph.ts';

export interface Cx2Options {
  /** The network's name; the graph's own if left out. */
  name?: string;
  /** A number for some nodes, by key: their attribute `weight`. */
  weights?: ReadonlyMap<string, number>;
}

const nodeColumns = {
  name: 'string',
  represents: 'string',
  type: 'string',
  alias: 'list_of_string',
  member: 'list_of_string',
  xrefs: 'list_of_string',
} as const;

const edgeColumns = {
  interaction: 'string',
  directed: 'boolean',
  subtypes: 'list_of_string',
  sign: 'string',
  processes: 'list_of_string',
  process_names: 'list_of_string',
  sources: 'list_of_string',
  pmids: 'list_of_string',
  licences: 'list_of_string',
  evidences: 'string',
} as const;

/**
 * A graph as CX2 for Cytoscape and NDEx, an element a line. An edge's evidences are whole in one JSON attribute, what
 * people look for in them (sources, PMIDs, licences) in lists beside it; the style draws an arrow that raises, a bar
 * that lowers.
 */
export function* cx2Of(graph: PathwayGraph, options: Cx2Options = {}): Generator<string> {
  const { weights = new Map<string, number>() } = options;
  const facts = networkFacts(graph, options);
  const columns = {
    networkAttributes: declared(Object.fromEntries(Object.keys(facts).map((key) => [key, 'string']))),
    nodes: declared(weights.size > 0 ? { ...nodeColumns, weight: 'double' } : nodeColumns),
    edges: declared(edgeColumns),
  };
  yield `[${JSON.stringify({ CXVersion: '2.0', hasFragments: false })},\n`;
  yield `${JSON.stringify({ metaData: counts(graph) })},\n`;
  yield `${JSON.stringify({ attributeDeclarations: [columns] })},\n`;
  yield `${JSON.stringify({ networkAttributes: [facts] })},\n`;
  yield* aspect('nodes', nodeElements(graph, weights));
  yield* aspect('edges', edgeElements(graph));
  yield `${JSON.stringify({ visualProperties: [style] })},\n`;
  yield `${JSON.stringify({ status: [{ success: true, error: '' }] })}]\n`;
}

function networkFacts(graph: PathwayGraph, { name }: Cx2Options): Record<string, string> {
  const { licence, ...facts } = graph.getAttributes();
  const rights: Record<string, string> = licence === undefined ? {} : { rightsHolder: licence };
  return { name: name ?? facts.name, source: facts.source, sha256: facts.hash, ...rights };
}

function counts(graph: PathwayGraph) {
  const elements = {
    ...{ attributeDeclarations: 1, networkAttributes: 1 },
    ...{ nodes: graph.order, edges: graph.size, visualProperties: 1 },
  };
  return Object.entries(elements).map(([name, elementCount]) => ({ name, elementCount }));
}

function declared(columns: Readonly<Record<string, string>>): Record<string, { d: string }> {
  return Object.fromEntries(Object.entries(columns).map(([column, d]) => [column, { d }]));
}

function* nodeElements(graph: PathwayGraph, weights: ReadonlyMap<string, number>): Generator<object> {
  let id = 0;
  for (const { node, attributes } of graph.nodeEntries()) {
    const weight = weights.get(node);
    const v = { ...nodeValues(node, attributes), ...(weight === undefined ? {} : { weight }) };
    yield { id: id++, v };
  }
}

function nodeValues(key: string, { entities, names, label, kind, xrefs }: NodeAttributes) {
  const values: Record<keyof typeof nodeColumns, unknown> = {
    ...{ name: label, represents: key, type: kind, alias: names },
    member: entities.length > 1 ? entities.map(({ id }) => id) : [],
    xrefs: Object.entries(xrefs).map(([system, id]) => `${system}:${id}`),
  };
  return values;
}

function* edgeElements(graph: PathwayGraph): Generator<object> {
  const numbers = new Map(graph.nodes().map((key, number) => [key, number]));
  let id = 0;
  for (const { source, target, attributes } of graph.edgeEntries()) {
    yield { id: id++, s: numbers.get(source), t: numbers.get(target), v: edgeValues(attributes) };
  }
}

function edgeValues({ type, subtypes, sign, processes, evidences }: EdgeAttributes) {
  const values: Record<keyof typeof edgeColumns, unknown> = {
    ...{ interaction: type, directed: true, subtypes, sign },
    processes: processes.map((process) => process.id),
    process_names: processes.map((process) => process.name),
    sources: distinct(evidences.map((evidence) => evidence.source)),
    pmids: distinct(evidences.flatMap((evidence) => evidence.pmids)),
    licences: distinct(evidences.map((evidence) => evidence.licence ?? '')),
    evidences: JSON.stringify(evidences),
  };
  return values;
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)].filter((text) => text !== '');
}

/** One aspect, element by element. */
function* aspect(name: string, elements: Iterable<object>): Generator<string> {
  yield `{${JSON.stringify(name)}:[`;
  let before = '\n';
  for (const element of elements) {
    yield before + JSON.stringify(element);
    before = ',\n';
  }
  yield ']},\n';
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
