import { randomNumbers } from '../../evals/bench/synthetic-pathways.ts';
import type { PcstProblem } from '../../graphs/steiner/pcst.ts';

export interface SmallProblem {
  nodes: number;
  edges: [number, number][];
  prizes: number[];
  costs: number[];
  clusters: number;
}

/** Random graphs with prizes and costs: with ties whole numbers up to 3, without them any. The same for a seed. */
export function randomProblems(options: {
  seed: number;
  count: number;
  mostNodes: number;
  ties: boolean;
  clusters?: number;
}): SmallProblem[] {
  const random = randomNumbers(options.seed);
  const below = (n: number) => Math.floor(random() * n);
  const amount = options.ties ? () => below(4) : random;
  return Array.from({ length: options.count }, () => {
    const nodes = 2 + below(options.mostNodes - 1);
    const edges = Array.from({ length: 1 + below(2 * nodes) }, (): [number, number] => {
      const head = below(nodes);
      return [head, (head + 1 + below(nodes - 1)) % nodes];
    });
    const prizes = Array.from({ length: nodes }, () => (random() < 0.4 ? 0 : 2 * amount()));
    return { nodes, edges, prizes, costs: edges.map(amount), clusters: options.clusters ?? 1 + below(3) };
  });
}

export function problemOf({ nodes, edges, prizes, costs }: SmallProblem): PcstProblem {
  const sides: number[][] = Array.from({ length: nodes }, () => []);
  for (const [e, [head, tail]] of edges.entries()) {
    sides[head]!.push(2 * e);
    sides[tail]!.push(2 * e + 1);
  }
  const offsets = [0];
  for (const own of sides) offsets.push(offsets.at(-1)! + own.length);
  return {
    nodeCount: nodes,
    edgeCount: edges.length,
    heads: Int32Array.from(edges, ([head]) => head),
    tails: Int32Array.from(edges, ([, tail]) => tail),
    costs: Float64Array.from(costs),
    prizes: Float64Array.from(prizes),
    offsets: Int32Array.from(offsets),
    sides: Int32Array.from(sides.flat()),
  };
}
