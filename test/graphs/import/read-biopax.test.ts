import { expect, test } from 'vitest';
import { readBioPax } from '../../../graphs/import/biopax/read-biopax.ts';
import { compound, element, level2, level3, protein } from './biopax-documents.ts';
import { readTextWith, signedLines } from './collect.ts';

const read = (...elements: string[]) => readTextWith(readBioPax, level3(elements.join('\n')));

test('a catalysis acts on what comes out of its reaction, with the sign of its control type', async () => {
  const reaction = element('BiochemicalReaction', 'r', { left: '#MEK', right: '#pMEK' });
  const catalysis = (type: string) =>
    element('Catalysis', 'c', { controller: '#RAF', controlled: '#r', controlType: type });
  const parts = [protein('RAF'), protein('MEK'), protein('pMEK'), reaction];
  expect(signedLines(await read(...parts, catalysis('ACTIVATION')))).toEqual([
    '#MEK 0 #pMEK',
    '#RAF + #pMEK',
  ]);
  const inhibited = await read(...parts, catalysis('INHIBITION-COMPETITIVE'));
  expect(signedLines(inhibited)).toEqual(['#MEK 0 #pMEK', '#RAF - #pMEK']);
  expect(inhibited.relations[1]?.evidence).toMatchObject({
    type: 'catalysis',
    subtypes: ['inhibition', 'competitive'],
  });
});

test('a control without a control type is unsigned', async () => {
  const found = await read(
    protein('A'),
    protein('B'),
    protein('C'),
    element('BiochemicalReaction', 'r', { left: '#B', right: '#C' }),
    element('Catalysis', 'c', { controller: '#A', controlled: '#r' }),
  );
  expect(signedLines(found)).toEqual(['#A 0 #C', '#B 0 #C']);
});

test('signs compose along controls of controls, and the enzyme of a modulated catalysis is reached too', async () => {
  const found = await read(
    ...['drug', 'enzyme', 'in', 'out'].map((id) => protein(id)),
    element('BiochemicalReaction', 'r', { left: '#in', right: '#out' }),
    element('Catalysis', 'c', { controller: '#enzyme', controlled: '#r', controlType: 'INHIBITION' }),
    element('Modulation', 'm', {
      controller: '#drug',
      controlled: '#c',
      controlType: 'INHIBITION-ALLOSTERIC',
    }),
  );
  expect(signedLines(found)).toEqual(['#drug + #out', '#drug - #enzyme', '#enzyme - #out', '#in 0 #out']);
});

test('controls that control each other in a circle end', async () => {
  const found = await read(
    protein('A'),
    protein('B'),
    element('Control', 'c', { controller: '#A', controlled: '#d', controlType: 'ACTIVATION' }),
    element('Control', 'd', { controller: '#B', controlled: '#c', controlType: 'ACTIVATION' }),
  );
  expect(found.relations.length).toBeLessThanOrEqual(2);
});

test('controls of controls and complexes of complexes may go on without end', async () => {
  const chain = Array.from({ length: 5_000 }, (_, index) => index);
  const found = await read(
    protein('A'),
    ...chain.map((index) =>
      element('Control', `c${index}`, {
        controller: '#A',
        controlled: `#c${index + 1}`,
        controlType: 'ACTIVATION',
      }),
    ),
    ...chain.map((index) => element('Complex', `x${index}`, { component: `#x${index + 1}` })),
  );
  expect(found.nodes.length).toBe(5_001);
  expect(found.dropped).toMatchObject({ 'references to objects that the file lacks': 2 });
});

test('whoever drives a degradation lowers what goes in', async () => {
  const found = await read(
    protein('ligase'),
    protein('target'),
    element('Degradation', 'd', { left: '#target' }),
    element('Catalysis', 'c', { controller: '#ligase', controlled: '#d', controlType: 'ACTIVATION' }),
  );
  expect(signedLines(found)).toEqual(['#ligase - #target']);
  expect(found.dropped).toEqual({ 'reactions with one side': 1 });
});

