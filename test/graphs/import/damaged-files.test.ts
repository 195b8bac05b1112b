import { writeFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { readBioPax } from '../../../graphs/import/biopax/read-biopax.ts';
import { readCx } from '../../../graphs/import/networks/read-cx.ts';
import { readCx2 } from '../../../graphs/import/networks/read-cx2.ts';
import { readGml } from '../../../graphs/import/networks/read-gml.ts';
import { readSbml } from '../../../graphs/import/sbml/read-sbml.ts';
import type { StatementReader } from '../../../graphs/import/statement.ts';
import { MalformedFileError } from '../../../src/errors.ts';
import { element, level3, protein } from './biopax-documents.ts';
import { type Collected, collect, temporaryFile } from './collect.ts';

const bioPax = level3(
  [
    protein('A', { entityReference: '#ref', xref: '#x' }),
    protein('B'),
    element('ProteinReference', 'ref', { displayName: 'a', organism: '#o', memberEntityReference: '#ref2' }),
    element('ProteinReference', 'ref2', { displayName: 'b' }),
    element('BioSource', 'o', { xref: '#x' }),
    element('UnificationXref', 'x', { db: 'taxonomy', id: '9606' }),
    element('Complex', 'AB', { displayName: 'AB', component: ['#A', '#B'] }),
    element('BiochemicalReaction', 'r', { left: ['#A', '#B'], right: '#AB' }),
    element('Control', 'c', { controller: '#B', controlled: '#r', controlType: 'INHIBITION' }),
    element('Pathway', 'p', { displayName: 'p', pathwayComponent: ['#r', '#c'] }),
  ].join('\n'),
);

const sbml = `<sbml xmlns="http://www.sbml.org/sbml/level3/version1/core" level="3"><model id="m">
<listOfSpecies><species id="A" compartment="c"/><species id="B" compartment="c"/></listOfSpecies>
<listOfReactions><reaction id="r" reversible="true"><listOfReactants><speciesReference species="A"/></listOfReactants>
<listOfProducts><speciesReference species="B"/></listOfProducts><listOfModifiers><modifierSpeciesReference species="A"
sboTerm="SBO:0000020"/></listOfModifiers></reaction></listOfReactions></model></sbml>`;

const cx = JSON.stringify([
  {
    nodes: [
      { '@id': 1, n: 'A', r: 'uniprot:P04637' },
      { '@id': 2, n: 'B \\ "é"' },
    ],
  },
  { edges: [{ '@id': 3, s: 1, t: 2, i: 'activates' }] },
  { edgeAttributes: [{ po: 3, n: 'pmid', v: ['1', '2'] }] },
  { status: [{ success: true, error: '' }] },
]);

const cx2 = JSON.stringify([
  { CXVersion: '2.0', hasFragments: false },
  {
    attributeDeclarations: [
      { nodes: { name: { a: 'n' } }, edges: { interaction: { a: 'i', v: 'inhibits' } } },
    ],
  },
  {
    nodes: [
      { id: 0, v: { n: 'A' } },
      { id: 1, v: { n: 'B' } },
    ],
  },
  { edges: [{ id: 0, s: 0, t: 1, v: {} }] },
]);

const gml = `graph [ directed 1 node [ id 1 label "A &amp; B" ] # comment
 node [ id 2 graphics [ x 1.0 ] ] edge [ source 1 target 2 label "activates" ] ]`;

const formats: [name: string, reader: StatementReader, valid: string][] = [
  ['BioPAX', readBioPax, bioPax],
  ['SBML', readSbml, sbml],
  ['CX', readCx, cx],
  ['CX2', readCx2, cx2],
  ['GML', readGml, gml],
];

/** Reads `content`; anything but a result or a refusal with its hint fails. */
async function survives(reader: StatementReader, file: string, content: string | Uint8Array): Promise<void> {
  writeFileSync(file, content);
  const found: Collected | Error = await collect(reader(file)).catch((error) => error);
  if (!(found instanceof Error)) return;
  expect(found).toBeInstanceOf(MalformedFileError);
  expect((found as MalformedFileError).hint).toBeTruthy();
}

const property = { numRuns: 80 };

test.each(formats)('%s: the undamaged document is read', async (_, reader, valid) => {
  const { relations } = await collect(reader(temporaryFile(valid)));
  expect(relations.length).toBeGreaterThan(0);
});

test.each(formats)('%s: a document cut anywhere is read or refused', async (_, reader, valid) => {
  const file = temporaryFile('');
  for (let length = 0; length < valid.length; length += 5)
    await survives(reader, file, valid.slice(0, length));
});

test.each(formats)('%s: flipped bytes end in a result or a refusal', async (_, reader, valid) => {
  const file = temporaryFile('');
  const bytes = Buffer.from(valid);
  const flip = fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }));
  await fc.assert(
    fc.asyncProperty(fc.array(flip, { minLength: 1, maxLength: 4 }), async (flips) => {
      const damaged = Uint8Array.from(bytes);
      for (const [at, mask] of flips) damaged[at] = (damaged[at] ?? 0) ^ mask;
      await survives(reader, file, damaged);
    }),
    property,
  );
});

test.each(formats)('%s: pieces moved, doubled and left out end in one too', async (_, reader, valid) => {
  const file = temporaryFile('');
  const pieces = valid.split(/(?<=[>\]},\s])/);
  const order = fc.array(fc.nat(pieces.length - 1), { maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(fc.nat(pieces.length), order, async (kept, more) => {
      const moved = more.map((index) => pieces[index]).join('');
      await survives(reader, file, pieces.slice(0, kept).join('') + moved + pieces.slice(kept).join(''));
    }),
    property,
  );
});

test.each(formats)('%s: any other text and any bytes are refused', async (_, reader) => {
  const file = temporaryFile('');
  const anything = fc.oneof(fc.string({ unit: 'binary' }), fc.json(), fc.uint8Array({ maxLength: 200 }));
  await fc.assert(
    fc.asyncProperty(anything, (content) => survives(reader, file, content)),
    property,
  );
});

test.each(formats)('%s: an abort stops the reading with its reason', async (_, reader, valid) => {
  const stopped = AbortSignal.abort(new Error('enough'));
  await expect(collect(reader(temporaryFile(valid), stopped))).rejects.toThrow('enough');
});
