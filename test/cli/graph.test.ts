import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadGraph } from '../../graphs/load.ts';
import { graphListSchema } from '../../src/cli/graph.ts';
import { graphExportSchema } from '../../src/cli/graph-export.ts';
import { importReportSchema } from '../../src/cli/graph-import.ts';
import {
  graphSearchSchema,
  graphShowSchema,
  graphStatsSchema,
  graphSubgraphSchema,
} from '../../src/cli/graph-views.ts';
import { folderWith, toyGraphml, writeToyGraph } from '../helpers/toy-graph.ts';
import { emptyHome, runPathact } from './run-pathact.ts';

const home = () => ({ PATHACT_HOME: emptyHome() });

describe('graph import', () => {
  test('keeps a checked copy under a name and reports what was kept, merged and dropped', async () => {
    const env = home();
    const file = writeToyGraph();
    const imported = await runPathact(['graph', 'import', file, '--name', 'toy', '--json'], env);
    expect(imported.code).toBe(0);
    expect(importReportSchema.parse(JSON.parse(imported.stdout))).toEqual({
      graph: 'toy',
      files: [file, join(dirname(file), 'overall_entries.json')],
      failed: [],
      nodes: 7,
      edges: 7,
      merged: 0,
      dropped: { 'self-loop edges': 1, 'nodes without edges': 1 },
    });
    const listed = graphListSchema.parse(
      JSON.parse((await runPathact(['graph', 'list', '--json'], env)).stdout),
    );
    expect(listed.graphs.map(({ name, nodes }) => [name, nodes])[1]).toEqual(['toy', 7]);
    const stats = await runPathact(['graph', 'stats', '--graph', 'toy', '--json'], env);
    expect(graphStatsSchema.parse(JSON.parse(stats.stdout))).toMatchObject({
      name: 'toy',
      nodes: 7,
      components: 1,
    });
  });

  test('a malformed file exits 1, names the line, and leaves nothing behind', async () => {
    const env = home();
    const file = join(folderWith({ 'broken.graphml': toyGraphml().slice(0, 1200) }), 'broken.graphml');
    const { code, stdout, stderr } = await runPathact(['graph', 'import', file, '--json'], env);
    expect(code).toBe(1);
    expect(stderr).toMatch(/broken\.graphml:\d+: unclosed tag/);
    const report = importReportSchema.parse(JSON.parse(stdout));
    expect(report.failed).toEqual([{ file, error: expect.stringMatching(/unclosed tag/) }]);
    const listed = JSON.parse((await runPathact(['graph', 'list', '--json'], env)).stdout);
    expect(graphListSchema.parse(listed).graphs.map(({ name }) => name)).toEqual(['curated']);
  });

  test('a name that is taken, or no name at all, is refused before anything is read', async () => {
    const env = home();
    const file = writeToyGraph();
    expect((await runPathact(['graph', 'import', file, '--name', 'x'], env)).code).toBe(0);
    const again = await runPathact(['graph', 'import', file, '--name', 'x'], env);
    expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('--replace')]);
    expect((await runPathact(['graph', 'import', file, '--name', 'x', '--replace'], env)).code).toBe(0);
    for (const name of ['curated', '../up']) {
      expect((await runPathact(['graph', 'import', file, '--name', name], env)).code).toBe(2);
    }
  });
});