test('a reaction runs the way it, its catalysis or its step says', async () => {
  const parts = [protein('A'), protein('B'), protein('E')];
  const backwards = await read(
    ...parts,
    element('BiochemicalReaction', 'r', { left: '#A', right: '#B', conversionDirection: 'RIGHT_TO_LEFT' }),
  );
  expect(signedLines(backwards)).toEqual(['#B 0 #A']);
  const byCatalysis = await read(
    ...parts,
    element('BiochemicalReaction', 'r', { left: '#A', right: '#B' }),
    element('Catalysis', 'c', {
      controller: '#E',
      controlled: '#r',
      controlType: 'ACTIVATION',
      catalysisDirection: 'RIGHT_TO_LEFT',
    }),
  );
  expect(signedLines(byCatalysis)).toEqual(['#B 0 #A', '#E + #A']);
  const both = await read(
    ...parts,
    element('BiochemicalReaction', 'r', { left: '#A', right: '#B', conversionDirection: 'REVERSIBLE' }),
  );
  expect(signedLines(both)).toEqual(['#A 0 #B', '#B 0 #A']);
});

test('compounds that come and go beside macromolecules are counted, not related', async () => {
  const found = await read(
    ...['kinase', 'S', 'pS'].map((id) => protein(id)),
    compound('ATP'),
    compound('ADP'),
    element('BiochemicalReaction', 'r', { left: ['#S', '#ATP'], right: ['#pS', '#ADP'] }),
    element('Catalysis', 'c', { controller: '#kinase', controlled: '#r', controlType: 'ACTIVATION' }),
  );
  expect(signedLines(found)).toEqual(['#S 0 #pS', '#kinase + #pS']);
  expect(found.dropped).toEqual({ 'compounds beside the macromolecules of a reaction': 2 });
});

test('a ligand that a complex takes up stays related to it', async () => {
  const found = await read(
    protein('receptor'),
    compound('hormone'),
    element('Complex', 'bound', { displayName: 'bound', component: ['#receptor', '#hormone'] }),
    element('ComplexAssembly', 'r', { left: ['#receptor', '#hormone'], right: '#bound' }),
  );
  expect(signedLines(found)).toEqual(['#hormone 0 #bound', '#receptor 0 #bound']);
});

test('complexes, sets and generic references name their members', async () => {
  const found = await read(
    protein('A'),
    protein('B', { entityReference: '#generic' }),
    element('ProteinReference', 'generic', { memberEntityReference: ['#one', '#two'] }),
    element('ProteinReference', 'one', { displayName: 'one' }),
    element('ProteinReference', 'two', { displayName: 'two' }),
    element('PhysicalEntity', 'set', { displayName: 'set', memberPhysicalEntity: ['#A', '#B'] }),
    element('Complex', 'complex', { displayName: 'complex', component: ['#A', '#set'] }),
    element('ComplexAssembly', 'r', { left: '#set', right: '#complex' }),
  );
  const kinds = found.nodes.map(({ id, nodeKind, members }) => [id, nodeKind, members]);
  expect(kinds).toEqual([
    ['#A', 'gene', undefined],
    ['#B', 'family', ['#one', '#two']],
    ['#set', 'family', ['#A', '#B']],
    ['#complex', 'complex', ['#A', '#set']],
    ['#one', 'gene', undefined],
    ['#two', 'gene', undefined],
  ]);
});

test('a set of states of one gene is that gene', async () => {
  const found = await read(
    protein('here', { entityReference: '#ref' }),
    protein('there', { entityReference: '#ref' }),
    protein('either', { memberPhysicalEntity: ['#here', '#there'] }),
    element('ProteinReference', 'ref', { xref: '#u' }),
    element('UnificationXref', 'u', { db: 'UniProt', id: 'Q02750' }),
  );
  const identity = { nodeKind: 'gene', references: [{ system: 'uniprot', id: 'Q02750' }] };
  expect(found.nodes).toMatchObject([identity, identity, identity]);
  expect(found.nodes.map(({ members }) => members)).toEqual([undefined, undefined, undefined]);
});

