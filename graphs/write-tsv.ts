import type { Evidence, NodeAttributes, PathwayGraph } from './pathway-graph.ts';

/** Our three tables of a graph by file name, which `readGraph` reads back (see `readTsvGraph`). */
export function tablesOf(
  graph: PathwayGraph,
): Record<'processes.tsv' | 'nodes.tsv' | 'edges.tsv', Generator<string>> {
  const ids = wordIds(graph);
  return {
    'processes.tsv': processRows(graph),
    'nodes.tsv': nodeRows(graph, ids),
    'edges.tsv': edgeRows(graph, ids),
  };
}

/** A row an evidence: the tables' reader joins those of one ordered pair. */
function* edgeRows(graph: PathwayGraph, ids: ReadonlyMap<string, string>): Generator<string> {
  yield row([
    'head',
    'tail',
    'relation',
    'subtypes',
    'sign',
    'process',
    'source',
    'basis',
    'pmids',
    'licence',
  ]);
  for (const { source, target, attributes } of graph.edgeEntries()) {
    const ends = [ids.get(source) as string, ids.get(target) as string];
    for (const [i, evidence] of attributes.evidences.entries()) {
      // The first row of a pair carries all processes, so that their order is the edge's.
      const processes = i === 0 ? attributes.processes.map(({ id }) => id) : processOf(evidence);
      yield row([...ends, ...evidenceCells(evidence, processes)]);
    }
  }
}

function evidenceCells(evidence: Evidence, processes: readonly string[]): string[] {
  const { type, subtypes, sign, source, signBasis, pmids, licence } = evidence;
  return [type, list(subtypes), sign, list(processes), source, signBasis ?? '', list(pmids), licence ?? ''];
}

function processOf({ process }: Evidence): string[] {
  return process === undefined ? [] : [process];
}

function* nodeRows(graph: PathwayGraph, ids: ReadonlyMap<string, string>): Generator<string> {
  yield row(['id', 'kind', 'name', 'aliases', 'ncbi', 'chebi', 'label', 'xrefs']);
  for (const { node, attributes } of graph.nodeEntries()) {
    const { kind, names, xrefs, label } = attributes;
    const [name = '', ...aliases] = names;
    const { ncbi = '', chebi = '' } = xrefs;
    yield row([
      ids.get(node) as string,
      kind,
      name,
      list(aliases),
      ncbi,
      chebi,
      label,
      otherXrefs(attributes),
    ]);
  }
}

function otherXrefs({ xrefs }: NodeAttributes): string {
  const others = Object.entries(xrefs).filter(([system]) => system !== 'ncbi' && system !== 'chebi');
  return list(others.map(([system, id]) => `${system}:${id}`));
}

function* processRows(graph: PathwayGraph): Generator<string> {
  const { processes } = graph.getAttributes();
  const names = new Map<string, string>();
  graph.forEachEdge((_edge, edge) => {
    for (const { id, name } of edge.processes) if (!names.has(id)) names.set(id, name);
  });
  yield row(['id', 'name', 'category']);
  for (const [id, name] of names) yield row([id, name, processes.get(id)?.CLASS?.[0] ?? '']);
}

/** Ids of the tables are one word each; KEGG's keys hold spaces. */
function wordIds(graph: PathwayGraph): Map<string, string> {
  const taken = new Set<string>();
  return new Map(
    graph.nodes().map((node) => {
      let id = node.trim().replace(/\s+/g, '_');
      while (taken.has(id)) id += '_';
      taken.add(id);
      return [node, id];
    }),
  );
}

function list(values: readonly string[]): string {
  return values.map((value) => value.replaceAll(';', ',')).join(';');
}

function row(cells: readonly string[]): string {
  return `${cells.map((cell) => cell.replace(/[\t\r\n]+/g, ' ')).join('\t')}\n`;
}
