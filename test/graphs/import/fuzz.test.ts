import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { importFiles } from '../../../graphs/import/import-files.ts';
import { readGraphml } from '../../../graphs/import/networks/read-graphml.ts';
import { readSif } from '../../../graphs/import/networks/read-sif.ts';
import { readGpml } from '../../../graphs/import/pathway-maps/read-gpml.ts';
import { readKgml } from '../../../graphs/import/pathway-maps/read-kgml.ts';
import type { StatementReader } from '../../../graphs/import/statement.ts';
import { readOmnipath } from '../../../graphs/import/tables/read-omnipath.ts';
import { readSignor, readSignorComplexes } from '../../../graphs/import/tables/read-signor.ts';
import { readTables } from '../../../graphs/import/tables/read-tables.ts';
import { PathactError } from '../../../src/errors.ts';
import { statedBy } from '../../helpers/statements.ts';
import { folderWith, toyGraphml } from '../../helpers/toy-graph.ts';

const gpml =
  '<Pathway xmlns="http://pathvisio.org/GPML/2013a" Name="x" Organism="Homo sapiens" Version="WP1_r1">' +
  '<DataNode TextLabel="A" GraphId="a" Type="Protein" GroupRef="g"><Xref Database="Ensembl" ID="ENSG1"/></DataNode>' +
  '<DataNode TextLabel="B" GraphId="b" Type="Metabolite"/><Group GroupId="g" GraphId="G" Style="Complex"/>' +
  '<Interaction><Graphics><Point GraphRef="G"/><Point GraphRef="b" ArrowHead="Arrow"/><Anchor GraphId="n"/></Graphics>' +
  '</Interaction><Interaction><Graphics><Point GraphRef="a"/><Point GraphRef="n" ArrowHead="TBar"/></Graphics></Interaction></Pathway>';
const kgml =
  '<pathway name="path:hsa1" org="hsa" title="x"><entry id="1" name="hsa:1 hsa:2" type="gene" reaction="rn:R1"><graphics name="A, B..."/></entry>' +
  '<entry id="2" name="cpd:C1" type="compound"/><entry id="3" name="undefined" type="group"><component id="1"/><component id="2"/></entry>' +
  '<relation entry1="1" entry2="3" type="PPrel"><subtype name="activation" value="x"/></relation>' +
  '<reaction id="1" name="rn:R1" type="reversible"><substrate id="2" name="cpd:C1"/><product name="cpd:C2"/></reaction></pathway>';
const signor =
  'entitya;typea;ida;databasea;entityb;typeb;idb;databaseb;effect;pmid;signor_id\n' +
  'A;protein;P04637;UNIPROT;"B;C";chemical;CHEBI:1;ChEBI;up-regulates;1;SIGNOR-1\n';
const omnipath =
  'source\ttarget\tis_directed\tconsensus_stimulation\tconsensus_inhibition\treferences\nCOMPLEX:P04637_Q00987\tP1\t1\t1\t0\tX:1\n';

const samples: [string, StatementReader, string][] = [
  ['GPML', readGpml, gpml],
  ['KGML', readKgml, kgml],
  ['GraphML', readGraphml, toyGraphml()],
  ['SIGNOR', readSignor, signor],
  [
    'SIGNOR complexes',
    readSignorComplexes,
    '"SIGNOR ID";"COMPLEX NAME";"LIST OF ENTITIES"\nSIGNOR-C1;X;"P1, P2"\n',
  ],
  ['OmniPath', readOmnipath, omnipath],
  ['SIF', readSif, 'A activates B C\nB\t-1\tD E\nF\n'],
];

/** One piece cut out and another put in, or bytes of no text at all. */
const damage = (length: number) =>
  fc.record({
    at: fc.nat(length),
    cut: fc.nat(40),
    insert: fc.oneof(
      fc.string({ maxLength: 8 }),
      fc.constantFrom(
        '',
        '<',
        '&x;',
        ']]>',
        '"',
        '\t',
        ';',
        '\n',
        '\0',
        '<!DOCTYPE a [<!ENTITY b "c">]>',
        'constructor',
        '->',
      ),
    ),
  });

