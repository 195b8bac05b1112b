import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GraphIndex } from '../../../graphs/graph-index.ts';
import type { PathwayGraph } from '../../../graphs/pathway-graph.ts';
import { effectOn, feedbackOn, isUndecided } from '../../../graphs/perturb/effect.ts';
import { SignedGraph } from '../../../graphs/perturb/propagation.ts';
import { carriedSign } from '../../../graphs/perturb/signed-step.ts';
import type { Direction, Target } from '../../../src/run.ts';
import { graphOf } from './tiny-graph.ts';

const signed = (graph: PathwayGraph) => new SignedGraph(new GraphIndex(graph));

async function effect(edges: string[], cause: string, target: string | Target, blocked: string[] = []) {
  const graph = signed(await graphOf(...edges));
  const [node = '', direction] = cause.split(' ') as [string, Direction];
  const spread = graph.propagate([{ node, direction }], { blocked });
  const asked = typeof target === 'string' ? ({ kind: 'activity', node: target } as const) : target;
  const found = effectOn(graph, spread, asked);
  const told = found?.path.steps.map(({ to, change }) => `${graph.index.nodeKeys[to]}${change}`).join(' ');
  return { graph, found, told, direction: found?.direction };
}

describe('a perturbation', () => {
  test('is carried on with the product of the signs', async () => {
    const { told } = await effect(['A - B', 'B - C', 'C + D'], 'A -', 'D');
    expect(told).toBe('B+ C- D-');
  });

  test('of the other direction has the other effect', async () => {
    expect((await effect(['A - B', 'B + C'], 'A +', 'C')).direction).toBe('-');
    expect((await effect(['A - B', 'B + C'], 'A -', 'C')).direction).toBe('+');
  });

  test('does not run against an arrow', async () => {
    expect((await effect(['A + B', 'C + B'], 'A +', 'C')).found).toBeUndefined();
  });

  test('is not carried by unsigned edges or missing interactions', async () => {
    expect((await effect(['A 0 B'], 'A +', 'B')).found).toBeUndefined();
    expect((await effect(['A + B: missing interaction'], 'A +', 'B')).found).toBeUndefined();
  });

  test("of a member is its family's, and a family's each member's, but no member is another", async () => {
    const edges = ['A1 isa FAM', 'A2 isa FAM', 'FAM + B', 'A2 + C'];
    expect((await effect(edges, 'A1 -', 'B')).told).toBe('FAM- B-');
    expect((await effect(edges, 'FAM -', 'C')).told).toBe('A2- C-');
    expect((await effect(edges, 'A1 -', 'C')).found).toBeUndefined();
  });

  test("of a part is its complex's", async () => {
    expect((await effect(['P partof CPX', 'CPX - B'], 'P -', 'B')).told).toBe('CPX- B+');
  });

  test('does not pass what is held down, nor its members', async () => {
    const edges = ['A + F', 'M isa F', 'M + B', 'F + B', 'A + X', 'X + Y', 'Y + Z', 'Z - B'];
    expect((await effect(edges, 'A +', 'B')).told).toBe('F+ B+');
    expect((await effect(edges, 'A +', 'B', ['F'])).told).toBe('X+ Y+ Z+ B-');
    expect((await effect(edges, 'A +', 'B', ['F', 'Y'])).found).toBeUndefined();
  });
});

describe('conflicts are told, not resolved', () => {
  test('the earlier effect comes first, with the later opposite one', async () => {
    const { found } = await effect(['A + B', 'A - C', 'C + D', 'D + B'], 'A +', 'B');
    expect([found?.direction, found?.path.steps.length, found?.opposing?.steps.length]).toEqual(['+', 1, 3]);
    expect(found && isUndecided(found)).toBe(false);
  });

  test('opposite effects at the same time decide nothing', async () => {
    const { found } = await effect(['A + X', 'A - Y', 'X + B', 'Y + B'], 'A +', 'B');
    expect(found && isUndecided(found)).toBe(true);
  });

  test('a loop is no opposing path but feedback', async () => {
    const { graph, found } = await effect(['A + B', 'B + C', 'C - B'], 'A +', 'C');
    expect(found?.opposing).toBeUndefined();
    const loop = found && feedbackOn(graph, found);
    expect(loop?.steps.map(({ to, change }) => `${graph.index.nodeKeys[to]}${change}`)).toEqual(['B-']);
  });
});

describe('what is asked about', () => {
  const edges = ['AKT - FOXO: inhibition phosphorylation', 'PTEN - AKT', 'PP - FOXO: dephosphorylation'];
  test('a modification follows its enzyme, whatever it does to activity', async () => {
    const target = { kind: 'modification', node: 'FOXO', modification: 'phosphorylation' } as const;
    expect((await effect(edges, 'AKT +', target)).direction).toBe('+');
    expect((await effect(edges, 'PTEN +', target)).direction).toBe('-');
    expect((await effect(edges, 'PP +', target)).direction).toBe('-');
  });

  test('an interaction follows the side that acts, else the freed side', async () => {
    const pair = { kind: 'interaction', node: 'MDM2', partner: 'P53' } as const;
    expect((await effect(['MDM2 - P53', 'DRUG - MDM2'], 'DRUG +', pair)).direction).toBe('-');
    expect((await effect(['MDM2 - P53', 'ATM + P53'], 'ATM +', pair)).direction).toBe('-');
    expect((await effect(['LIG + REC', 'X + REC'], 'X +', { kind: 'interaction', node: 'REC', partner: 'LIG' })).direction).toBe('+'); // biome-ignore format: a row
  });
});

test('every path that is found is walkable, and its changes are the products of its signs', async () => {
  const nodes = ['A', 'B', 'C', 'D', 'E', 'F'];
  const edge = fc.tuple(fc.constantFrom(...nodes), fc.constantFrom('+', '-', '0', 'isa', 'partof'), fc.constantFrom(...nodes)); // biome-ignore format: a row
  const graphs = fc.uniqueArray(edge, { selector: ([a, , b]) => `${a}${b}`, minLength: 3, maxLength: 16 });
  await fc.assert(
    fc.asyncProperty(graphs, async (rows) => {
      const edges = rows.filter(([a, , b]) => a !== b).map((row) => row.join(' '));
      const graph = signed(await graphOf('A + B', ...edges.filter((row) => row !== 'A + B' && !/^A \S+ B$/.test(row)))); // biome-ignore format: a row
      const { index } = graph;
      const start = index.nodeNumber('A');
      const spread = graph.propagate([{ node: 'A', direction: '+' }]);
      for (const key of index.nodeKeys) {
        for (const direction of ['+', '-'] as const) {
          let at = start;
          let change: Direction = '+';
          const path = spread.pathTo(index.nodeNumber(key), direction);
          for (const step of path?.steps ?? []) {
            const [head, tail] = [index.heads[step.edge], index.tails[step.edge]];
            expect([step.from, step.to]).toEqual(step.backwards ? [tail, head] : [head, tail]);
            expect(step.from).toBe(at);
            const sign = carriedSign(index.edge(step.edge));
            expect(index.isMembership(step.edge) || (sign !== '0' && !step.backwards)).toBe(true);
            change = sign === '-' ? (change === '+' ? '-' : '+') : change;
            expect(step.change).toBe(change);
            at = step.to;
          }
          if (path) expect([index.nodeKeys[at], change]).toEqual([key, direction]);
        }
      }
    }),
    { numRuns: 60 },
  );
});
