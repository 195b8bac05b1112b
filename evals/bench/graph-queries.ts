import type { PathwayGraph } from '../../graphs/pathway-graph.ts';
import { randomNumbers } from './synthetic-pathways.ts';

/** Keywords as an agent writes them, from the graph's own words: two entities and a process. The same for a seed. */
export function graphQueries(graph: PathwayGraph, count: number, seed: number): string[] {
  const random = randomNumbers(seed);
  const one = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)] as T;
  const nodes = graph.nodes();
  const edges = graph.edges();
  const name = () => {
    const { names, label } = graph.getNodeAttributes(one(nodes));
    return random() < 0.5 ? label : (names[0] ?? label);
  };
  const process = () => graph.getEdgeAttribute(one(edges), 'processes')[0]?.name ?? '';
  return Array.from({ length: count }, () => [name(), name(), process()].join(' ').trim());
}
