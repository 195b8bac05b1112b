import { expect, test } from 'vitest';
import { readKgml } from '../../../graphs/import/pathway-maps/read-kgml.ts';
import { lacksSharedData, sharedData } from '../../helpers/shared-data.ts';
import { signedPairs, statedBy, statedIn } from '../../helpers/statements.ts';

const kgml = (content: string, head = '') =>
  `<?xml version="1.0"?>${head}<pathway name="path:hsa00001" org="hsa" number="00001" title="Toy map">${content}</pathway>`;
const entry = (id: number, name: string, type: string, box: string, more = '') =>
  `<entry id="${id}" name="${name}" type="${type}" ${more}><graphics name="${box}" /></entry>`;
const relation = (from: number, to: number, type: string, ...subtypes: string[]) =>
  `<relation entry1="${from}" entry2="${to}" type="${type}">` +
  `${subtypes.map((name) => `<subtype name="${name}" value="-->" />`).join('')}</relation>`;
const entries =
  entry(1, 'hsa:101', 'gene', 'AAA, A1...') +
  entry(2, 'hsa:102 hsa:103', 'gene', 'BBB, B1...') +
  entry(3, 'cpd:C00001', 'compound', 'C00001') +
  entry(4, 'path:hsa04110', 'map', 'TITLE:Cell cycle');

test('genes, families, compounds and maps are named by their boxes', async () => {
  const stated = await statedIn(
    readKgml,
    kgml(entries + relation(1, 2, 'PPrel', 'activation') + relation(3, 4, 'maplink', 'compound')),
  );
  expect(stated.nodes.get('hsa:101')).toMatchObject({
    label: 'AAA',
    names: ['A1'],
    nodeKind: 'gene',
    species: '9606',
    references: [{ system: 'ncbi', id: '101' }],
  });
  expect(stated.nodes.get('hsa:103')).toMatchObject({
    label: '',
    references: [{ system: 'ncbi', id: '103' }],
  });
  expect(stated.nodes.get('family hsa:102 hsa:103')).toMatchObject({
    nodeKind: 'family',
    members: ['hsa:102', 'hsa:103'],
  });
  expect(stated.nodes.get('cpd:C00001')).toMatchObject({ label: '', nodeKind: 'compound' });
  expect(stated.nodes.get('path:hsa04110')).toMatchObject({ label: 'Cell cycle', nodeKind: 'map' });
});

test.each([
  [['activation'], '+'],
  [['expression'], '+'],
  [['inhibition', 'phosphorylation'], '-'],
  [['repression'], '-'],
  [['phosphorylation'], '0'],
  [['indirect'], '0'],
  [['ubiquination'], '0'],
  [['binding/association'], '0'],
  [['activation', 'inhibition'], 'conflict'],
  [['activation', 'missing'], '0'],
  [[], '0'],
])('subtypes %j have the sign %s', async (subtypes, sign) => {
  const { relations } = await statedIn(readKgml, kgml(entries + relation(1, 3, 'PPrel', ...subtypes)));
  expect(relations.map(({ evidence }) => evidence.sign)).toEqual([sign]);
  expect(relations[0]?.processes).toEqual([{ id: 'hsa00001', name: 'Toy map' }]);
  expect(relations[0]?.evidence.licence).toMatch(/academic/);
});

test('a group is the complex of its components', async () => {
  const group = '<entry id="9" name="undefined" type="group"><component id="1"/><component id="3"/></entry>';
  const stated = await statedIn(readKgml, kgml(entries + group + relation(9, 4, 'PPrel', 'activation')));
  expect(stated.nodes.get('complex hsa:101 cpd:C00001')).toMatchObject({
    nodeKind: 'complex',
    members: ['hsa:101', 'cpd:C00001'],
  });
});

test('a reaction leads from substrates and enzymes to products, a reversible one also back', async () => {
  const reaction = (type: string) =>
    entry(1, 'hsa:101', 'gene', 'AAA', 'reaction="rn:R00001"') +
    entry(3, 'cpd:C00001', 'compound', 'Sub') +
    entry(5, 'cpd:C00002', 'compound', 'Prod') +
    `<reaction id="1" name="rn:R00001" type="${type}"><substrate id="3" name="cpd:C00001"/>` +
    '<product id="5" name="cpd:C00002"/></reaction>';
  const forth = ['Sub 0 Prod', 'AAA 0 Prod'];
  expect(signedPairs(await statedIn(readKgml, kgml(reaction('irreversible'))))).toEqual(forth);
  expect(signedPairs(await statedIn(readKgml, kgml(reaction('reversible'))))).toEqual([
    ...forth,
    'Prod 0 Sub',
    'AAA 0 Sub',
  ]);
});

test('a grammar elsewhere is not fetched, entities are refused, dangling ends are counted', async () => {
  const doctype = '<!DOCTYPE pathway SYSTEM "http://localhost:1/KGML.dtd">';
  const stated = await statedIn(readKgml, kgml(entries + relation(1, 77, 'PPrel', 'activation'), doctype));
  expect(stated.dropped).toEqual({ 'relations with an end that the map does not define': 1 });
  const bomb = '<!DOCTYPE pathway [<!ENTITY a "xx"><!ENTITY b "&a;&a;">]>';
  await expect(statedIn(readKgml, kgml(entries, bomb))).rejects.toThrow(/not allowed/);
  const outside = '<!DOCTYPE pathway [<!ENTITY a SYSTEM "file:///etc/passwd">]>';
  await expect(statedIn(readKgml, kgml(entries, outside))).rejects.toThrow(/not allowed/);
});

test.skipIf(lacksSharedData('kegg-kgml'))('maps of both versions are read', async () => {
  const old = await statedBy(readKgml(sharedData('kegg-kgml/kegggraph/hsa04010.xml')));
  expect(old.relations.length).toBeGreaterThan(150);
  expect(old.dropped).toEqual({});
  const newer = await statedBy(readKgml(sharedData('kegg-kgml/keggscape/hsa00010.xml')));
  expect(newer.relations.some(({ evidence }) => evidence.type === 'reaction')).toBe(true);
});
