import { DirectedGraph } from 'graphology';
import { drawSubgraph } from '../../graphs/draw.ts';
import type {
  EdgeAttributes,
  GraphFacts,
  NodeAttributes,
  PathwayGraph,
  Triple,
} from '../../graphs/pathway-graph.ts';
import type { EvidenceLine } from '../../src/run.ts';
import type { TimedEvent } from '../../src/store/events.ts';
import { html, type Markup } from './html.ts';

/**
 * The evidence of an answer as a picture, null where there is none. It is drawn from what was recorded, not from
 * the graph file, which may be another one by now. As an image: markup inside an image cannot run, and its ids
 * do not meet those of the next one.
 */
export function evidencePicture(
  evidence: readonly EvidenceLine[],
  events: readonly TimedEvent[],
): Markup | null {
  if (evidence.length === 0) return null;
  const { graph, triples } = recordedGraph(evidence);
  const relations = evidence.map(({ head, sign, tail }) => `${head} ${signWords[sign]} ${tail}`).join('; ');
  const svg = drawSubgraph(graph, triples, { highlight: namedNodes(events), title: 'Evidence subgraph' });
  const source = `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
  return html`<img class="picture" loading="lazy" src="${source}" alt="Evidence subgraph. ${relations}.">`;
}

const signWords = {
  '+': 'raises',
  '-': 'lowers',
  '0': 'acts on',
  conflict: 'acts (sources disagree) on',
} as const;

function recordedGraph(evidence: readonly EvidenceLine[]): { graph: PathwayGraph; triples: Triple[] } {
  const graph = new DirectedGraph<NodeAttributes, EdgeAttributes, GraphFacts>();
  const triples = new Map<string, Triple>();
  for (const line of evidence) {
    const { head, tail } = nodeKeys(line);
    if (triples.has(line.edge) || graph.hasEdge(head, tail)) continue;
    graph.mergeNode(head, nodeAttributes(head, line.head));
    graph.mergeNode(tail, nodeAttributes(tail, line.tail));
    graph.addEdgeWithKey(line.edge, head, tail, edgeAttributes(line));
    triples.set(line.edge, { edge: line.edge, head, tail });
  }
  return { graph, triples: [...triples.values()] };
}

/** Edge keys are `HEAD->TAIL`; where a name holds an arrow itself, the labels have to do. */
function nodeKeys({ edge, head, tail }: EvidenceLine): { head: string; tail: string } {
  const parts = edge.split('->');
  return parts.length === 2 ? { head: parts[0]!, tail: parts[1]! } : { head, tail };
}

function nodeAttributes(key: string, label: string): NodeAttributes {
  return { entities: [{ id: key, names: [label] }], names: [label], label, kind: 'other', xrefs: {} };
}

/** A line reads `HEAD | TAIL | TYPE SUBTYPES | PROCESSES`; the type tells membership from effect. */
function edgeAttributes({ text, sign }: EvidenceLine): EdgeAttributes {
  const type = text.split('|')[2]?.trim().split(' ')[0] ?? '';
  return { type, subtypes: [], sign, processes: [], evidences: [] };
}

function namedNodes(events: readonly TimedEvent[]): string[] {
  return events.flatMap(({ event }) =>
    event.type === 'resolved' ? event.names.map(({ node }) => node) : [],
  );
}
