import { expect, test } from 'vitest';
import { readSbml } from '../../../graphs/import/sbml/read-sbml.ts';
import { MalformedFileError } from '../../../src/errors.ts';
import { readTextWith, signedLines } from './collect.ts';

const species = (...ids: string[]) =>
  ids.map((id) => `<species id="${id}" name="${id}" compartment="c"/>`).join('');

const references = (list: string, names: readonly string[]) =>
  names.length === 0
    ? ''
    : `<listOf${list}>${names.map((name) => `<speciesReference species="${name}"/>`).join('')}</listOf${list}>`;

interface ReactionParts {
  from?: string[];
  to?: string[];
  reversible?: boolean;
  more?: string;
}

function reaction(id: string, { from = [], to = [], reversible = false, more = '' }: ReactionParts): string {
  return `<reaction id="${id}" reversible="${reversible}">
    ${references('Reactants', from)}${references('Products', to)}${more}</reaction>`;
}

const modifier = (name: string, sboTerm: string) =>
  `<modifierSpeciesReference species="${name}" sboTerm="${sboTerm}"/>`;

function sbml(declarations: string, reactions: string, more = ''): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<sbml xmlns="http://www.sbml.org/sbml/level3/version1/core" level="3" version="1"
  xmlns:fbc="http://www.sbml.org/sbml/level3/version1/fbc/version2"
  xmlns:groups="http://www.sbml.org/sbml/level3/version1/groups/version1">
