import { describe, expect, test } from 'vitest';
import { readGpml } from '../../../graphs/import/pathway-maps/read-gpml.ts';
import { lacksSharedData, sharedData } from '../../helpers/shared-data.ts';
import { signedPairs, statedBy, statedIn } from '../../helpers/statements.ts';

const node = (id: string, type = 'GeneProduct', more = '') =>
  `<DataNode TextLabel="${id.toUpperCase()}" GraphId="${id}" Type="${type}" ${more}><Xref Database="" ID="" /></DataNode>`;
const line = (from: string, to: string, arrow: string, anchor = '') =>
  `<Interaction><BiopaxRef>c1</BiopaxRef><Graphics><Point GraphRef="${from}" /><Point GraphRef="${to}" ` +
  `${arrow && `ArrowHead="${arrow}"`} />${anchor && `<Anchor Position="0.5" GraphId="${anchor}" />`}</Graphics></Interaction>`;
const drawing = (...parts: string[]) =>
  '<?xml version="1.0"?><Pathway xmlns="http://pathvisio.org/GPML/2013a" Name="Toy" Organism="Homo sapiens" ' +
  `Data-Source="WikiPathways" Version="WP99_r1">${['a', 'b', 'c', 'e'].map((id) => node(id)).join('')}` +
  `${node('m', 'Metabolite')}${node('p', 'Metabolite')}${parts.join('')}` +
  '<Biopax><bp:PublicationXref xmlns:bp="http://www.biopax.org/release/biopax-level3.owl#" ' +
  'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" rdf:id="c1"><bp:ID>123</bp:ID><bp:DB>PubMed</bp:DB>' +
  '</bp:PublicationXref></Biopax></Pathway>';
const read = (...parts: string[]) => statedIn(readGpml, drawing(...parts), 'toy.gpml');

describe('GPML 2013a', () => {
  test.each([
    ['mim-stimulation', '+', undefined],
    ['mim-necessary-stimulation', '+', undefined],
    ['mim-transcription-translation', '+', undefined],
    ['Arrow', '+', 'assumed'],
    ['mim-inhibition', '-', undefined],
    ['TBar', '-', undefined],
    ['mim-binding', '0', undefined],
    ['mim-conversion', '0', undefined],
    ['mim-modification', '0', undefined],
    ['mim-cleavage', '0', undefined],
    ['mim-catalysis', '0', undefined],
    ['', '0', undefined],
  ])('an arrow head %s has the sign %s', async (arrow, sign, basis) => {
    const { relations } = await read(line('a', 'b', arrow));
    expect(relations.map(({ evidence }) => [evidence.sign, evidence.signBasis])).toEqual([[sign, basis]]);
    expect(relations[0]).toMatchObject({ head: 'a', tail: 'b', processes: [{ id: 'WP99', name: 'Toy' }] });
    expect(relations[0]?.evidence).toMatchObject({
      source: 'WP99',
      type: arrow || 'line',
      pmids: ['123'],
      licence: 'CC0 1.0',
    });
  });

  test('catalysis onto an anchor raises the products of the anchored reaction', async () => {
    const stated = await read(line('m', 'p', 'mim-conversion', 'x'), line('e', 'x', 'mim-catalysis'));
    expect(signedPairs(stated)).toEqual(['M 0 P', 'E + P']);
  });

  test('acting on a signed line multiplies signs: inhibiting an inhibition raises', async () => {
    const stated = await read(
      line('a', 'b', 'mim-inhibition', 'x'),
      line('c', 'x', 'TBar', 'y'),
      line('e', 'y', 'mim-stimulation'),
    );
    expect(signedPairs(stated)).toEqual(['A - B', 'C + B', 'E - B']);
  });

  test('a line that begins on an anchor leads on from where the anchored line begins', async () => {
    const stated = await read(line('m', 'p', 'mim-conversion', 'x'), line('x', 'c', 'mim-conversion'));
    expect(signedPairs(stated)).toEqual(['M 0 P', 'M 0 C']);
  });

  test('a head at the first end turns the line round; heads at both ends are two relations', async () => {
    const turned =
      '<Interaction><Graphics><Point GraphRef="a" ArrowHead="TBar" /><Point GraphRef="b" /></Graphics></Interaction>';
    const both =
      '<Interaction><Graphics><Point GraphRef="a" ArrowHead="mim-binding" /><Point GraphRef="c" ArrowHead="mim-binding" />' +
      '</Graphics></Interaction>';
    expect(signedPairs(await read(turned, both))).toEqual(['B - A', 'A 0 C', 'C 0 A']);
  });

  test('a complex and a group are nodes with members; a state is its node', async () => {
    const stated = await read(
      node('k', 'Protein', 'GroupRef="g1"'),
      node('l', 'Protein', 'GroupRef="g1"'),
      '<Group GroupId="g1" GraphId="g" Style="Complex" TextLabel="KL" />',
      '<State TextLabel="p" GraphId="s" GraphRef="b" />',
      line('g', 's', 'mim-stimulation'),
    );
    expect(stated.nodes.get('g')).toMatchObject({ label: 'KL', nodeKind: 'complex', members: ['k', 'l'] });
    expect(signedPairs(stated)).toEqual(['KL + B']);
  });

  test('loose ends, unnamed shapes, graphics and missing elements are counted by reason', async () => {
    const loose =
      '<Interaction><Graphics><Point X="1" Y="2" /><Point GraphRef="b" /></Graphics></Interaction>';
    const stated = await read(
      loose,
      '<Shape GraphId="box" />',
      '<Label GraphId="word" TextLabel="Apoptosis" />',
      line('a', 'box', 'Arrow'),
      line('a', 'nowhere', 'Arrow'),
      line('a', 'word', 'Arrow'),
      '<GraphicalLine><Graphics><Point GraphRef="a" /><Point GraphRef="b" /></Graphics></GraphicalLine>',
      line('q', 'r', 'Arrow', 'ring'),
    );
    expect(stated.dropped).toEqual({
      'lines that are only graphics': 1,
      'lines with a loose end': 1,
      'lines that end on a shape without a name': 1,
      'lines that end on something the file lacks': 2,
    });
    expect(signedPairs(stated)).toEqual(['A + Apoptosis']);
  });

  test('anchors in a circle end', async () => {
    const stated = await read(line('x', 'y', 'Arrow', 'x'), line('y', 'x', 'Arrow', 'y'));
    expect(stated.relations).toEqual([]);
    expect(stated.dropped).toEqual({ 'lines that end on a line with a loose end': 2 });
  });
});

