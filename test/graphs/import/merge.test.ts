import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { importFiles } from '../../../graphs/import/import-files.ts';
import type { PathwayGraph } from '../../../graphs/pathway-graph.ts';
import { lacksSharedData, sharedData } from '../../helpers/shared-data.ts';
import { folderWith } from '../../helpers/toy-graph.ts';

const signor =
  'entitya\ttypea\tida\tdatabasea\tentityb\ttypeb\tidb\tdatabaseb\teffect\tmechanism\tpmid\tsignor_id\n' +
  'TP53\tprotein\tP04637\tUNIPROT\tMDM2\tprotein\tQ00987\tUNIPROT\tup-regulates\tbinding\t11\tSIGNOR-1\n';
const dataNode = (id: string, label: string, database: string, value: string, more = '') =>
  `<DataNode TextLabel="${label}" GraphId="${id}" Type="Protein" ${more}><Xref Database="${database}" ID="${value}"/></DataNode>`;
const arrow = (from: string, to: string, head: string) =>
  `<Interaction><Graphics><Point GraphRef="${from}"/><Point GraphRef="${to}" ArrowHead="${head}"/></Graphics></Interaction>`;
const gpml = (wp: string, ...parts: string[]) =>
  `<Pathway xmlns="http://pathvisio.org/GPML/2013a" Name="${wp}" Organism="Homo sapiens" Version="${wp}_r1">${parts.join('')}</Pathway>`;

const importOf = (files: Record<string, string>, options: Partial<Parameters<typeof importFiles>[1]> = {}) =>
  importFiles([folderWith(files)], { name: 'toy', ...options });
const edgesOf = (graph: PathwayGraph) => graph.mapEdges((edge, { sign }) => `${edge} ${sign}`);

