import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { detectFormat } from '../../../graphs/import/detect.ts';
import { findFiles } from '../../../graphs/import/find-files.ts';
import { lacksSharedData, sharedData } from '../../helpers/shared-data.ts';
import { folderWith } from '../../helpers/toy-graph.ts';

describe('what a file holds is told by its content', () => {
  test.each([
    ['graphml', '<?xml version="1.0"?>\n<!-- x --><graphml xmlns="http://graphml.graphdrawing.org/xmlns"/>'],
    ['kgml', '<!DOCTYPE pathway SYSTEM "KGML.dtd">\n<pathway name="path:hsa04010" org="hsa"></pathway>'],
    ['gpml', '<Pathway xmlns="http://pathvisio.org/GPML/2013a" Name="x"/>'],
    ['gpml', '\uFEFF<Pathway xmlns="http://pathvisio.org/GPML/2021" title="x"/>'],
    ['sbml', '<sbml xmlns="http://www.sbml.org/sbml/level3/version1/core" level="3"/>'],
    [
      'biopax',
      '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:bp="http://www.biopax.org/release/biopax-level3.owl#"/>',
    ],
    ['cx', '[{"numberVerification":[{"longNumber":281474976710655}]}]'],
    ['cx2', '[{"CXVersion":"2.0","hasFragments":false}]'],
    ['gml', 'Creator "me"\nVersion 1.0\ngraph [ node [ id 1 ] ]'],
    ['pathact-json', '{"format":"pathact-graph","version":1}'],
    ['signor', 'ENTITYA;TYPEA;IDA;DATABASEA;ENTITYB;TYPEB;IDB;DATABASEB;EFFECT\n'],
    ['signor-complexes', '"SIGNOR ID";"COMPLEX NAME";"LIST OF ENTITIES"\n'],
    ['omnipath', 'source\ttarget\tis_directed\tis_stimulation\n'],
    ['sif', 'A pp B\nB pp C\nC pp D\n'],
    [undefined, '<html><body/></html>'],
    [undefined, '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>'],
    [undefined, '{"some": "json"}'],
    [undefined, '# A readme\n\nWith words of all kinds.\n'],
    [undefined, 'id\tname\tcategory\n1\tone\tx\n2\ttwo\ty\n3\tthree\tz\n'],
    [undefined, ''],
  ])('%s', async (format, content) => {
    for (const bytes of [Buffer.from(content), gzipSync(content)]) {
      const path = join(folderWith({ file: bytes }), 'file');
      expect(await detectFormat(path)).toBe(format);
    }
  });

  test('a name decides only where content has no mark', async () => {
    const folder = folderWith({ 'lone.sif': 'A\nB\n', 'lone.txt': 'A\nB\n', 'x.sif': '<graphml/>' });
    expect(await detectFormat(join(folder, 'lone.sif'))).toBe('sif');
    expect(await detectFormat(join(folder, 'lone.txt'))).toBeUndefined();
    expect(await detectFormat(join(folder, 'x.sif'))).toBe('graphml');
  });

  test.skipIf(lacksSharedData('pathway-formats'))('every file of every format at hand is known', async () => {
    const { files } = await findFiles([sharedData('pathway-formats')]);
    const wrong: string[] = [];
    for (const { path } of files) {
      const folder = path.split('/').at(-2) as string;
      const format = await detectFormat(path);
      if (!(format ?? 'pathway-formats').startsWith(folder)) wrong.push(`${path}: ${format}`);
    }
    expect(wrong).toEqual([]);
  });
});

describe('folders', () => {
  test('are walked to their ends, hidden files skipped, each file once', async () => {
    const folder = folderWith({ 'b.sif': '', 'a.sif': '', '.hidden.sif': '' });
    mkdirSync(join(folder, 'deep/er'), { recursive: true });
    writeFileSync(join(folder, 'deep/er/c.sif'), '');
    symlinkSync(join(folder, 'a.sif'), join(folder, 'deep/again.sif'));
    const { files, failed } = await findFiles([folder, join(folder, 'a.sif')]);
    expect(files.map(({ path }) => path.slice(folder.length + 1))).toEqual([
      'a.sif',
      'b.sif',
      'deep/er/c.sif',
    ]);
    expect(failed).toEqual([]);
  });

  test('links that lead out or in a circle are refused', async () => {
    const outside = folderWith({ 'secret.sif': 'A pp B' });
    const folder = folderWith({ 'a.sif': '' });
    symlinkSync(join(outside, 'secret.sif'), join(folder, 'b.sif'));
    symlinkSync(outside, join(folder, 'c'));
    symlinkSync(folder, join(folder, 'd'));
    symlinkSync(join(folder, 'nowhere'), join(folder, 'e'));
    const { files, failed } = await findFiles([folder]);
    expect(files).toHaveLength(1);
    expect(failed.map(({ error }) => error.replace(/\(.*/, ''))).toEqual([
      'the link leads out of the folder that was named',
      'the link leads out of the folder that was named',
      'the link leads back to a folder above it',
      'cannot be read ',
    ]);
  });

  test('a folder of our tables is one graph', async () => {
    const folder = folderWith({ 'nodes.tsv': '', 'edges.tsv': '', 'processes.tsv': '' });
    const { files } = await findFiles([folder]);
    expect(files.map(({ path }) => path)).toEqual([folder]);
    expect(await detectFormat(folder)).toBe('pathact-tables');
  });
});
