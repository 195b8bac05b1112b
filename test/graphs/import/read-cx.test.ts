import { expect, test } from 'vitest';
import { readCx } from '../../../graphs/import/networks/read-cx.ts';
import { MalformedFileError } from '../../../src/errors.ts';
import { readTextWith, signedLines } from './collect.ts';

type Aspects = Record<string, unknown>;

/** Each aspect in a fragment of its own, in the order given. */
const read = (...fragments: Aspects[]) => readTextWith(readCx, JSON.stringify(fragments, null, 1));

const nodes = (...names: string[]) => ({ nodes: names.map((n, index) => ({ '@id': index + 1, n })) });
const edge = (s: number, t: number, i: string, id = 10 * s + t) => ({ '@id': id, s, t, i });

test.each([
  ['up-regulates activity', '+'],
  ['down-regulates quantity by repression', '-'],
  ['Activation', '+'],
  ['controls-expression-of', '+'],
  ['inhibits', '-'],
  ['NEGATIVE_INFLUENCE', '-'],
  ['COMPLEX_EXPANSION;INHIBITION;MODULATION', '-'],
  ['ACTIVATION;INHIBITION', 'conflict'],
  ['bel:directlyIncreases', '+'],
  ['bel:decreases', '-'],
  ['bel:positiveCorrelation', '0'],
  ['IncreaseAmount', '+'],
  ['0.7', '+'],
  ['-2', '-'],
  ['in-complex-with', '0'],
  ['phosphorylates', '0'],
  ['', '0'],
])('an edge labelled "%s" is %s', async (label, sign) => {
  const found = await read(nodes('A', 'B'), { edges: [edge(1, 2, label)] });
  expect(found.relations[0]?.evidence).toMatchObject({ sign, type: label });
});

test('aspects come in any order, and in pieces', async () => {
  const found = await read(
    { edgeAttributes: [{ po: 12, n: 'directed', v: 'false', d: 'boolean' }] },
    { edges: [edge(1, 2, 'activates')] },
    { nodeAttributes: [{ po: [1, 2], n: 'type', v: 'Protein' }] },
    { nodes: [{ '@id': 1, n: 'A' }] },
    { nodes: [{ '@id': 2, n: 'B' }], edges: [edge(2, 1, 'activates')] },
  );
  expect(signedLines(found)).toEqual(['1 0 2', '2 + 1']);
  expect(found.nodes.map(({ label, nodeKind }) => [label, nodeKind])).toEqual([
    ['A', 'gene'],
    ['B', 'gene'],
  ]);
});

test('a node stands for what it represents, else for all its aliases', async () => {
  const found = await read(
    {
      nodes: [
        { '@id': 1, n: 'MDK', r: 'uniprot knowledgebase:P21741' },
        { '@id': 2, n: 'KAPCA', r: 'KAPCA' },
        { '@id': 3, n: 'MEK' },
      ],
    },
    {
      nodeAttributes: [
        { po: 1, n: 'alias', v: ['uniprot knowledgebase:Q2LEK4', 'hgnc.symbol:MDK'], d: 'list_of_string' },
        { po: 2, n: 'alias', v: ['uniprot knowledgebase:P17612', 'uniprot knowledgebase:Q32P54'] },
        { po: 3, n: 'type', v: 'proteinfamily' },
        { po: 3, n: 'BE', v: 'http://sorger.med.harvard.edu/indra/entities/MEK' },
        { po: 3, n: 'shared name', v: 'ignored' },
      ],
    },
  );
  expect(found.nodes.map(({ nodeKind, references }) => [nodeKind, references])).toEqual([
    [
      'gene',
      [
        { system: 'uniprot', id: 'P21741' },
        { system: 'symbol', id: 'MDK' },
      ],
    ],
    [
      'gene',
      [
        { system: 'uniprot', id: 'P17612' },
        { system: 'uniprot', id: 'Q32P54' },
      ],
    ],
    ['family', [{ system: 'famplex', id: 'MEK' }]],
  ]);
});