describe('the merge of several files', () => {
  test('one edge an ordered pair, with the evidences of every source and a conflict where they disagree', async () => {
    const { graph, report } = await importOf({
      'a.tsv': signor,
      'b.gpml': gpml(
        'WP1',
        dataNode('x', 'TP53', '', ''),
        dataNode('y', 'MDM2', '', ''),
        arrow('x', 'y', 'TBar'),
      ),
    });
    expect(edgesOf(graph)).toEqual(['TP53->MDM2 conflict']);
    const { evidences, processes } = graph.getEdgeAttributes('TP53->MDM2');
    expect(evidences.map(({ source, sign, licence }) => [source, sign, licence])).toEqual([
      ['SIGNOR-1', '+', 'CC BY 4.0'],
      ['WP1', '-', 'CC0 1.0'],
    ]);
    expect(processes).toEqual([{ id: 'WP1', name: 'WP1' }]);
    expect(report).toMatchObject({ nodes: 2, edges: 1, merged: 1 });
  });

  test('a relation stated again word for word counts as merged and joins its citations', async () => {
    const { graph, report } = await importOf({
      'a.tsv': signor,
      'b.tsv': signor.replace('\t11\t', '\t22\t'),
    });
    expect(report.merged).toBe(1);
    expect(graph.getEdgeAttributes('TP53->MDM2').evidences.map(({ pmids }) => pmids)).toEqual([['11', '22']]);
  });

  test('without tables genes merge by exact symbol within a species, and an id stands for its usual symbol', async () => {
    const { graph, nodesMerged, unmapped } = await importOf({
      'a.gpml': gpml(
        'WP1',
        dataNode('1', 'TP53', 'Entrez Gene', '7157'),
        dataNode('2', 'TP53', 'Ensembl', 'ENSG00000141510'),
        dataNode('3', 'TP53', 'Entrez Gene', '7157'),
        dataNode('4', 'p53', 'Entrez Gene', '7157'),
        dataNode('5', 'MDM2', 'Entrez Gene', '4193'),
        arrow('1', '5', 'mim-stimulation'),
        arrow('4', '5', 'mim-binding'),
        arrow('2', '5', 'Arrow'),
      ),
      'mouse.gpml': gpml(
        'WP2',
        dataNode('1', 'TP53', '', ''),
        dataNode('2', 'MDM2', '', ''),
        arrow('1', '2', 'Arrow'),
      ).replace('Homo sapiens', 'Mus musculus'),
    });
    expect(graph.nodes()).toEqual(['TP53', 'MDM2', 'TP53(10090)', 'MDM2(10090)']);
    expect(graph.getNodeAttributes('TP53')).toMatchObject({
      label: 'TP53',
      names: ['p53'],
      xrefs: { ncbi: '7157', ensembl: 'ENSG00000141510' },
    });
    expect(nodesMerged).toEqual({ 'merged-by-symbol': 2, 'merged-by-id': 1 });
    expect(unmapped).toEqual({ ncbi: 2, none: 2 });
  });

  test('a wrong id joins no two symbols: an id that two names share decides for neither', async () => {
    const { graph } = await importOf({
      'a.gpml': gpml(
        'WP1',
        dataNode('1', 'EP300', 'Entrez Gene', '2063'),
        dataNode('2', 'NR2F6', 'Entrez Gene', '2063'),
        dataNode('3', 'X1', '', ''),
        arrow('1', '3', 'Arrow'),
        arrow('2', '3', 'TBar'),
      ),
    });
    expect(graph.nodes().sort()).toEqual(['EP300', 'NR2F6', 'X1']);
  });

  test('the mapping tables of the user decide where they know an id, a symbol or an alias', async () => {
    const identifiers = folderWith({
      'hgnc_complete_set.txt':
        'hgnc_id\tsymbol\tname\talias_symbol\tprev_symbol\tentrez_id\tensembl_gene_id\tuniprot_ids\n' +
        'HGNC:11998\tTP53\ttumor protein p53\t"p53|LFS1"\t\t7157\tENSG00000141510\tP04637\n' +
        'HGNC:6973\tMDM2\tMDM2 proto-oncogene\tHDM2\t\t4193\tENSG00000135679\tQ00987\n',
      'compounds.tsv': 'chebi_accession\tname\tsynonyms\nCHEBI:17234\tglucose\tD-glucose|dextrose\n',
    });
    const { graph, unmapped, nodesMerged } = await importOf(
      {
        'a.tsv': signor,
        'b.gpml': gpml(
          'WP1',
          dataNode('1', 'cellular tumor antigen', 'Ensembl', 'ENSG00000141510'),
          dataNode('2', 'hdm2', '', ''),
          dataNode('3', 'Dextrose', '', '').replace('Protein', 'Metabolite'),
          dataNode('4', 'sugar', 'ChEBI', 'CHEBI:17234').replace('Protein', 'Metabolite'),
          arrow('1', '2', 'mim-stimulation'),
          arrow('3', '1', 'mim-stimulation'),
          arrow('4', '2', 'TBar'),
        ),
      },
      { identifiers: [identifiers] },
    );
    expect(graph.nodes().sort()).toEqual(['MDM2', 'TP53', 'glucose']);
    expect(unmapped).toEqual({});
    expect(nodesMerged).toMatchObject({ 'merged-by-id': 2, 'merged-by-symbol': 1 });
  });

  test('a complex is a node with its parts, the same wherever it has the same parts; a group of one is that one', async () => {
    const group = (style: string, more = '') => `<Group GroupId="g" GraphId="G" Style="${style}" ${more}/>`;
    const member = (id: string, label: string) => dataNode(id, label, '', '', 'GroupRef="g"');
    const target = dataNode('t', 'T1', '', '');
    const { graph } = await importOf({
      'a.gpml': gpml(
        'WP1',
        member('1', 'FOS'),
        member('2', 'JUN'),
        target,
        group('Complex'),
        arrow('G', 't', 'Arrow'),
      ),
      'b.gpml': gpml(
        'WP2',
        member('7', 'JUN'),
        member('8', 'FOS'),
        target,
        group('Complex'),
        arrow('G', 't', 'Arrow'),
      ),
      'c.gpml': gpml('WP3', member('1', 'FOS'), target, group('Group'), arrow('G', 't', 'TBar')),
    });
    expect(edgesOf(graph)).toEqual(['FOS+JUN->T1 +', 'FOS->T1 -', 'FOS->FOS+JUN 0', 'JUN->FOS+JUN 0']);
    expect(graph.getNodeAttribute('FOS+JUN', 'kind')).toBe('complex');
    expect(graph.getEdgeAttribute('JUN->FOS+JUN', 'type')).toBe('partof');
    expect(graph.getAttribute('entries').get('FOS+JUN')).toMatchObject({ MEMBERS: ['FOS', 'JUN'] });
  });

  test('FamPlex names families, by their name and by their members', async () => {
    const famplex = folderWith({
      'entities.csv': 'AKT\n',
      'equivalences.csv': 'BEL,AKT Family,AKT\n',
      'relations.csv': 'HGNC,AKT1,isa,FPLX,AKT\nHGNC,AKT2,isa,FPLX,AKT\n',
    });
    const { graph } = await importOf(
      {
        'a.gpml': gpml(
          'WP1',
          dataNode('1', 'AKT', '', ''),
          dataNode('2', 'T1', '', ''),
          arrow('1', '2', 'Arrow'),
        ),
        'b.gpml': gpml(
          'WP2',
          dataNode('1', 'AKT1', '', '', 'GroupRef="g"'),
          dataNode('2', 'AKT2', '', '', 'GroupRef="g"'),
          dataNode('3', 'T2', '', ''),
          '<Group GroupId="g" GraphId="G" Style="Group"/>',
          arrow('G', '3', 'TBar'),
        ),
      },
      { famplex },
    );
    expect(graph.outNeighbors('AKT')).toEqual(['T1', 'T2']);
    expect(graph.inNeighbors('AKT').sort()).toEqual(['AKT1', 'AKT2']);
    expect(graph.getNodeAttribute('AKT', 'kind')).toBe('family');
  });

  test('names of files that tell no kind join the genes they name', async () => {
    const { graph } = await importOf({ 'a.tsv': signor, 'b.sif': 'MDM2 inhibits TP53\nFOO pp TP53\n' });
    expect(graph.nodes()).toEqual(['TP53', 'MDM2', 'FOO']);
    expect(edgesOf(graph)).toEqual(['TP53->MDM2 +', 'MDM2->TP53 -', 'FOO->TP53 0']);
  });

  test('the commercial policy keeps what is known to allow it; a licence can be given', async () => {
    const files = { 'a.tsv': signor, 'b.sif': 'MDM2 inhibits TP53\n' };
    const strict = await importOf(files, { policy: 'commercial' });
    expect(edgesOf(strict.graph)).toEqual(['TP53->MDM2 +']);
    expect(strict.report.dropped['relations whose licence is not known to allow commercial use']).toBe(1);
    const given = await importOf(files, { policy: 'commercial', licenceOf: () => 'CC BY 4.0' });
    expect(given.graph.size).toBe(2);
    const denied = await importOf(files, { policy: 'commercial', licenceOf: () => 'CC BY-NC 4.0' });
    expect(denied.graph.size).toBe(1);
  });
});

