import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { graphExportSchema } from '../../src/cli/graph-export.ts';
import { importReportSchema } from '../../src/cli/graph-import.ts';
import { graphShowSchema, graphStatsSchema } from '../../src/cli/graph-views.ts';
import { folderWith, writeToyGraph } from '../helpers/toy-graph.ts';
import { emptyHome, runPathact } from './run-pathact.ts';

const signor =
  'entitya\ttypea\tida\tdatabasea\tentityb\ttypeb\tidb\tdatabaseb\teffect\tmechanism\tpmid\tsignor_id\n' +
  'TP53\tprotein\tP04637\tUNIPROT\tMDM2\tprotein\tQ00987\tUNIPROT\tup-regulates\tbinding\t11\tSIGNOR-1\n';
const broken = '<Pathway xmlns="http://pathvisio.org/GPML/2013a" Name="x"><DataNode';

describe('graph import of many files', () => {
  test('reads what it can of any format, reports the rest, and keeps a graph that every command opens', async () => {
    const env = { PATHACT_HOME: emptyHome() };
    const folder = folderWith({
      'a.tsv.gz': gzipSync(signor),
      'b.sif': 'MDM2 inhibits TP53\nMDM2 0 X\n',
      'c.gpml': broken,
      notes: 'nothing\n',
    });
    const { code, stdout, stderr } = await runPathact(
      ['graph', 'import', folder, '--name', 'mix', '--json'],
      env,
    );
    expect(code).toBe(0);
    const report = importReportSchema.parse(JSON.parse(stdout));
    expect(report).toMatchObject({
      graph: 'mix',
      files: [join(folder, 'a.tsv.gz'), join(folder, 'b.sif')],
      failed: [{ file: join(folder, 'c.gpml'), error: expect.stringMatching(/unclosed tag|unexpected end/) }],
      nodes: 2,
      edges: 2,
      dropped: { 'relations of weight 0': 1, 'nodes without relations': 1, 'files of no known format': 1 },
      nodesMerged: { 'merged-by-symbol': 2 },
      unmapped: { uniprot: 2 },
      warnings: [],
    });
    expect(stderr).toMatch(/read 4 of 4 files/);
    const stats = await runPathact(['graph', 'stats', 'mix', '--json'], env);
    expect(graphStatsSchema.parse(JSON.parse(stats.stdout))).toMatchObject({
      name: 'mix',
      nodes: 2,
      sourcedEdges: 2,
    });
    const shown = await runPathact(['graph', 'show', 'TP53', '--graph', 'mix', '--json'], env);
    expect(graphShowSchema.parse(JSON.parse(shown.stdout))).toMatchObject({
      nodes: [{ node: 'TP53', xrefs: { uniprot: 'P04637' } }],
      incoming: [{ sign: '-' }],
      outgoing: [{ sign: '+', sources: ['SIGNOR-1'] }],
    });
  });

  test('where nothing can be read it exits 1 with each reason and leaves nothing behind', async () => {
    const env = { PATHACT_HOME: emptyHome() };
    const folder = folderWith({ 'c.gpml': broken });
    const { code, stdout, stderr } = await runPathact(
      ['graph', 'import', folder, '--name', 'x', '--json'],
      env,
    );
    expect([code, stderr]).toEqual([1, expect.stringContaining('c.gpml:1: ')]);
    expect(importReportSchema.parse(JSON.parse(stdout)).failed).toHaveLength(1);
    const graphs = join(env.PATHACT_HOME, 'data', 'graphs');
    expect(existsSync(graphs) ? readdirSync(graphs) : []).toEqual([]);
  });

  test('mapping tables of the data folder are used, and a policy drops by licence', async () => {
    const env = { PATHACT_HOME: emptyHome() };
    const tables = join(env.PATHACT_HOME, 'data', 'identifiers');
    mkdirSync(tables, { recursive: true });
    writeFileSync(
      join(tables, 'hgnc.tsv'),
      'symbol\talias_symbol\tuniprot_ids\nTP53\tp53\tP04637\nMDM2\tHDM2\tQ00987\n',
    );
    const folder = folderWith({ 'a.tsv': signor, 'b.sif': 'HDM2 inhibits p53\n' });
    const run = (...flags: string[]) =>
      runPathact(['graph', 'import', folder, '--name', 'x', '--replace', '--json', ...flags], env);
    const all = importReportSchema.parse(JSON.parse((await run()).stdout));
    expect(all).toMatchObject({ nodes: 2, edges: 2, unmapped: {} });
    const open = importReportSchema.parse(JSON.parse((await run('--policy', 'commercial')).stdout));
    expect(open).toMatchObject({ edges: 1 });
  });

  test('what was pulled has the licence it was pulled under, unless another is given', async () => {
    const env = { PATHACT_HOME: emptyHome() };
    const folder = join(env.PATHACT_HOME, 'data', 'sources', 'toy');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'a.sif'), 'MDM2 inhibits TP53\n');
    const record = { id: 'toy', title: 'Toy', licence: 'CC0-1.0', licenceUrl: 'https://example.org' };
    const facts = { pulledAt: '2026-01-01', downloads: [], files: [] };
    writeFileSync(join(folder, 'source.json'), JSON.stringify({ ...record, ...facts }));
    const edges = async (...flags: string[]) => {
      const words = ['graph', 'import', join(folder, 'a.sif'), '--name', 'x', '--replace', '--json'];
      const { stdout } = await runPathact([...words, '--policy', 'commercial', ...flags], env);
      return importReportSchema.parse(JSON.parse(stdout)).edges;
    };
    expect(await edges()).toBe(1);
    expect(await edges('--licence', 'CC BY-NC 4.0')).toBe(0);
  });

  test('what is not there exits 4, a corpus beside many files is wrong usage', async () => {
    const env = { PATHACT_HOME: emptyHome() };
    expect((await runPathact(['graph', 'import', '/nowhere/at/all', '--name', 'x'], env)).code).toBe(4);
    const toy = writeToyGraph();
    expect((await runPathact(['graph', 'import', toy, toy, '--entries', 'x', '--name', 'x'], env)).code).toBe(
      2,
    );
  });
});

test('every format of graph export is written, and what holds everything comes back', async () => {
  const env = { PATHACT_HOME: emptyHome() };
  const folder = folderWith({ 'a.tsv': signor });
  await runPathact(['graph', 'import', folder, '--name', 'mix'], env);
  for (const [format, file] of [
    ['json', 'x.json'],
    ['tsv', 'tables'],
    ['cx2', 'x.cx2'],
    ['graphml', 'x.graphml'],
  ] as const) {
    const output = join(folder, 'out', file);
    mkdirSync(join(folder, 'out'), { recursive: true });
    const args = ['graph', 'export', '--graph', 'mix', '--format', format, '-o', output, '--json'];
    const written = graphExportSchema.parse(JSON.parse((await runPathact(args, env)).stdout));
    expect(written).toMatchObject({ format, nodes: 2, edges: 1 });
    for (const path of written.files) expect(readFileSync(path, 'utf8')).not.toBe('');
    if (format === 'cx2') continue;
    const shown = await runPathact(['graph', 'show', 'TP53', '--graph', output, '--json'], env);
    expect(graphShowSchema.parse(JSON.parse(shown.stdout)).outgoing).toMatchObject([
      { sign: '+', sources: ['SIGNOR-1'] },
    ]);
  }
  expect((await runPathact(['graph', 'export', '--graph', 'mix', '--format', 'tsv'], env)).code).toBe(2);
});