test('GPML 2021 says the same in other words', async () => {
  const stated = await statedIn(readGpml, gpml2021, 'WP98.gpml');
  expect(signedPairs(stated)).toEqual(['Glucose 0 G6P', 'HK1 + G6P', 'ABC - HK1', 'HK1 + TF', 'TF 0 HK1']);
  expect(stated.relations[1]).toMatchObject({
    processes: [{ id: 'WP98', name: 'Toy 2021' }],
    evidence: {
      type: 'mim-catalysis',
      subtypes: ['onto mim-conversion'],
      pmids: ['456'],
      licence: 'CC0 1.0',
    },
  });
  expect(stated.nodes.get('n2')?.references).toEqual([{ system: 'ncbi', id: '3098' }]);
  expect(stated.nodes.get('g1')).toMatchObject({ nodeKind: 'complex', members: ['n4', 'n5'] });
});

// The schema is GPML2021.xsd of PathVisio/GPML.
const gpml2021 = `<?xml version="1.0" encoding="UTF-8"?>
<Pathway xmlns="http://pathvisio.org/GPML/2021" title="Toy 2021" organism="Homo sapiens" source="WikiPathways">
  <Xref identifier="WP98" dataSource="WikiPathways" />
  <DataNodes>
    <DataNode elementId="n1" textLabel="Glucose" type="Metabolite"><Xref identifier="CHEBI:17234" dataSource="chebi" /></DataNode>
    <DataNode elementId="n2" textLabel="HK1" type="GeneProduct"><Xref identifier="3098" dataSource="ncbigene" />
      <States><State elementId="s1" textLabel="P" type="ProteinModification"><Xref identifier="x" dataSource="y" /></State></States>
    </DataNode>
    <DataNode elementId="n3" textLabel="G6P" type="Metabolite" />
    <DataNode elementId="n4" textLabel="A" type="Protein" groupRef="g1" />
    <DataNode elementId="n5" textLabel="B" type="Protein" groupRef="g1" />
    <DataNode elementId="n6" textLabel="ABC" type="Alias" aliasRef="g1" />
    <DataNode elementId="n7" textLabel="TF" type="Protein" />
  </DataNodes>
  <Interactions>
    <Interaction elementId="i1"><Waypoints>
      <Point elementId="p1" arrowHead="Undirected" x="0" y="0" elementRef="n1" />
      <Point elementId="p2" arrowHead="Conversion" x="1" y="0" elementRef="n3" />
      <Anchor elementId="a1" position="0.5" shapeType="None" /></Waypoints><Graphics /></Interaction>
    <Interaction elementId="i2"><Waypoints>
      <Point elementId="p3" arrowHead="Undirected" x="0" y="0" elementRef="n2" />
      <Point elementId="p4" arrowHead="Catalysis" x="1" y="0" elementRef="a1" /></Waypoints><Graphics />
      <CitationRef elementRef="c1" /></Interaction>
    <Interaction elementId="i3"><Waypoints>
      <Point elementId="p5" arrowHead="Undirected" x="0" y="0" elementRef="n6" />
      <Point elementId="p6" arrowHead="Inhibition" x="1" y="0" elementRef="s1" /></Waypoints><Graphics /></Interaction>
    <Interaction elementId="i4"><Waypoints>
      <Point elementId="p7" arrowHead="Undirected" x="0" y="0" elementRef="n2" />
      <Point elementId="p8" arrowHead="TranscriptionTranslation" x="1" y="0" elementRef="n7" /></Waypoints><Graphics /></Interaction>
    <Interaction elementId="i5"><Waypoints>
      <Point elementId="p9" arrowHead="Undirected" x="0" y="0" elementRef="n7" />
      <Point elementId="p10" arrowHead="Translocation" x="1" y="0" elementRef="n2" /></Waypoints><Graphics /></Interaction>
  </Interactions>
  <Groups><Group elementId="g1" textLabel="ABC" type="Complex" /></Groups>
  <Citations><Citation elementId="c1"><Xref identifier="456" dataSource="pubmed" /></Citation></Citations>
</Pathway>`;

test.skipIf(lacksSharedData('wikipathways'))('a real drawing is read whole', async () => {
  const stated = await statedBy(readGpml(sharedData('wikipathways/gpml/WP1541.gpml')));
  expect(stated.nodes.get('a08d4')).toMatchObject({
    label: 'PPARG',
    nodeKind: 'gene',
    species: '9606',
    references: [{ system: 'ncbi', id: '5468' }],
  });
  expect(stated.relations.length).toBeGreaterThan(10);
});