test('a relation names its network, publications, manner and licence', async () => {
  const found = await read(
    { ndexStatus: [{ externalId: '0000-1' }] },
    {
      networkAttributes: [
        { n: 'name', v: 'WNT signaling' },
        { n: 'organism', v: 'human' },
        { n: 'rights', v: 'CC BY 4.0' },
      ],
    },
    nodes('A', 'B'),
    { edges: [edge(1, 2, 'up-regulates')] },
    { citations: [{ '@id': 3, 'dc:identifier': 'pmid:111' }] },
    { edgeCitations: [{ po: [12], citations: [3, 4] }] },
    {
      edgeAttributes: [
        { po: 12, n: 'citation', v: '"pubmed:222"' },
        { po: 12, n: 'citation_ids', v: ['PMID:333', 'PMID:111'] },
        { po: 12, n: 'MECHANISM', v: 'phosphorylation' },
      ],
    },
  );
  expect(found.relations).toEqual([
    {
      kind: 'relation',
      head: '1',
      tail: '2',
      processes: [{ id: 'ndex:0000-1', name: 'WNT signaling' }],
      evidence: {
        source: 'ndex:0000-1',
        type: 'up-regulates',
        subtypes: ['phosphorylation'],
        sign: '+',
        process: 'ndex:0000-1',
        pmids: ['111', '222', '333'],
        licence: 'CC BY 4.0',
      },
    },
  ]);
  expect(found.nodes[0]?.species).toBe('9606');
});

test('what is faulty is counted, and what is announced otherwise is told', async () => {
  const found = await read(
    { metaData: [{ name: 'nodes', elementCount: 9 }] },
    { nodes: [{ '@id': 1, n: 'A' }, { '@id': 1, n: 'again' }, { n: 'without id' }, 'text'] },
    { edges: [edge(1, 7, 'activates'), { s: 1 }] },
    { status: [{ success: false, error: 'timeout' }] },
  );
  expect(found.nodes.length).toBe(1);
  expect(found.dropped).toEqual({
    'faulty elements of nodes': 2,
    'faulty elements of edges': 1,
    'edges to nodes that the file lacks': 1,
  });
  expect(found.warnings.map((warning) => warning.replace(/ in line \d+$/, ''))).toEqual([
    'nodes defined twice: 1, the first "1"',
    'networks whose export failed: 1, the first "timeout"',
    'aspects of another size than announced: 1, the first "nodes: 1 of 9"',
  ]);
});

test('lists without end in depth or length are no trouble', async () => {
  const deep = '['.repeat(100_000) + ']'.repeat(100_000);
  const long = `[${'1,'.repeat(400_000)}1]`;
  const text = `[{"nodes": [{"@id": 1, "n": "A"}]}, {"nodeAttributes": [
    {"po": 1, "n": "alias", "v": ${deep}}, {"po": 1, "n": "alias", "v": ${long}}, {"po": ${deep}, "n": "alias"}]}]`;
  const found = await readTextWith(readCx, text).catch((error) => error);
  if (found instanceof Error) expect(found).toBeInstanceOf(MalformedFileError);
  else expect(found.nodes.length).toBe(1);
});

test('pictures are passed over without being read', async () => {
  const text = String.raw`[{"cyVisualProperties": [{"no": tru, "]": [{"\"}": 1}]}]}, {"nodes": [{"@id": 1, "n": "[B], {C} \"D\\"}]}]`;
  const found = await readTextWith(readCx, text);
  expect(found.nodes.map(({ label }) => label)).toEqual(['[B], {C} "D\\']);
});

test.each([
  ['an object', '{"nodes": []}'],
  ['no network', '[{"status": []}]'],
  ['cut off', '[{"nodes": [{"@id": 1}'],
  ['cut within a text', '[{"nodes": [{"@id": 1, "n": "A'],
  ['followed by more', '[{"nodes": [{"@id": 1}]}] []'],
  ['closed by the wrong bracket', '[{"nodes": [{"@id": 1}}]'],
  ['not JSON within', '[{"nodes": [{"@id": 1,}]}]'],
  ['no text', ''],
  ['CX2', '[{"CXVersion": "2.0"}]'],
  ['a number', '42'],
  ['endless', `[{"nodes": [{"@id": "${'1'.repeat(3 * 2 ** 20)}`],
])('a file that is %s is refused with its line', async (_, text) => {
  const error = await readTextWith(readCx, text).catch((caught) => caught);
  expect(error).toBeInstanceOf(MalformedFileError);
  expect(error.message).toMatch(/file:1: /);
});