test('an entity carries the ids, names and species of its reference', async () => {
  const found = await read(
    protein('p-TP53', { entityReference: '#ref', name: 'phospho-p53' }),
    element('ProteinReference', 'ref', {
      standardName: 'Cellular &lt;i&gt;tumor&lt;/i&gt; antigen p53',
      organism: '#human',
      xref: ['#u', '#h', '#n', '#g'],
    }),
    element('UnificationXref', 'u', { db: 'UniProt', id: 'P04637-2' }),
    element('RelationshipXref', 'h', { db: 'HGNC Symbol', id: 'TP53' }),
    element('RelationshipXref', 'n', { db: 'NCBI Gene', id: '7157' }),
    element('RelationshipXref', 'g', { db: 'GO', id: 'GO:0000001' }),
    element('BioSource', 'human', { xref: '#taxon' }),
    element('UnificationXref', 'taxon', { db: 'taxonomy', id: '9606' }),
  );
  expect(found.nodes).toEqual([
    {
      kind: 'node',
      id: '#p-TP53',
      label: 'TP53',
      names: ['p-TP53', 'phospho-p53', 'Cellular tumor antigen p53'],
      nodeKind: 'gene',
      references: [
        { system: 'uniprot', id: 'P04637' },
        { system: 'symbol', id: 'TP53' },
        { system: 'ncbi', id: '7157' },
      ],
      species: '9606',
    },
  ]);
});

test('a name as Reactome gives it holds the symbol', async () => {
  const found = await read(
    protein('p-S15-TP53', { entityReference: '#ref' }),
    element('ProteinReference', 'ref', { name: ['UniProt:P04637 TP53', '2.7.11.24'], xref: '#u' }),
    element('UnificationXref', 'u', { db: 'UniProt', id: 'P04637' }),
  );
  expect(found.nodes[0]).toMatchObject({ label: 'TP53', names: ['p-S15-TP53', 'TP53'] });
  expect(found.nodes[0]?.references).toEqual([
    { system: 'uniprot', id: 'P04637' },
    { system: 'symbol', id: 'TP53' },
  ]);
});

test('two relationship ids of one system are no identity', async () => {
  const found = await read(
    protein('A', { xref: ['#one', '#two'] }),
    element('RelationshipXref', 'one', { db: 'Entrez Gene', id: '2781' }),
    element('RelationshipXref', 'two', { db: 'Entrez Gene', id: '2782' }),
  );
  expect(found.nodes[0]?.references).toEqual([]);
});

test('a relation names its pathways, publications, source and licence', async () => {
  const found = await read(
    protein('A'),
    protein('B'),
    element('BiochemicalReaction', 'r', {
      left: '#A',
      right: '#B',
      xref: ['#stable', '#paper'],
      evidence: '#e',
      availability: 'CC BY 4.0',
    }),
    element('Evidence', 'e', { xref: '#other' }),
    element('UnificationXref', 'stable', { db: 'Reactome', id: 'R-HSA-1' }),
    element('PublicationXref', 'paper', { db: 'Pubmed', id: '11' }),
    element('PublicationXref', 'other', { db: 'pubmed', id: '12' }),
    element('Pathway', 'p', { displayName: 'Signal', pathwayComponent: '#r' }),
    element('Pathway', 'q', { displayName: 'Stepwise', pathwayOrder: '#s' }),
    element('PathwayStep', 's', { stepProcess: '#r' }),
  );
  expect(found.relations[0]).toMatchObject({
    processes: [
      { id: 'p', name: 'Signal' },
      { id: 'q', name: 'Stepwise' },
    ],
    evidence: { source: 'R-HSA-1', process: 'p', pmids: ['11', '12'], licence: 'CC BY 4.0' },
  });
});

test('a gene that is expressed is acted on by what controls its expression', async () => {
  const found = await read(
    protein('TF'),
    element('Dna', 'gene', { displayName: 'gene' }),
    protein('P'),
    element('TemplateReaction', 't', { template: '#gene', product: '#P' }),
    element('TemplateReactionRegulation', 'c', {
      controller: '#TF',
      controlled: '#t',
      controlType: 'INHIBITION',
    }),
  );
  expect(signedLines(found)).toEqual(['#TF - #P', '#gene 0 #P']);
});

test('a pathway that is controlled, or that controls, is a node', async () => {
  const found = await read(
    protein('A'),
    element('Pathway', 'p', { displayName: 'Apoptosis' }),
    element('Control', 'c', { controller: '#A', controlled: '#p', controlType: 'ACTIVATION' }),
  );
  expect(signedLines(found)).toEqual(['#A + #p']);
  expect(found.nodes.at(-1)).toMatchObject({ id: '#p', label: 'Apoptosis', nodeKind: 'process' });
});

