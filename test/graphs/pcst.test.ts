import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type PcstProblem, PcstSolver } from '../../graphs/steiner/pcst.ts';
import { PrizedGraph } from '../../graphs/steiner/prized-graph.ts';
import { bisectedSubgraph } from '../../graphs/steiner/target-size.ts';
import { problemOf as smallProblem } from '../helpers/pcst-problems.ts';

interface GoldenCase {
  nodes: number;
  edges: [number, number][];
  prizes: number[];
  costs: number[];
  clusters: number;
  expected: { nodes: number[]; edges: number[] };
}

function problemOf(
  nodes: number,
  edges: readonly [number, number][],
  prizes: number[],
  costs: number[],
): PcstProblem {
  return smallProblem({ nodes, edges: [...edges], prizes, costs, clusters: 1 });
}

function prized(
  nodeCount: number,
  edges: readonly [number, number][],
  nodePrizes: number[] = [],
  edgePrizes: number[] = [],
) {
  const full = (given: number[], length: number) => Float64Array.from({ length }, (_, i) => given[i] ?? 0);
  const heads = Int32Array.from(edges, ([head]) => head);
  const tails = Int32Array.from(edges, ([, tail]) => tail);
  const prizes = { nodes: full(nodePrizes, nodeCount), edges: full(edgePrizes, edges.length) };
  return {
    at: (cost: number, k = 1) => new PrizedGraph(nodeCount, heads, tails, prizes).solve(cost, k),
    sized: (target: number) => bisectedSubgraph({ nodeCount, heads, tails }, prizes, target, 1),
  };
}

const golden = new URL('../goldens/pcst-fast.json', import.meta.url);
const cases = JSON.parse(readFileSync(golden, 'utf8')) as GoldenCase[];

test('400 random problems, half of them full of ties, come out as from the C++ of pcst_fast (25ab31a)', () => {
  const solver = new PcstSolver(40, 60);
  for (const [i, { nodes, edges, prizes, costs, clusters, expected }] of cases.entries()) {
    const found = solver.solve(problemOf(nodes, edges, prizes, costs), clusters);
    expect({ case: i, ...found }).toEqual({ case: i, ...expected });
  }
});

const path: [number, number][] = [
  [0, 1],
  [1, 2],
  [2, 3],
  [3, 4],
];

