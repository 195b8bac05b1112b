import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { isSame } from '../../../evals/bench/graph-contest.ts';
import { GraphPeer, graphPeerPython } from '../../../evals/bench/graph-peer.ts';
import { PcstSolver } from '../../../graphs/steiner/pcst.ts';
import { directories } from '../../../src/config.ts';
import { problemOf, randomProblems, type SmallProblem } from '../../helpers/pcst-problems.ts';

const python = graphPeerPython(join(directories().cache, 'bench'));
const isSetUp = existsSync(python);

// `pathact bench setup graph` brings the peer.
describe.skipIf(!isSetUp)('beside pcst_fast itself', () => {
  const peer = isSetUp ? new GraphPeer(python) : undefined;
  afterAll(() => peer?.close());

  /** The problems on which nodes or edges differ, with both solutions. */
  async function differences(problems: readonly SmallProblem[]) {
    const theirs = await peer!.solveAll(problems);
    const solver = new PcstSolver(60, 120);
    return problems.flatMap((problem, i) => {
      const ours = solver.solve(problemOf(problem), problem.clusters);
      const { nodes, edges } = theirs[i]!;
      return isSame(ours, theirs[i]!) ? [] : [{ problem, ours, theirs: { nodes, edges } }];
    });
  }

  test('1,000 random graphs with continuous prizes give the same nodes and edges', async () => {
    const problems = randomProblems({ seed: 11, count: 1000, mostNodes: 60, ties: false });
    expect(await differences(problems)).toEqual([]);
  }, 60_000);

  test('of 200 with ties of whole numbers, at most 2 % differ', async () => {
    const problems = randomProblems({ seed: 12, count: 200, mostNodes: 60, ties: true });
    const found = await differences(problems);
    expect(found.length, JSON.stringify(found, null, 1)).toBeLessThanOrEqual(4);
  }, 60_000);
});
