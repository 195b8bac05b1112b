import { describe, expect, test } from 'vitest';
import { loadGraph } from '../../graphs/load.ts';
import { NameIndex } from '../../graphs/resolve-names.ts';
import { folderWith, writeToyGraph } from '../helpers/toy-graph.ts';

const nodes = [
  'MAPK1\tgene\tmitogen-activated protein kinase 1\tERK2;p42 MAPK',
  'ERK\tfamily\tERK family\textracellular signal-regulated kinase;ERK1/2',
  'NFKB\tfamily\tnuclear factor kappa B\tNF-kB;NF-kappaB',
  'TGFB1\tgene\ttransforming growth factor beta 1\tTGF-beta 1',
  'TGFB\tfamily\tTGF-beta family\tTGF-beta',
  'IFNG\tgene\tinterferon gamma\t',
  'IL6\tgene\tinterleukin 6\t',
  'TP53\tgene\ttumor protein p53\tp53',
  'PI3K\tcomplex\tphosphoinositide 3-kinase\tPI3-kinase',
  'AKT\tfamily\tAKT family\tPKB',
  'MET\tgene\tMET proto-oncogene\tHGFR',
  'REST\tgene\tRE1 silencing transcription factor\t',
  'STAT3\tgene\tsignal transducer and activator of transcription 3\t',
  'C3\tgene\tcomplement C3\t',
  'INS\tgene\tinsulin\t',
  'PROS1\tgene\tprotein S\t',
  'B_cells\tphenotype\tB cell\t',
  'cholesterol\tcompound\tcholesterol\t',
  'apoptosis\tprocess\tapoptosis\tprogrammed cell death',
];

async function index(): Promise<NameIndex> {
  const rest = nodes.map((row) => `${row.split('\t')[0]}\tHUB\tPPrel\t\t0\t\t`);
  const graph = await loadGraph(
    folderWith({
      'processes.tsv': 'id\tname\tcategory\n',
      'nodes.tsv': ['id\tkind\tname\taliases', ...nodes, 'HUB\tother\thub node\t'].join('\n'),
      'edges.tsv': ['head\ttail\trelation\tsubtypes\tsign\tprocess\tsource', ...rest].join('\n'),
    }),
  );
  return new NameIndex(graph);
}
const names = await index();
const found = (question: string) => names.resolve(question).map(({ text, node }) => `${text}=${node}`);

describe('names in a question', () => {
  test.each([
    ['Does ERK phosphorylate MAPK1?', ['ERK=ERK', 'MAPK1=MAPK1']],
    ['Are ERKs active?', ['ERKs=ERK']],
    ['Does ERK1/2 act on p42 MAPK?', ['ERK1/2=ERK', 'p42 MAPK=MAPK1']],
    ['NF-kB, again', ['NF-kB=NFKB']],
    ['is NF-κB needed?', ['NF-κB=NFKB']],
    ['NFkappaB and nfkb', ['NFkappaB=NFKB']],
    ['TGF-β raises', ['TGF-β=TGFB']],
    ['TGFβ1 or TGF-beta 1', ['TGFβ1=TGFB1']],
    ['IFN-γ and IFNγ', ['IFN-γ=IFNG']],
    ['IL-6 or IL 6 or il6', ['IL-6=IL6']],
    ['p53 loss, P53', ['p53=TP53']],
    ['PI3K and PI3 kinase', ['PI3K=PI3K']],
    ['Akt is', ['Akt=AKT']],
    ['Interleukin 6 signals through signal transducer and activator of transcription 3', ['Interleukin 6=IL6', 'signal transducer and activator of transcription 3=STAT3']], // biome-ignore format: one row
    ['insulin lowers cholesterol and stops programmed cell death', ['insulin=INS', 'cholesterol=cholesterol', 'programmed cell death=apoptosis']], // biome-ignore format: one row
  ])('%s', (question, expected) => {
    expect(found(question)).toEqual(expected);
  });

  test('English words are not genes unless they are written as genes', () => {
    expect(found('At rest we met, and the rest met us. Rest now.')).toEqual([]);
    expect(found('MET and REST and c3')).toEqual(['MET=MET', 'REST=REST']);
  });

  test('words are not taken apart or put together into other names', () => {
    expect(found('These proteins and beta cells are not them.')).toEqual([]);
    expect(found('Protein S and B cells are.')).toEqual(['Protein S=PROS1', 'B cells=B_cells']);
  });

  test('a sentence end inside is no part of a name', () => {
    expect(found('It is IL. 6 of them.')).toEqual([]);
  });

  test('labels stand beside mentions, each time', () => {
    expect(names.withSymbols('IL-6, then NF-κB and IL-6.')).toBe('IL-6 IL6, then NF-κB NFKB and IL-6 IL6.');
  });

  test('one whole name is looked up in any case', () => {
    expect(names.lookup('nf-kappab')).toBe('NFKB');
    expect(names.lookup('akt')).toBe('AKT');
    expect(names.lookup('nobody')).toBeUndefined();
  });
});

test('in a KEGG graph symbols and names of entries find the node, a single gene before a group', async () => {
  const index = new NameIndex(await loadGraph(writeToyGraph()));
  const found = index.resolve('Does BETA1 or beta adaptor two act on GAMR?');
  expect(found).toEqual([
    { text: 'BETA1', node: 'hsa:102 hsa:103', name: 'BETA1' },
    { text: 'GAMR', node: 'hsa:104', name: 'GAMR' },
  ]);
});