<model id="m"><listOfCompartments><compartment id="c"/></listOfCompartments>
<listOfSpecies>${declarations}</listOfSpecies><listOfReactions>${reactions}</listOfReactions>${more}</model></sbml>`;
}

const read = (declarations: string, reactions: string, more?: string) =>
  readTextWith(readSbml, sbml(declarations, reactions, more));

test('a reaction folds into unsigned relations from what goes in to what comes out', async () => {
  const found = await read(species('A', 'B', 'C'), reaction('r', { from: ['A', 'B'], to: ['C'] }));
  expect(signedLines(found)).toEqual(['A 0 C', 'B 0 C']);
  expect(found.relations[0]?.evidence).toMatchObject({ source: 'm', type: 'conversion' });
});

test('a reversible reaction goes both ways', async () => {
  const found = await read(species('A', 'B'), reaction('r', { from: ['A'], to: ['B'], reversible: true }));
  expect(signedLines(found)).toEqual(['A 0 B', 'B 0 A']);
});

test.each([
  ['a catalyst', 'SBO:0000013', '+', 'catalysis'],
  ['a stimulator', 'SBO:0000459', '+', 'modulation'],
  ['an inhibitor', 'SBO:0000020', '-', 'modulation'],
  ['a modifier of no known manner', 'SBO:0000019', '0', 'modulation'],
])('%s acts on what comes out by its SBO term', async (_, sboTerm, sign, type) => {
  const more = `<listOfModifiers>${modifier('E', sboTerm)}</listOfModifiers>`;
  const found = await read(species('A', 'B', 'E'), reaction('r', { from: ['A'], to: ['B'], more }));
  expect(signedLines(found)).toEqual(['A 0 B', `E ${sign} B`].sort());
  expect(found.relations.at(-1)?.evidence.type).toBe(type);
});

test('gene products of a flux balance model catalyse, and groups are processes', async () => {
  const more = `<fbc:geneProductAssociation><fbc:or><fbc:geneProductRef fbc:geneProduct="G_1"/>
    <fbc:geneProductRef fbc:geneProduct="G_none"/></fbc:or></fbc:geneProductAssociation>`;
  const found = await read(
    species('A', 'B'),
    reaction('r', { from: ['A'], to: ['B'], more }),
    `<fbc:listOfGeneProducts><fbc:geneProduct fbc:id="G_1" fbc:label="b1"/></fbc:listOfGeneProducts>
    <groups:listOfGroups><groups:group groups:id="g" groups:name="Glycolysis" groups:kind="partonomy">
    <groups:listOfMembers><groups:member groups:idRef="r"/></groups:listOfMembers></groups:group></groups:listOfGroups>`,
  );
  expect(signedLines(found)).toEqual(['A 0 B', 'G_1 + B']);
  expect(found.relations[1]).toMatchObject({
    processes: [{ id: 'g', name: 'Glycolysis' }],
    evidence: { type: 'catalysis', process: 'g' },
  });
  expect(found.nodes.at(-1)).toMatchObject({ id: 'G_1', label: 'b1', nodeKind: 'gene' });
  expect(found.dropped).toEqual({ 'references to gene products that the model lacks': 1 });
});

test('annotations give ids, publications and sources', async () => {
  const annotation = (about: string, ...qualified: string[]) => `<annotation><rdf:RDF
    xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:bqbiol="http://biomodels.net/biology-qualifiers/">
    <rdf:Description rdf:about="#${about}">${qualified.join('')}</rdf:Description></rdf:RDF></annotation>`;
  const bag = (qualifier: string, address: string) =>
    `<bqbiol:${qualifier}><rdf:Bag><rdf:li rdf:resource="${address}"/></rdf:Bag></bqbiol:${qualifier}>`;
  const found = await read(
    `<species id="A" compartment="c">${annotation(
      'A',
      bag('is', 'http://identifiers.org/chebi/CHEBI:17234'),
      bag('hasPart', 'http://identifiers.org/chebi/CHEBI:1'),
    )}</species>${species('B')}`,
    reaction('r', {
      from: ['A'],
      to: ['B'],
      more: annotation(
        'r',
        bag('is', 'http://identifiers.org/kegg.reaction/R00228'),
        bag('isDescribedBy', 'http://identifiers.org/pubmed/7986045'),
      ),
    }),
  );
  expect(found.nodes[0]).toMatchObject({
    nodeKind: 'compound',
    references: [{ system: 'chebi', id: '17234' }],
  });
  expect(found.relations[0]?.evidence).toMatchObject({
    source: 'kegg.reaction:R00228',
    pmids: ['7986045'],
  });
});

test('a faulty model gives its sound reactions with warnings', async () => {
  const found = await read(
    `${species('A', 'B')}<species id="$C" compartment="nowhere"/>`,
    reaction('r', { from: ['A', 'gone'], to: ['B'] }) + reaction('s', { from: ['gone'], to: ['lost'] }),
  );
  expect(signedLines(found)).toEqual(['A 0 B']);
  expect(found.dropped).toEqual({
    'references to species that the model lacks': 3,
    'reactions with one side': 1,
  });
  expect(found.warnings.map((warning) => warning.replace(/ in line \d+$/, ''))).toEqual([
    'species ids that are no SBML ids: 1, the first "$C"',
    'species in a compartment that the model lacks: 1, the first "$C"',
  ]);
});

test('level 1 names its species by their names', async () => {
  const text = `<sbml level="1" version="1"><model name="m"><listOfSpecies><specie name="A" compartment="c"/>
    <specie name="B" compartment="c"/></listOfSpecies><listOfReactions><reaction name="r" reversible="false">
    <listOfReactants><specieReference specie="A"/></listOfReactants>
    <listOfProducts><specieReference specie="B"/></listOfProducts></reaction></listOfReactions></model></sbml>`;
  expect(signedLines(await readTextWith(readSbml, text))).toEqual(['A 0 B']);
});

test('words in notes and mathematics are no reactions', async () => {
  const found = await read(
    species('A'),
    `<reaction id="r"><notes><body><species id="X"/></body></notes>
     <listOfReactants><speciesReference species="A"/></listOfReactants>
     <kineticLaw><listOfParameters><parameter id="k" value="1"/></listOfParameters></kineticLaw></reaction>`,
  );
  expect(found.nodes.map(({ id }) => id)).toEqual(['A']);
});

test('a model of which no reaction is sound is refused with the place of the first', async () => {
  const text = sbml(species('A'), reaction('r', { from: ['B'], to: ['C'] }));
  const error = await readTextWith(readSbml, text).catch((caught) => caught);
  expect(error).toBeInstanceOf(MalformedFileError);
  expect(error.message).toMatch(/:6: no reaction is of species that the model defines/);
});

test('a reaction of a whole cell is counted, not paired', async () => {
  const many = Array.from({ length: 40 }, (_, index) => `S${index}`);
  const found = await read(species(...many), reaction('biomass', { from: many.slice(0, 10), to: many }));
  expect(found.relations.length).toBe(390);
  const whole = await read(species(...many), reaction('biomass', { from: many, to: many }));
  expect([whole.relations.length, whole.dropped]).toEqual([0, { 'reactions of more than 1000 pairs': 1 }]);
});

test('transitions of a qualitative model have the signs of their inputs', async () => {
  const qual = 'xmlns:qual="http://www.sbml.org/sbml/level3/version1/qual/version1"';
  const input = (name: string, sign: string) =>
    `<qual:input qual:qualitativeSpecies="${name}" qual:transitionEffect="none" qual:sign="${sign}"/>`;
  const text = `<sbml xmlns="http://www.sbml.org/sbml/level3/version1/core" ${qual} level="3"><model id="m">
    <listOfCompartments><compartment id="c"/></listOfCompartments><qual:listOfQualitativeSpecies>
    ${['A', 'B', 'C', 'D'].map((id) => `<qual:qualitativeSpecies qual:id="${id}" qual:compartment="c"/>`).join('')}
    </qual:listOfQualitativeSpecies><qual:listOfTransitions><qual:transition qual:id="t"><qual:listOfInputs>
    ${input('A', 'positive')}${input('B', 'negative')}${input('C', 'dual')}${input('gone', 'positive')}
    </qual:listOfInputs><qual:listOfOutputs><qual:output qual:qualitativeSpecies="D"/></qual:listOfOutputs>
    </qual:transition></qual:listOfTransitions></model></sbml>`;
  const found = await readTextWith(readSbml, text);
  expect(signedLines(found)).toEqual(['A + D', 'B - D', 'C 0 D']);
  expect(found.dropped).toEqual({ 'references to species that the model lacks': 1 });
  expect(found.warnings).toEqual([]);
});