describe('looking into a graph', () => {
  test('an unknown graph exits 4 and says how to import one', async () => {
    for (const command of [['stats'], ['export']]) {
      const { code, stderr } = await runPathact(['graph', ...command, '--graph', 'nope'], home());
      expect([code, stderr]).toEqual([4, expect.stringContaining('pathact graph import FILE --name NAME')]);
    }
  });

  test('show finds an everyday name, prints both directions and draws them', async () => {
    const svg = join(emptyHome(), 'p53.svg');
    mkdirSync(dirname(svg), { recursive: true });
    const { code, stdout } = await runPathact(['graph', 'show', 'p53', '--svg', svg, '--json'], home());
    expect(code).toBe(0);
    const shown = graphShowSchema.parse(JSON.parse(stdout));
    expect(shown.nodes[0]).toMatchObject({ node: 'TP53', kind: 'gene' });
    expect(shown.outgoing.every(({ head }) => head === 'TP53')).toBe(true);
    expect(shown.incoming.map(({ head, sign }) => head + sign)).toContain('MDM2-');
    expect(readFileSync(svg, 'utf8')).toMatch(/^<svg /);
    expect((await runPathact(['graph', 'show', 'nosuchgene'], home())).code).toBe(4);
  });

  test('search gives the names found, entities and statements', async () => {
    const { stdout } = await runPathact(
      ['graph', 'search', 'NF-κB', 'inflammasome', '--top', '3', '--json'],
      home(),
    );
    const found = graphSearchSchema.parse(JSON.parse(stdout));
    expect(found.names[0]?.text).toBe('NF-κB');
    expect(found.entities.length).toBeLessThanOrEqual(3);
    expect(found.statements.length).toBeGreaterThan(0);
  });

  test('subgraph answers a question with connected lines', async () => {
    const question = 'Does loss of PTEN raise or lower FOXO target expression?';
    const asked = await runPathact(['graph', 'subgraph', question, '--size', '6', '--json'], home());
    const found = graphSubgraphSchema.parse(JSON.parse(asked.stdout));
    expect(found.names.map(({ node }) => node)).toEqual(['PTEN', 'FOXO']);
    expect(found.connected).toBe(true);
    expect(found.statements.map(({ head, sign, tail }) => `${head} ${sign} ${tail}`)).toContain(
      'PTEN - PIP3',
    );
    const lines = (await runPathact(['graph', 'subgraph', question, '--size', '6'], home())).stdout.split(
      '\n',
    );
    expect(lines[0]).toMatch(/^0\) PTEN: .* \| PIP3: /);
  });

  test('a size that is no size is wrong usage', async () => {
    expect((await runPathact(['graph', 'subgraph', 'x', '--size', '0'], home())).code).toBe(2);
  });
});

describe('graph export', () => {
  test('GraphML comes back as the same graph', async () => {
    const env = home();
    const file = writeToyGraph();
    await runPathact(['graph', 'import', file, '--name', 'toy'], env);
    const output = join(env.PATHACT_HOME, 'out.graphml');
    mkdirSync(env.PATHACT_HOME, { recursive: true });
    const args = ['graph', 'export', '--graph', 'toy', '-o', output, '--json'];
    const written = graphExportSchema.parse(JSON.parse((await runPathact(args, env)).stdout));
    expect(written.files.every((path) => existsSync(path))).toBe(true);
    const [before, after] = [await loadGraph(file), await loadGraph(output)];
    expect(after.export().nodes).toEqual(before.export().nodes);
    const edges = (graph: typeof before) =>
      graph.mapEdges((edge, { type, sign, processes }) => [edge, type, sign, processes]);
    expect(edges(after)).toEqual(edges(before));
  });

  test('SIF goes to stdout, one statement a line', async () => {
    const { stdout } = await runPathact(
      ['graph', 'export', '--graph', writeToyGraph(), '--format', 'sif'],
      home(),
    );
    expect(stdout.split('\n')[0]).toBe('hsa:101\tPPrel/activation/phosphorylation\thsa:102_hsa:103');
    expect(stdout.trim().split('\n')).toHaveLength(7);
  });

  test('control characters of a file do not reach the terminal', async () => {
    const rows = {
      'processes.tsv': 'id\tname\tcategory\n',
      'nodes.tsv': 'id\tkind\tname\taliases\nA\tgene\t\u001b[31mred\t\nB\tgene\tblue\t\n',
      'edges.tsv': 'head\ttail\trelation\tsubtypes\tsign\tprocess\tsource\nA\tB\tPPrel\t\t+\t\t\n',
    };
    const folder = folderWith(rows);
    writeFileSync(join(folder, 'note'), '');
    const { stdout } = await runPathact(['graph', 'show', 'A', '--graph', folder], home());
    expect(stdout).toContain('red');
    expect(stdout).not.toContain('\u001b');
  });
});