describe('what cannot be read', () => {
  test('a broken file stops no other; files of other kinds are counted', async () => {
    const found = await importOf({
      'a.tsv': signor,
      'broken.gpml': gpml('WP1', dataNode('1', 'A', '', '')).slice(0, 150),
      'README.md': '# Some words that are no pathway\n',
      'picture.png': '\u0089PNG\r\n\u001a\n',
    });
    expect(found.files).toHaveLength(1);
    expect(found.failed).toEqual([
      { file: expect.stringContaining('broken.gpml'), error: expect.stringMatching(/gpml:1: unclosed tag/) },
    ]);
    expect(found.report.dropped['files of no known format']).toBe(2);
  });

  test('where nothing can be read, each reason is in the error', async () => {
    const folder = folderWith({ 'broken.gpml': gpml('WP1').slice(0, -4) });
    await expect(importFiles([folder], { name: 'x' })).rejects.toMatchObject({ exitCode: 1, failed: [{}] });
    const prose = join(folderWith({}), 'x.txt');
    writeFileSync(prose, 'no pathway\n');
    await expect(importFiles([prose], { name: 'x' })).rejects.toThrow(/in none of the formats/);
  });

  test('relations with ends that the file lacks are counted', async () => {
    const { report } = await importOf({
      'a.graphml':
        '<graphml><graph edgedefault="directed"><node id="a"/><node id="b"/><edge source="a" target="b"/>' +
        '<edge source="a" target="nowhere"/></graph></graphml>',
    });
    expect(report).toMatchObject({
      edges: 1,
      dropped: { 'relations with an end that the file does not define': 1 },
    });
  });

  test('importing stops when it is told to', async () => {
    const stopped = importFiles([folderWith({ 'a.tsv': signor })], { name: 'x' }, AbortSignal.abort());
    await expect(stopped).rejects.toThrow(/abort/i);
  });
});

