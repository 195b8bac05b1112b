import type { PathwayGraph } from './pathway-graph.ts';

const nodeColumns = {
  name: 'string',
  represents: 'string',
  type: 'string',
  alias: 'list_of_string',
  xrefs: 'list_of_string',
} as const;

const edgeColumns = {
  interaction: 'string',
  subtypes: 'list_of_string',
  sign: 'string',
  processes: 'list_of_string',
  sources: 'list_of_string',
  pmids: 'list_of_string',
  licences: 'list_of_string',
  evidences: 'string',
} as const;

/**
 * A graph as CX2 for Cytoscape and NDEx, an element a line. An edge's evidences are whole in one JSON attribute, what
 * people look for in them (sources, PMIDs, licences) in lists beside it.
 */
export function* cx2Of(graph: PathwayGraph): Generator<string> {
  const { name, source, licence } = graph.getAttributes();
  const facts = { name, source, ...(licence === undefined ? {} : { rightsHolder: licence }) };
  const columns = { nodes: declared(nodeColumns), edges: declared(edgeColumns) };
  const networkAttributes = Object.fromEntries(Object.keys(facts).map((key) => [key, { d: 'string' }]));
  const counts = [
    ['attributeDeclarations', 1],
    ['networkAttributes', 1],
    ['nodes', graph.order],
    ['edges', graph.size],
  ].map(([aspect, elementCount]) => ({ name: aspect, elementCount }));
  yield `[${JSON.stringify({ CXVersion: '2.0', hasFragments: false })},\n`;
  yield `${JSON.stringify({ metaData: counts })},\n`;
  yield `${JSON.stringify({ attributeDeclarations: [{ networkAttributes, ...columns }] })},\n`;
  yield `${JSON.stringify({ networkAttributes: [facts] })},\n`;
  yield* aspect('nodes', nodeElements(graph));
  yield* aspect('edges', edgeElements(graph));
  yield `${JSON.stringify({ status: [{ success: true, error: '' }] })}]\n`;
}

function declared(columns: Readonly<Record<string, string>>): Record<string, { d: string }> {
  return Object.fromEntries(Object.entries(columns).map(([column, d]) => [column, { d }]));
}

function* aspect(name: string, elements: Iterable<unknown>): Generator<string> {
  yield `{"${name}":[`;
  let before = '\n';
  for (const element of elements) {
    yield before + JSON.stringify(element);
    before = ',\n';
  }
  yield ']},\n';
}

function* nodeElements(graph: PathwayGraph): Generator<unknown> {
  let id = 0;
  for (const { node, attributes } of graph.nodeEntries()) {
    const { label, kind, names, xrefs } = attributes;
    const references = Object.entries(xrefs).map(([system, value]) => `${system}:${value}`);
    yield { id: id++, v: { name: label, represents: node, type: kind, alias: names, xrefs: references } };
  }
}

function* edgeElements(graph: PathwayGraph): Generator<unknown> {
  const numbers = new Map(graph.nodes().map((node, number) => [node, number]));
  let id = 0;
  for (const { source, target, attributes } of graph.edgeEntries()) {
    const { type, subtypes, sign, processes, evidences } = attributes;
    const values = {
      interaction: type,
      subtypes,
      sign,
      processes: processes.map((process) => process.id),
      sources: distinct(evidences.map((evidence) => evidence.source)),
      pmids: distinct(evidences.flatMap((evidence) => evidence.pmids)),
      licences: distinct(evidences.map((evidence) => evidence.licence ?? '')),
      evidences: JSON.stringify(evidences),
    };
    yield { id: id++, s: numbers.get(source), t: numbers.get(target), v: values };
  }
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)].filter((text) => text !== '');
}