describe('any damage to a file ends in statements or in one explained error', () => {
  test.each(samples)('%s', async (_name, read, whole) => {
    const path = join(folderWith({}), 'file');
    await fc.assert(
      fc.asyncProperty(damage(whole.length), async ({ at, cut, insert }) => {
        writeFileSync(path, whole.slice(0, at) + insert + whole.slice(at + cut));
        await endsWell(read(path));
      }),
      { numRuns: 150 },
    );
  });

  test('our tables', async () => {
    const tables = {
      'processes.tsv': 'id\tname\tcategory\np1\tone\tx\n',
      'nodes.tsv': 'id\tkind\tname\taliases\nA\tgene\talpha\tA1;A2\nB\tgene\tbeta\t\n',
      'edges.tsv':
        'head\ttail\trelation\tsubtypes\tsign\tprocess\tsource\nA\tB\tPPrel\tactivation\t+\tp1\tPMID:1\n',
    };
    const folder = folderWith(tables);
    const file = fc.constantFrom(...(Object.keys(tables) as (keyof typeof tables)[]));
    await fc.assert(
      fc.asyncProperty(file, damage(90), async (name, { at, cut, insert }) => {
        const whole = tables[name];
        writeFileSync(join(folder, name), whole.slice(0, at) + insert + whole.slice(at + cut));
        await endsWell(readTables(folder));
        writeFileSync(join(folder, name), whole);
      }),
      { numRuns: 150 },
    );
  });

  test('bytes of any kind, packed or not, under any name', async () => {
    const folder = folderWith({});
    const bytes = fc.uint8Array({ maxLength: 200 });
    const start = fc.constantFrom('', ...samples.map(([, , whole]) => whole));
    await fc.assert(
      fc.asyncProperty(bytes, start, fc.boolean(), fc.nat(40), async (tail, text, packed, cut) => {
        const content = Buffer.concat([Buffer.from(text), tail]);
        const written = packed ? gzipSync(content) : content;
        const path = join(folder, 'file.sif');
        writeFileSync(path, written.subarray(0, Math.max(0, written.length - cut)));
        const ending = await importFiles([path], { name: 'x' }).catch((error: unknown) => error);
        if (ending instanceof Error) expect(ending).toBeInstanceOf(PathactError);
        else expect(ending).toMatchObject({ failed: [] });
      }),
      { numRuns: 200 },
    );
  });
});

test('entities that grow and archives without end are refused', async () => {
  const lol = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>';
  const folder = folderWith({
    'bomb.gpml': lol + gpml.replace('Name="x"', 'Name="&b;"'),
    'same.graphml': gzipSync(`<graphml>${`<!--${'x'.repeat(2 ** 16)}-->`.repeat(2 ** 10)}`),
    'endless.gpml': gpml.replace('TextLabel="A"', `TextLabel="${'x'.repeat(2 ** 22)}`),
  });
  const outcome = await importFiles([folder], { name: 'x' }).catch((error: unknown) => error);
  expect(outcome).toMatchObject({ name: 'NothingReadError' });
  const errors = (outcome as { failed: { error: string }[] }).failed.map(({ error }) =>
    error.replace(/^.*\//, ''),
  );
  expect(errors).toHaveLength(3);
  expect(errors.sort()).toEqual([
    expect.stringMatching(/^bomb\.gpml:1: .*not allowed/),
    expect.stringMatching(/^endless\.gpml:1: /),
    expect.stringMatching(/^same\.graphml: unpacks to more than/),
  ]);
});

async function endsWell(
  statements: AsyncIterable<Parameters<typeof statedBy>[0] extends AsyncIterable<infer S> ? S : never>,
) {
  const ending = await statedBy(statements).catch((error: unknown) => error);
  if (!(ending instanceof Error)) return;
  expect(ending).toBeInstanceOf(PathactError);
  expect(ending.message.split('\n')).toHaveLength(1);
}