test('ids that lead nowhere are counted once each and end nothing', async () => {
  const found = await read(
    protein('A', { entityReference: '#absent' }),
    protein('B'),
    element('BiochemicalReaction', 'r', { left: ['#A', '#gone'], right: '#B' }),
    element('Catalysis', 'c', { controller: '#gone', controlled: '#nothing', controlType: 'ACTIVATION' }),
  );
  expect(signedLines(found)).toEqual(['#A 0 #B']);
  expect(found.dropped).toEqual({
    'controls without a controller': 1,
    'references to objects that the file lacks': 3,
  });
});

test('nested elements and absolute ids mean the same as references', async () => {
  const found = await read(
    `<bp:BiochemicalReaction rdf:about="http://example.org/model#r">
      <bp:left><bp:Protein rdf:ID="A"><bp:displayName>A</bp:displayName></bp:Protein></bp:left>
      <bp:right rdf:resource="http://example.org/model#B"/>
    </bp:BiochemicalReaction>`,
    protein('B'),
  );
  expect(signedLines(found)).toEqual(['#A 0 #B']);
});

test('level 2 is read under its own names', async () => {
  const text = level2(
    [
      element('protein', 'A', { 'SHORT-NAME': 'A', XREF: '#x', ORGANISM: '#o' }),
      element('unificationXref', 'x', { DB: 'UniProt', ID: 'P11111' }),
      element('bioSource', 'o', { 'TAXON-XREF': '#t' }),
      element('unificationXref', 't', { DB: 'NCBI_taxonomy', ID: '9606' }),
      element('smallMolecule', 'B', { NAME: 'B' }),
      element('smallMolecule', 'C', { NAME: 'C' }),
      element('physicalEntityParticipant', 'pA', { 'PHYSICAL-ENTITY': '#A' }),
      element('physicalEntityParticipant', 'pB', { 'PHYSICAL-ENTITY': '#B' }),
      element('sequenceParticipant', 'pC', { 'PHYSICAL-ENTITY': '#C' }),
      element('biochemicalReaction', 'r', { LEFT: '#pB', RIGHT: '#pC' }),
      element('catalysis', 'c', {
        CONTROLLER: '#pA',
        CONTROLLED: '#r',
        'CONTROL-TYPE': 'ACTIVATION',
        DIRECTION: 'PHYSIOL-RIGHT-TO-LEFT',
      }),
      element('pathway', 'p', { NAME: 'Path', 'PATHWAY-COMPONENTS': '#s' }),
      element('pathwayStep', 's', { 'STEP-INTERACTIONS': ['#c', '#r'] }),
    ].join('\n'),
  );
  const found = await readTextWith(readBioPax, text);
  expect(signedLines(found)).toEqual(['#A + #B', '#C 0 #B']);
  expect(found.relations[0]?.processes).toEqual([{ id: 'p', name: 'Path' }]);
  expect(found.nodes[0]).toMatchObject({
    species: '9606',
    references: [{ system: 'uniprot', id: 'P11111' }],
  });
});

test('in level 2 a protein that turns into itself changes its state, and is what a control reaches', async () => {
  const participant = (id: string, entity: string) =>
    element('sequenceParticipant', id, { 'PHYSICAL-ENTITY': entity });
  const text = level2(
    [
      element('protein', 'kinase', { NAME: 'kinase' }),
      element('protein', 'S', { NAME: 'S' }),
      participant('k', '#kinase'),
      participant('inactive', '#S'),
      participant('active', '#S'),
      element('biochemicalReaction', 'r', { LEFT: '#inactive', RIGHT: '#active' }),
      element('control', 'c', { CONTROLLER: '#k', CONTROLLED: '#r', 'CONTROL-TYPE': 'INHIBITION' }),
    ].join('\n'),
  );
  expect(signedLines(await readTextWith(readBioPax, text))).toEqual(['#kinase - #S']);
});

test('RDF without BioPAX, and XML without RDF, are refused with the place', async () => {
  const rdf = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"></rdf:RDF>';
  await expect(readTextWith(readBioPax, rdf)).rejects.toThrow(/:1: RDF without anything of BioPAX/);
  await expect(readTextWith(readBioPax, '<sbml/>')).rejects.toThrow(/:1: <sbml> is no <rdf:RDF>/);
  await expect(readTextWith(readBioPax, level3('<bp:Protein>'))).rejects.toThrow(/:\d+: /);
});
