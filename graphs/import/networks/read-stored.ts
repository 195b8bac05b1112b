import { memberships } from '../../graph-index.ts';
import { loadGraph } from '../../load.ts';
import { crossReferences, nodeStatement, relationStatement } from '../make-statement.ts';
import type { Statement } from '../statement.ts';

/** States again what a stored graph or a graph in our JSON holds, so that graphs can be merged with others. */
export async function* readStored(path: string, signal?: AbortSignal): AsyncGenerator<Statement> {
  const graph = await loadGraph(path, {}, signal);
  const isMembership = (edge: string) => memberships.has(graph.getEdgeAttribute(edge, 'type'));
  for (const { node, attributes } of graph.nodeEntries()) {
    const { label, names, kind, xrefs } = attributes;
    const members = graph
      .inEdges(node)
      .filter(isMembership)
      .map((edge) => graph.source(edge));
    yield nodeStatement({
      id: node,
      label,
      names: names.filter((name) => name !== label),
      nodeKind: kind,
      references: Object.entries(xrefs).flatMap(([system, id]) => crossReferences(system, id)),
      ...(members.length > 0 && (kind === 'complex' || kind === 'family') ? { members } : {}),
    });
  }
  for (const { source, target, attributes } of graph.edgeEntries()) {
    for (const evidence of attributes.evidences) {
      yield relationStatement(source, target, evidence, attributes.processes);
    }
  }
}