test('any relations of any names give one node a name, one edge a pair, and nothing is lost uncounted', async () => {
  const name = fc.constantFrom('A', 'b', 'a->b', 'constructor', 'x y', 'hsa:1', '_', 'A_(other)');
  const relation = fc.tuple(name, fc.constantFrom('1', '-1', 'pp', 'activates', '0'), name);
  await fc.assert(
    fc.asyncProperty(fc.array(relation, { minLength: 1, maxLength: 12 }), async (relations) => {
      const text = relations.map((row) => row.join('\t')).join('\n');
      const { graph, report } = await importOf({ 'a.sif': text });
      const kept = relations.filter(([head, type, tail]) => type !== '0' && head !== tail);
      expect(graph.size).toBe(new Set(kept.map(([head, , tail]) => `${head}\t${tail}`)).size);
      expect(graph.order).toBe(new Set(kept.flatMap(([head, , tail]) => [head, tail])).size);
      const { merged, edges, dropped } = report;
      const zero = dropped['relations of weight 0'] ?? 0;
      const loops = dropped['self-loop edges'] ?? 0;
      expect(edges + merged + zero + loops).toBe(relations.length);
    }),
    { numRuns: 60 },
  );
});

test.skipIf(lacksSharedData('kegg-kgml'))('every KGML map at hand is imported', async () => {
  const { files, failed, graph } = await importFiles([sharedData('kegg-kgml')], { name: 'kegg' });
  expect([files.length, failed]).toEqual([20, []]);
  expect(graph.size).toBeGreaterThan(2500);
  expect(graph.filterNodes((_node, { label }) => label === 'GSK3B')).toEqual(['GSK3B']);
});

test.skipIf(lacksSharedData('wikipathways'))(
  'every human pathway of WikiPathways is imported; a gene is one node',
  async () => {
    const folders = ['gpml_gz', 'gpml'].map((folder) => sharedData(`wikipathways/${folder}`));
    const { files, failed, graph } = await importFiles(folders, { name: 'wp' });
    expect([files.length, failed]).toEqual([701, []]);
    expect(graph.size).toBeGreaterThan(35_000);
    for (const symbol of ['PPARG', 'EP300', 'GSK3B']) {
      expect(graph.filterNodes((_node, { label }) => label.toUpperCase() === symbol)).toEqual([symbol]);
    }
    expect(graph.getNodeAttribute('GSK3B', 'xrefs')).toMatchObject({
      ncbi: '2932',
      ensembl: 'ENSG00000082701',
    });
  },
  120_000,
);