describe('spec §8.3', () => {
  test('1: a path with prizes at its ends is kept whole until the ends cannot pay', () => {
    const graph = prized(5, path, [1, 0, 0, 0, 1]);
    for (const cost of [0.1, 0.26, 0.4]) expect(graph.at(cost).edges).toEqual([0, 1, 2, 3]);
    for (const cost of [0.5, 0.7, 2]) expect(graph.at(cost)).toEqual({ nodes: [4], edges: [] });
    for (const target of [1, 2, 3, 4, 10]) expect(graph.sized(target).edges).toHaveLength(4);
  });

  test('2: a path with mixed prizes shrinks as the cost grows', () => {
    const graph = prized(5, path, [0.2, 0.9, 0.1, 0.8, 0.3]);
    for (const cost of [0.1, 0.2, 0.3]) expect(graph.at(cost).edges).toEqual([0, 1, 2, 3]);
    for (const cost of [0.4, 0.5]) expect(graph.at(cost).nodes).toEqual([1, 2, 3, 4]);
    expect(graph.at(0.6).nodes).toEqual([1, 2, 3]);
    expect(graph.at(0.9).nodes).toEqual([1]);
    const sized = [4, 3, 2].map((target) => graph.sized(target));
    expect(sized.map(({ edges }) => edges.length)).toEqual([4, 3, 2]);
    expect(sized.map(({ cost }) => Number(cost.toFixed(8)))).toEqual([0.3171875, 0.47328125, 0.629375]);
    expect(graph.sized(1).edges).toEqual([]);
  });

  test('3: a star keeps the leaves that pay', () => {
    const star: [number, number][] = [1, 2, 3, 4].map((leaf) => [0, leaf]);
    const graph = prized(5, star, [0.5, 0.4, 0.3, 0.2, 0.1]);
    expect(graph.at(0.15).edges).toEqual([0, 1, 2, 3]);
    for (const cost of [0.2, 0.25, 0.35]) expect(graph.at(cost).edges).toEqual([0, 1, 2]);
    for (const cost of [0.4, 0.5]) expect(graph.at(cost).edges).toEqual([0, 1]);
    expect(graph.at(0.6).edges).toEqual([0]);
  });

  test('4: edge prizes alone pull their edges in', () => {
    const graph = prized(3, [[0, 1], [1, 2]], [], [0.6, 0.1]); // biome-ignore format: one graph, one line
    expect(graph.at(0.05).edges).toEqual([0, 1]);
    for (const cost of [0.1, 0.3, 0.5]) expect(graph.at(cost).edges).toEqual([0]);
    expect(graph.at(0.6)).toEqual({ nodes: [2], edges: [] });
  });

  test('5: without any prize one node is left, and no edge', () => {
    const graph = prized(3, [[0, 1], [1, 2]]); // biome-ignore format: one graph, one line
    for (const cost of [0.01, 1, 5]) expect(graph.at(cost)).toEqual({ nodes: [2], edges: [] });
  });

  test('6: of two opposite edges one is enough, unless both have prizes', () => {
    const edges: [number, number][] = [[0, 1], [1, 0], [1, 2]]; // biome-ignore format: one graph, one line
    expect(prized(3, edges, [1, 1, 0]).at(0.5).edges).toEqual([1]);
    const both = prized(3, edges, [0.1, 0.1, 0], [0.9, 0.8, 0]);
    for (const cost of [0.1, 0.5]) expect(both.at(cost).edges).toEqual([0, 1]);
    for (const cost of [0.85, 0.95]) expect(both.at(cost).edges).toEqual([0]);
  });

  test('7: two components need two clusters', () => {
    const graph = prized(4, [[0, 1], [2, 3]], [0.5, 0.5, 0.4, 0.4]); // biome-ignore format: one graph, one line
    expect(graph.at(0.1, 1).edges).toEqual([0]);
    expect(graph.at(0.1, 2).edges).toEqual([0, 1]);
  });

  test('8: a triangle keeps two edges, or all three when each has a prize', () => {
    const triangle: [number, number][] = [[0, 1], [1, 2], [2, 0]]; // biome-ignore format: one graph, one line
    expect(prized(3, triangle, [1, 1, 1]).at(0.5).edges).toEqual([1, 2]);
    expect(prized(3, triangle, [1, 1, 1], [0.5, 0.5, 0.5]).at(0.1).edges).toEqual([0, 1, 2]);
  });
});

const anyProblem = fc.integer({ min: 2, max: 12 }).chain((nodeCount) =>
  fc.record({
    nodeCount: fc.constant(nodeCount),
    edges: fc.array(
      fc
        .tuple(fc.nat(nodeCount - 1), fc.nat(nodeCount - 1))
        .filter(([head, tail]) => head !== tail) as fc.Arbitrary<[number, number]>,
      { minLength: 1, maxLength: 30 },
    ),
    prizes: fc.array(fc.double({ min: 0, max: 2, noNaN: true }), {
      minLength: nodeCount,
      maxLength: nodeCount,
    }),
    cost: fc.double({ min: 0.01, max: 1, noNaN: true }),
    clusters: fc.integer({ min: 1, max: 3 }),
  }),
);

test('the solution is a forest of at most k trees, over its own nodes, the same every time', () => {
  fc.assert(
    fc.property(anyProblem, ({ nodeCount, edges, prizes, cost, clusters }) => {
      const problem = problemOf(nodeCount, edges, prizes, edges.map(() => cost)); // biome-ignore format: call
      const solver = new PcstSolver(nodeCount, edges.length);
      const first = solver.solve(problem, clusters);
      expect(solver.solve(problem, clusters)).toEqual(first);
      const inside = new Set(first.nodes);
      for (const edge of first.edges) expect(edges[edge]!.every((node) => inside.has(node))).toBe(true);
      // A forest has as many trees as nodes minus edges; fewer nodes would mean a cycle.
      expect(first.nodes.length - first.edges.length).toBeLessThanOrEqual(clusters);
      expect(
        componentCount(
          first.nodes,
          first.edges.map((e) => edges[e]!),
        ),
      ).toBe(first.nodes.length - first.edges.length);
    }),
  );
});

test('a negative prize is refused', () => {
  expect(() => prized(2, [[0, 1]], [-1]).at(1)).toThrow(RangeError);
});

function componentCount(nodes: readonly number[], edges: readonly (readonly [number, number])[]): number {
  const label = new Map(nodes.map((node) => [node, node]));
  const root = (node: number): number => (label.get(node) === node ? node : root(label.get(node)!));
  for (const [head, tail] of edges) label.set(root(head), root(tail));
  return new Set(nodes.map(root)).size;
}
