import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { geneSubgraphSchema } from '../../src/cli/graph-genes.ts';
import { emptyHome, runPathact } from './run-pathact.ts';

test('graph subgraph --genes connects a list, draws it, writes CX2 and names what is not found', async () => {
  const home = emptyHome();
  const env = { PATHACT_HOME: home };
  const [list, svg, cx2] = ['hits.tsv', 'hits.svg', 'hits.cx2'].map((name) => join(home, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(list, 'id\tweight\nPTEN\t2.5\nFOXO3\t-1.5\nMTOR\t1\nNOSUCH\t3\nPTEN\t1\n');
  const words = ['graph', 'subgraph', '--genes', list];
  const { stdout, code } = await runPathact([...words, '--svg', svg, '--cx2', cx2, '--json'], env);
  expect(code).toBe(0);
  const told = geneSubgraphSchema.parse(JSON.parse(stdout));
  expect(told).toMatchObject({ missing: ['NOSUCH'], repeated: 1, connected: true });
  expect(told.genes.map(({ id, connected }) => [id, connected])).toEqual([
    ['PTEN', true],
    ['FOXO3', true],
    ['MTOR', true],
  ]);
  expect(readFileSync(svg, 'utf8')).toMatch(/^<svg .*PTEN.*<\/svg>/s);
  const edges = (JSON.parse(readFileSync(cx2, 'utf8')) as { edges?: unknown[] }[]).flatMap(
    (aspect) => aspect.edges ?? [],
  );
  expect(edges).toHaveLength(told.statements.length);
  const plain = await runPathact(words, env);
  expect(plain.stdout.trim().split('\n')).toHaveLength(told.statements.length);
  expect(plain.stderr).toContain('3 of 4 genes are connected.\n1 not in the graph: NOSUCH');
});

test('graph subgraph without a gene that is known exits 4, with neither or both of words and genes 2', async () => {
  const home = emptyHome();
  const list = join(home, 'hits.tsv');
  writeFileSync(list, 'NOSUCH\t1\n');
  const run = (...words: string[]) => runPathact(['graph', 'subgraph', ...words], { PATHACT_HOME: home });
  const unknown = await run('--genes', list);
  expect([unknown.code, unknown.stderr]).toEqual([4, expect.stringContaining('no gene of')]);
  for (const words of [[], ['PTEN', '--genes', list]]) expect((await run(...words)).code).toBe(2);
});
