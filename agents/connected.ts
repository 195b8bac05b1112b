import type { PathwayGraph } from '../graphs/pathway-graph.ts';
import { connects } from '../graphs/pieces.ts';
import type { EvidenceLine } from '../src/run.ts';
import { tripleOf } from './lines.ts';

/** Whether the evidence joins the nodes in one piece. A question that names nothing is connected by no evidence. */
export function isConnected(
  graph: PathwayGraph,
  nodes: readonly string[],
  evidence: readonly EvidenceLine[],
): boolean {
  const triples = evidence.map((line) => tripleOf(graph, line));
  return nodes.length > 0 && connects(graph, triples, nodes);
}
