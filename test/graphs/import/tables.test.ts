import { describe, expect, test } from 'vitest';
import { readSif } from '../../../graphs/import/networks/read-sif.ts';
import { readOmnipath } from '../../../graphs/import/tables/read-omnipath.ts';
import { cellsOf } from '../../../graphs/import/tables/read-rows.ts';
import { readSignor, readSignorComplexes } from '../../../graphs/import/tables/read-signor.ts';
import { readTables } from '../../../graphs/import/tables/read-tables.ts';
import { signedPairs, statedBy, statedIn } from '../../helpers/statements.ts';
import { folderWith } from '../../helpers/toy-graph.ts';

describe('SIF', () => {
  test.each([
    ['A 1 B', ['A + B']],
    ['A -0.5 B', ['A - B']],
    ['A 0 B', []],
    ['A activates B', ['A + B']],
    ['A controls-expression-of B', ['A + B']],
    ['A inhibits B', ['A - B']],
    ['A pp B C', ['A 0 B', 'A 0 C']],
    ['NF kB\tpp\tI kB', ['NF kB 0 I kB']],
    ['A', []],
  ])('%j says %j', async (text, pairs) => {
    expect(signedPairs(await statedIn(readSif, `${text}\r\n`, 'x.sif'))).toEqual(pairs);
  });

  test('weight 0 and missing targets are counted, bytes that are no text refused', async () => {
    const { dropped } = await statedIn(readSif, 'A 0 B\nA pp\n');
    expect(dropped).toEqual({ 'relations of weight 0': 1, 'lines without a target': 1 });
    await expect(statedIn(readSif, 'A pp B\0C')).rejects.toThrow(/:1: a null character/);
  });
});

describe('SIGNOR', () => {
  const header =
    'ENTITYA;TYPEA;IDA;DATABASEA;ENTITYB;TYPEB;IDB;DATABASEB;EFFECT;MECHANISM;TAX_ID;PMID;SENTENCE;SIGNOR_ID';
  const row = (effect: string) =>
    `RELA;protein;Q04206;UNIPROT;MET;protein;P08581;UNIPROT;${effect};binding;10090;19530226;"a; ""b""";SIGNOR-1`;

  test.each([
    ['up-regulates', '+'],
    ['up-regulates quantity by expression', '+'],
    ['down-regulates activity', '-'],
    ['form complex', '0'],
    ['unknown', '0'],
  ])('%s has the sign %s', async (effect, sign) => {
    const stated = await statedIn(readSignor, `${header}\n${row(effect)}\n`);
    expect(stated.relations.map(({ evidence }) => evidence)).toEqual([
      {
        source: 'SIGNOR-1',
        type: effect,
        subtypes: ['binding'],
        sign,
        process: undefined,
        pmids: ['19530226'],
        licence: 'CC BY 4.0',
      },
    ]);
    expect(stated.nodes.get('Q04206')).toMatchObject({ label: 'RELA', nodeKind: 'gene', species: '9606' });
  });

  test('the table of complexes gives members; rows without ends are counted', async () => {
    const text = '"SIGNOR ID";"COMPLEX NAME";"LIST OF ENTITIES"\nSIGNOR-C1;NFY;"P23511,  P25208"\n';
    const { nodes } = await statedIn(readSignorComplexes, text);
    expect(nodes.get('SIGNOR-C1')).toMatchObject({
      label: 'NFY',
      nodeKind: 'complex',
      members: ['P23511', 'P25208'],
    });
    expect((await statedIn(readSignor, `${header}\n;;;;;;;;;;;;;\n`)).dropped).toEqual({
      'rows without two entities': 1,
    });
    await expect(statedIn(readSignor, 'a\tb\n1\t2\n')).rejects.toThrow(/:1: the header row lacks entitya/);
  });
});

// The columns are those of OmniPath's web service, as its documentation lists them; the rows are ours.
describe('OmniPath', () => {
  const columns =
    'source\ttarget\tsource_genesymbol\ttarget_genesymbol\tis_directed\tis_stimulation\tis_inhibition\t' +
    'consensus_direction\tconsensus_stimulation\tconsensus_inhibition\tsources\treferences\ttype\tncbi_tax_id_source\tncbi_tax_id_target';
  const row = (stimulation: string, inhibition: string, source = 'P00533', symbol = 'EGFR') =>
    `${source}\tP27361\t${symbol}\tMAPK3\tTrue\tTrue\tTrue\tTrue\t${stimulation}\t${inhibition}\tSIGNOR;SPIKE\t` +
    'SIGNOR:123;SPIKE:123;SPIKE:45\tpost_translational\t9606\t9606';

  test.each([
    ['True', 'False', '+'],
    ['0', '1', '-'],
    ['False', 'False', '0'],
    ['1', '1', 'conflict'],
  ])('consensus stimulation %s and inhibition %s are %s', async (stimulation, inhibition, sign) => {
    const stated = await statedIn(readOmnipath, `${columns}\n${row(stimulation, inhibition)}\n`);
    expect(signedPairs(stated)).toEqual([`EGFR ${sign} MAPK3`]);
    expect(stated.relations[0]?.evidence).toMatchObject({ source: 'SIGNOR;SPIKE', pmids: ['123', '45'] });
    expect(stated.nodes.get('P00533')?.references).toEqual([{ system: 'uniprot', id: 'P00533' }]);
  });

  test('a complex has its parts as members', async () => {
    const stated = await statedIn(
      readOmnipath,
      `${columns}\n${row('1', '0', 'COMPLEX:P01100_P05412', 'FOS_JUN')}\n`,
    );
    expect(stated.nodes.get('COMPLEX:P01100_P05412')?.members).toEqual(['P01100', 'P05412']);
    expect(stated.nodes.get('P05412')?.label).toBe('JUN');
  });

  test('without consensus columns the plain ones count', async () => {
    const text = 'source\ttarget\tis_directed\tis_stimulation\tis_inhibition\nA\tB\t1\t0\t1\n\tB\t1\t1\t0\n';
    const stated = await statedIn(readOmnipath, text);
    expect(signedPairs(stated)).toEqual(['A - B']);
    expect(stated.dropped).toEqual({ 'rows without two entities': 1 });
  });
});

test('our tables are read as statements', async () => {
  const folder = folderWith({
    'processes.tsv': 'id\tname\tcategory\np1\tToy process\tx\n',
    'nodes.tsv':
      'id\tkind\tname\taliases\tncbi\tchebi\nAAA\tgene\talpha\tA1;A2\t101\t\nCpd_one\tcompound\tone\t\t\t17234\n',
    'edges.tsv':
      'head\ttail\trelation\tsubtypes\tsign\tprocess\tsource\nAAA\tCpd_one\tPCrel\tactivation\t+\tp1\tPMID:9\n',
  });
  const stated = await statedBy(readTables(folder));
  expect(signedPairs(stated)).toEqual(['AAA + Cpd one']);
  expect(stated.nodes.get('AAA')).toMatchObject({
    names: ['alpha', 'A1', 'A2'],
    references: [{ system: 'ncbi', id: '101' }],
  });
  expect(stated.relations[0]).toMatchObject({
    processes: [{ id: 'p1', name: 'Toy process' }],
    evidence: { pmids: ['9'] },
  });
});

test('quotes hold separators; one that never closes is a letter', () => {
  expect(cellsOf('a;"b;c";d', ';')).toEqual(['a', 'b;c', 'd']);
  expect(cellsOf('"say ""hi""";x', ';')).toEqual(['say "hi"', 'x']);
  expect(cellsOf('a;"b;c', ';')).toEqual(['a', '"b', 'c']);
});
