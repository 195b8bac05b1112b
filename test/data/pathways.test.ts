import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { connectedComponents } from 'graphology-components';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadGraph } from '../../graphs/load.ts';
import { nameKey } from '../../graphs/name-forms.ts';
import type { PathwayGraph } from '../../graphs/pathway-graph.ts';
import { NameIndex } from '../../graphs/resolve-names.ts';
import { signOfSubtypes } from '../../graphs/signs.ts';
import { lacksSharedData, sharedData } from '../helpers/shared-data.ts';

const folder = fileURLToPath(new URL('../../data/pathways/', import.meta.url));
const datanodes = 'wikipathways/datanodes';

type Row = Record<string, string>;

function readTable(file: string): Row[] {
  const [header = '', ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n');
  const columns = header.split('\t');
  return lines.map((line) => {
    const cells = line.split('\t');
    return Object.fromEntries(columns.map((column, i) => [column, cells[i] ?? '']));
  });
}

const items = (cell: string | undefined): string[] => (cell ?? '').split(';').filter((item) => item !== '');

function twice(values: readonly string[]): string[] {
  const seen = new Set<string>();
  return values.filter((value) => seen.size === seen.add(value).size);
}

const processes = readTable(`${folder}processes.tsv`);
const nodes = readTable(`${folder}nodes.tsv`);
const edges = readTable(`${folder}edges.tsv`);
const edgeName = ({ head, tail }: Row): string => `${head}->${tail}`;

describe('the curated pathway graph', () => {
  test('has at least 600 nodes and 1,500 signed edges over at least 25 processes', () => {
    const signed = edges.filter(({ sign }) => sign === '+' || sign === '-');
    expect(nodes.length).toBeGreaterThanOrEqual(600);
    expect(signed.length).toBeGreaterThanOrEqual(1500);
    const described = new Set(edges.flatMap(({ process }) => items(process)));
    expect(described.size).toBeGreaterThanOrEqual(25);
    expect([...described].sort()).toEqual(processes.map(({ id }) => id).sort());
  });

  test('defines each process and node once and states each edge once', () => {
    expect(twice(processes.map(({ id = '' }) => id))).toEqual([]);
    expect(twice(nodes.map(({ id = '' }) => id))).toEqual([]);
    expect(twice(edges.map(edgeName))).toEqual([]);
  });

  test('leaves no node without an edge, no edge without its nodes, and no edge onto itself', () => {
    const ids = nodes.map(({ id }) => id);
    const ends = new Set(edges.flatMap(({ head, tail }) => [head, tail]));
    expect(ids.filter((id) => !ends.has(id))).toEqual([]);
    expect([...ends].filter((end) => !ids.includes(end))).toEqual([]);
    expect(edges.filter(({ head, tail }) => head === tail)).toEqual([]);
  });

  test('gives every edge a sign that its subtypes bear out, a relation and a process', () => {
    const unsound = edges.filter(({ sign, subtypes, relation, process }) => {
      return signOfSubtypes(items(subtypes)) !== sign || relation === '' || process === '';
    });
    expect(unsound).toEqual([]);
  });

  test('keeps membership apart from action: isa and partof edges bear no sign', () => {
    const member = edges.filter(({ relation }) => relation === 'isa' || relation === 'partof');
    expect(member.length).toBeGreaterThan(200);
    expect(member.filter(({ sign }) => sign !== '0').map(edgeName)).toEqual([]);
  });

  test('uses every name for one node only, apart from letter case', () => {
    const named = nodes.flatMap(({ id = '', name = '', aliases }) => [
      ...new Set([id, name, ...items(aliases)].map((text) => text.toLowerCase())),
    ]);
    // The peptide CAMP and cyclic AMP differ in case alone.
    expect(twice(named).filter((name) => name !== 'camp')).toEqual([]);
  });

  test.skipIf(lacksSharedData(datanodes))(
    'states an identifier only where the data nodes give it to the same name',
    () => {
      const rows = readdirSync(sharedData(datanodes))
        .filter((file) => file.endsWith('.tsv'))
        .flatMap((file) => readTable(sharedData(`${datanodes}/${file}`)));
      const pairs = new Set(rows.map((row) => `${row.HGNC} ${row['NCBI gene']}`));
      const labels = rows.flatMap(({ ChEBI, Label = '' }) =>
        items(ChEBI).map((id) => `${id} ${nameKey(Label)}`),
      );
      const compounds = new Set(labels);

      const genes = nodes.filter(({ ncbi }) => ncbi !== '');
      const chemicals = nodes.filter(({ chebi }) => chebi !== '');
      console.info(
        `checked ${genes.length} symbol–NCBI pairs and ${chemicals.length} ChEBI ids; ` +
          `${nodes.length - genes.length - chemicals.length} nodes state none`,
      );
      expect(genes.length).toBeGreaterThan(500);
      expect(genes.filter(({ id, ncbi }) => !pairs.has(`hgnc.symbol:${id} ncbigene:${ncbi}`))).toEqual([]);
      const mismatched = chemicals.filter(({ id = '', name = '', aliases, chebi }) =>
        [id, name, ...items(aliases)].every((known) => !compounds.has(`chebi:${chebi} ${nameKey(known)}`)),
      );
      expect(mismatched).toEqual([]);
    },
  );
});

describe('the curated pathway graph, loaded', () => {
  let graph: PathwayGraph;
  let names: NameIndex;
  beforeAll(async () => {
    graph = await loadGraph(folder);
    names = new NameIndex(graph);
  });

  test('is one piece, but for a twentieth of its nodes at most', () => {
    const largest = Math.max(...connectedComponents(graph).map((component) => component.length));
    expect(graph.order).toBe(nodes.length);
    expect(graph.size).toBe(edges.length);
    expect(largest / graph.order).toBeGreaterThanOrEqual(0.95);
  });

  test.each([
    ['ERK', 'ERK'],
    ['ERK1/2', 'ERK'],
    ['MAPK', 'MAPK_family'],
    ['MEK', 'MEK'],
    ['RAF', 'RAF_family'],
    ['Ras', 'RAS_family'],
    ['PI3K', 'PI3K'],
    ['PI3-kinase', 'PI3K'],
    ['Akt', 'AKT_family'],
    ['protein kinase B', 'AKT_family'],
    ['FOXO', 'FOXO'],
    ['FoxO3a', 'FOXO3'],
    ['mTORC1', 'mTORC1'],
    ['AMPK', 'AMPK'],
    ['LKB1', 'STK11'],
    ['NF-kB', 'NFkB'],
    ['NF-κB', 'NFkB'],
    ['IKK', 'IKK'],
    ['IκBα', 'NFKBIA'],
    ['TNFα', 'TNF'],
    ['IL-6', 'IL6'],
    ['interferon gamma', 'IFNG'],
    ['p53', 'TP53'],
    ['p21', 'CDKN1A'],
    ['HDM2', 'MDM2'],
    ['Rb', 'RB1'],
    ['cyclin D1', 'CCND1'],
    ['JNK', 'JNK'],
    ['p38 MAPK', 'p38'],
    ['c-Jun', 'JUN'],
    ['c-Myc', 'MYC'],
    ['AP-1', 'AP1'],
    ['JAK', 'JAK_family'],
    ['STAT', 'STAT_family'],
    ['Wnt', 'WNT_family'],
    ['β-catenin', 'CTNNB1'],
    ['GSK-3β', 'GSK3B'],
    ['Notch', 'NOTCH_family'],
    ['sonic hedgehog', 'SHH'],
    ['Smoothened', 'SMO'],
    ['YAP', 'YAP1'],
    ['HIF-1α', 'HIF1A'],
    ['VEGF', 'VEGFA'],
    ['erythropoietin', 'EPO'],
    ['BCL-2', 'BCL2'],
    ['PUMA', 'BBC3'],
    ['caspase-3', 'CASP3'],
    ['cytochrome c', 'CYCS'],
    ['Beclin-1', 'BECN1'],
    ['DNA-PK', 'PRKDC'],
    ['Nrf2', 'NFE2L2'],
    ['HER2', 'ERBB2'],
    ['GLUT4', 'SLC2A4'],
    ['insulin', 'INS'],
    ['glucagon', 'GCG'],
    ['adrenaline', 'epinephrine'],
    ['cAMP', 'cAMP'],
    ['PKA', 'PKA'],
    ['Ca2+', 'calcium'],
    ['thrombin', 'F2'],
    ['E-cadherin', 'CDH1'],
    ['PIP3', 'PIP3'],
    ['nitric oxide', 'nitric_oxide'],
    ['rapamycin', 'rapamycin'],
    ['cholesterol', 'cholesterol'],
    ['SREBP2', 'SREBF2'],
  ])('finds %s in a question as %s', (name, node) => {
    const found = names.resolve(`In these cells, does ${name} change?`).map((hit) => hit.node);
    expect(found).toEqual([node]);
  });
});
