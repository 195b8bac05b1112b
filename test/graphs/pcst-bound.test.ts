import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PcstSolver } from '../../graphs/steiner/pcst.ts';
import { problemOf, randomProblems, type SmallProblem } from '../helpers/pcst-problems.ts';

/** What a solution pays: its edges, and the prizes it leaves. */
function payment({ prizes, costs }: SmallProblem, nodes: Iterable<number>, edges: Iterable<number>): number {
  const inside = new Set(nodes);
  const left = prizes.reduce((sum, prize, node) => (inside.has(node) ? sum : sum + prize), 0);
  return [...edges].reduce((sum, edge) => sum + (costs[edge] as number), left);
}

/** The least that any one tree pays: every connected set of nodes with its cheapest spanning tree. */
function leastPayment(problem: SmallProblem): number {
  let least = Number.POSITIVE_INFINITY;
  for (let set = 1; set < 1 << problem.nodes; set++) {
    const nodes = Array.from({ length: problem.nodes }, (_, node) => node).filter(
      (node) => (set >> node) & 1,
    );
    const tree = cheapestTree(problem, new Set(nodes));
    if (tree) least = Math.min(least, payment(problem, nodes, tree));
  }
  return least;
}

/** Kruskal's; undefined where the nodes are not connected. */
function cheapestTree({ edges, costs }: SmallProblem, nodes: ReadonlySet<number>): number[] | undefined {
  const piece = new Map([...nodes].map((node) => [node, node]));
  const order = edges
    .map((_, edge) => edge)
    .filter((edge) => edges[edge]?.every((node) => nodes.has(node)))
    .sort((a, b) => (costs[a] as number) - (costs[b] as number));
  const tree: number[] = [];
  for (const edge of order) {
    const [a, b] = (edges[edge] as [number, number]).map((node) => piece.get(node) as number) as [
      number,
      number,
    ];
    if (a === b) continue;
    tree.push(edge);
    for (const [node, own] of piece) if (own === a) piece.set(node, b);
  }
  return tree.length === nodes.size - 1 ? tree : undefined;
}

test('a tree pays at most twice what the best tree of all pays, and never less', () => {
  fc.assert(
    fc.property(fc.nat(1_000_000), fc.boolean(), (seed, hasTies) => {
      const [problem] = randomProblems({ seed, count: 1, mostNodes: 8, ties: hasTies, clusters: 1 });
      const { nodes, edges } = new PcstSolver(8, 20).solve(problemOf(problem!), 1);
      const [paid, least] = [payment(problem!, nodes, edges), leastPayment(problem!)];
      expect(paid).toBeGreaterThanOrEqual(least - 1e-9);
      expect(paid).toBeLessThanOrEqual(2 * least + 1e-6);
    }),
    { numRuns: 300 },
  );
});

test('where prizes pay for every edge many times over, the tree is a cheapest spanning tree', () => {
  fc.assert(
    fc.property(fc.nat(1_000_000), (seed) => {
      const [problem] = randomProblems({ seed, count: 1, mostNodes: 7, ties: false, clusters: 1 });
      const rich = { ...problem!, prizes: problem!.prizes.map(() => 1000) };
      const tree = cheapestTree(rich, new Set(rich.prizes.keys()));
      fc.pre(tree !== undefined);
      const found = new PcstSolver(8, 20).solve(problemOf(rich), 1);
      expect(found.nodes).toHaveLength(rich.nodes);
      expect(payment(rich, found.nodes, found.edges)).toBeLessThanOrEqual(
        2 * payment(rich, found.nodes, tree!),
      );
    }),
  );
});
