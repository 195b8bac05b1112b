import type { PathwayGraph } from './pathway-graph.ts';

const edgeKeys = ['type', 'subtypes', 'hsa', 'pathway', 'sign', 'evidences'];

/**
 * A graph as BioMaze-format GraphML (spec §1.5), which `readGraph` reads back; for other programs, nodes also have
 * `label` and `kind`, edges `sign`, and for another import cross references and evidences. The names of processes and
 * entities are in the corpus: `entriesJson`.
 */
export function* graphmlOf(graph: PathwayGraph): Generator<string> {
  yield '<?xml version="1.0" encoding="utf-8"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n';
  const keys = { node: ['graphics', 'label', 'kind', 'names', 'xrefs'], edge: edgeKeys };
  for (const [owner, names] of Object.entries(keys)) {
    for (const name of names) {
      yield `<key id="${owner}-${name}" for="${owner}" attr.name="${name}" attr.type="string"/>\n`;
    }
  }
  yield '<graph edgedefault="directed">\n';
  for (const { node, attributes } of graph.nodeEntries()) {
    const graphics = JSON.stringify({ name: attributes.names.join(', ') });
    const { label, kind, names, xrefs } = attributes;
    const own = { label, kind, names: JSON.stringify(names), xrefs: JSON.stringify(xrefs) };
    const data = dataOf('node', { graphics, ...own });
    yield `<node id="${escaped(node)}">${data}</node>\n`;
  }
  for (const { source, target, attributes } of graph.edgeEntries()) {
    const { type, subtypes, processes, sign } = attributes;
    const ids = processes.map(({ id }) => id);
    const isNetwork = (id: string) => /^N\d/.test(id);
    const data = dataOf('edge', {
      type,
      subtypes: JSON.stringify(subtypes.map((name) => ({ name }))),
      hsa: JSON.stringify(ids.filter((id) => !isNetwork(id))),
      pathway: JSON.stringify(ids.filter(isNetwork)),
      sign,
      evidences: JSON.stringify(attributes.evidences),
    });
    yield `<edge source="${escaped(source)}" target="${escaped(target)}">${data}</edge>\n`;
  }
  yield '</graph>\n</graphml>\n';
}

/** The corpus of a graph as `overall_entries.json` (spec §1.6). */
export function entriesJson(graph: PathwayGraph): string {
  const { entries, processes } = graph.getAttributes();
  const all = new Map([...processes, ...entries]);
  return JSON.stringify(Object.fromEntries([...all].map(([id, entry]) => [id, { main_entry: entry }])));
}

/** One `head relation tail` row an edge, as Cytoscape reads it; spaces in keys become underscores. */
export function* sifOf(graph: PathwayGraph): Generator<string> {
  const word = (text: string) => text.replace(/\s+/g, '_') || '-';
  for (const { source, target, attributes } of graph.edgeEntries()) {
    const relation = [attributes.type, ...attributes.subtypes].map(word).join('/');
    yield `${word(source)}\t${relation}\t${word(target)}\n`;
  }
}

function dataOf(owner: string, values: Readonly<Record<string, string>>): string {
  const cells = Object.entries(values).map(
    ([name, value]) => `<data key="${owner}-${name}">${escaped(value)}</data>`,
  );
  return cells.join('');
}

function escaped(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  // XML 1.0 has no way to write control characters.
  return text.replace(/[^\P{Cc}\t\n\r]/gu, '').replace(/[&<>"]/g, (letter) => entities[letter] as string);
}
