import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { readGeneList } from '../../graphs/gene-list.ts';
import { geneSubgraph, graphOfTriples } from '../../graphs/gene-subgraph.ts';
import { loadGraph } from '../../graphs/load.ts';
import type { PathwayGraph } from '../../graphs/pathway-graph.ts';
import { Pieces } from '../../graphs/pieces.ts';
import { cx2Of } from '../../graphs/write-cx2.ts';
import { MalformedFileError, MissingError } from '../../src/errors.ts';
import { folderWith, writeToyGraph } from '../helpers/toy-graph.ts';

const listOf = (text: string) => readGeneList(join(folderWith({ 'genes.tsv': text }), 'genes.tsv'));

describe('a gene list', () => {
  test.each([
    ['with a header', 'id\tweight\nPTEN\t2\nAKT1\t-3\n'],
    ['with other columns around', 'p\tweight\tSymbol\n0.1\t2\tPTEN\n0.2\t-3\tAKT1\n'],
    ['without a header', 'PTEN\t2\r\nAKT1\t-3\r\n'],
    ['with comments, blanks and repeats', '\uFEFF# mine\n\nid\tweight\nPTEN\t1\n AKT1 \t3\nPTEN\t2\n'],
  ])('%s gives ids with weights, of which the distance from 0 counts', async (_what, text) => {
    const { genes, repeated } = await listOf(text);
    expect(genes).toEqual([
      { id: 'PTEN', weight: 2 },
      { id: 'AKT1', weight: 3 },
    ]);
    expect(repeated).toBe(text.includes('PTEN\t1') ? 1 : 0);
  });

  test('of ids alone weighs all alike', async () => {
    expect((await listOf('gene\nPTEN\nAKT1')).genes.map(({ weight }) => weight)).toEqual([1, 1]);
    expect((await listOf('PTEN\nAKT1')).genes).toHaveLength(2);
  });

  test.each([
    ['id\tweight\nPTEN\tmuch', /genes\.tsv:2: the weight "much" is no number/],
    ['id\tweight\n\t2', /:2: the id is empty/],
    ['PTEN\tNaN', /:1: the weight/],
    ['# nothing\n', /:1: no gene/],
  ])('that is wrong is an error with its line: %j', async (text, message) => {
    await expect(listOf(text)).rejects.toThrow(MalformedFileError);
    await expect(listOf(text)).rejects.toThrow(message);
  });

  test('that is not there is missing', async () => {
    await expect(readGeneList('/nowhere/genes.tsv')).rejects.toThrow(MissingError);
  });

  test('survives any text', async () => {
    const text = fc.string({
      unit: fc.constantFrom('a', '1', '-', '\t', '\n', '#', 'id', 'weight', 'é'),
      maxLength: 40,
    });
    await fc.assert(
      fc.asyncProperty(text, async (written) => {
        const found = await listOf(written).catch((error: unknown) => error);
        if (found instanceof MalformedFileError) return;
        for (const { id, weight } of (found as Awaited<ReturnType<typeof listOf>>).genes) {
          expect(id).not.toBe('');
          expect(weight).toBeGreaterThanOrEqual(0);
        }
      }),
      { numRuns: 60 },
    );
  });
});

let graph: PathwayGraph;
beforeAll(async () => {
  graph = await loadGraph(writeToyGraph());
});

describe('the subgraph of a gene list', () => {
  test('connects the genes over others, and says which are unknown or lie apart', () => {
    const part = geneSubgraph(graph, [
      { id: '101', weight: 2 },
      { id: 'GAMR', weight: 1 },
      { id: 'C90003', weight: 1.5 },
      { id: 'NOPE', weight: 9 },
    ]);
    expect(part.missing).toEqual(['NOPE']);
    expect(part.found.map(({ id, nodes, connected }) => [id, nodes, connected])).toEqual([
      ['101', ['hsa:101'], true],
      ['GAMR', ['hsa:104'], true],
      ['C90003', ['cpd:C90002 cpd:C90003'], true],
    ]);
    expect(pieces(part.triples)).toBe(1);
    expect(part.weights.get('hsa:101')).toBe(2);
  });

  test('leaves out what is too light for the way', () => {
    const genes = [
      { id: '105', weight: 1 },
      { id: '104', weight: 1 },
      { id: 'C90001', weight: 0.001 },
    ];
    const { triples, found } = geneSubgraph(graph, genes, 1);
    expect(triples.map(({ edge }) => edge)).toEqual(['hsa:104->hsa:105']);
    expect(found.map(({ connected }) => connected)).toEqual([true, true, false]);
  });

  test('of genes that the graph does not have is empty', () => {
    expect(geneSubgraph(graph, [{ id: 'NOPE', weight: 1 }])).toMatchObject({ triples: [], found: [] });
    expect(geneSubgraph(graph, [{ id: '101', weight: 0 }]).triples).toEqual([]);
  });

  test('is one piece of the graph whatever the list, and covers whom it says', () => {
    const gene = fc.record({
      id: fc.constantFrom('101', '102', '103', '104', '105', 'C90001', 'C90002', 'DELT', 'X'),
      weight: fc.double({ min: 0, max: 100, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(gene, { maxLength: 6 }), fc.integer({ min: 1, max: 8 }), (genes, size) => {
        const { triples, found } = geneSubgraph(graph, genes, size);
        expect(pieces(triples)).toBeLessThanOrEqual(1);
        const covered = new Set(triples.flatMap(({ head, tail }) => [head, tail]));
        for (const { nodes, connected } of found)
          expect(nodes.some((key) => covered.has(key))).toBe(connected);
        for (const { edge } of triples) expect(graph.hasEdge(edge)).toBe(true);
      }),
    );
  });
});

function pieces(triples: readonly { head: string; tail: string }[]): number {
  const joined = new Pieces<string>();
  for (const { head, tail } of triples) joined.join(head, tail);
  return joined.count;
}

/** What readers of CX2 rely on: the order of the aspects, declared attributes, ends of edges that are there. */
const values = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]));
const declared = z.record(
  z.string(),
  z.object({ d: z.enum(['string', 'double', 'boolean', 'list_of_string']) }),
);
const cx2Schema = z.tuple([
  z.object({ CXVersion: z.literal('2.0'), hasFragments: z.literal(false) }),
  z.object({ metaData: z.array(z.object({ name: z.string(), elementCount: z.number().int() })) }),
  z.object({
    attributeDeclarations: z.tuple([
      z.object({ networkAttributes: declared, nodes: declared, edges: declared }),
    ]),
  }),
  z.object({ networkAttributes: z.tuple([values]) }),
  z.object({ nodes: z.array(z.object({ id: z.number().int(), v: values })) }),
  z.object({
    edges: z.array(z.object({ id: z.number().int(), s: z.number().int(), t: z.number().int(), v: values })),
  }),
  z.object({
    visualProperties: z.array(
      z.object({ default: z.object(), nodeMapping: z.object(), edgeMapping: z.object() }),
    ),
  }),
  z.object({ status: z.tuple([z.object({ success: z.literal(true), error: z.literal('') })]) }),
]);

describe('a graph as CX2', () => {
  const read = (pieces: Iterable<string>) => cx2Schema.parse(JSON.parse([...pieces].join('')));

  test('has every node and edge with its sign, and declares every attribute it uses', () => {
    const weights = new Map([['hsa:101', 2]]);
    const [, { metaData }, { attributeDeclarations }, network, { nodes }, { edges }] = read(
      cx2Of(graph, { name: 'toy', weights }),
    );
    expect(Object.fromEntries(metaData.map(({ name, elementCount }) => [name, elementCount]))).toMatchObject({
      nodes: 7,
      edges: 7,
    });
    expect([nodes.length, edges.length]).toEqual([7, 7]);
    expect(network.networkAttributes[0].name).toBe('toy');
    const [declarations] = attributeDeclarations;
    for (const { v } of nodes)
      for (const name of Object.keys(v)) expect(declarations.nodes).toHaveProperty(name);
    for (const { v } of edges)
      for (const name of Object.keys(v)) expect(declarations.edges).toHaveProperty(name);
    const byKey = new Map(nodes.map(({ id, v }) => [id, v]));
    const inhibition = edges.find(({ v }) => v.sign === '-')!;
    expect(byKey.get(inhibition.s)).toMatchObject({ represents: 'hsa:102 hsa:103', member: ['102', '103'] });
    expect(byKey.get(inhibition.t)).toMatchObject({ represents: 'hsa:104' });
    expect(nodes.filter(({ v }) => v.weight !== undefined).map(({ v }) => v.weight)).toEqual([2]);
  });

  test('of some triples holds their nodes alone', () => {
    const { triples } = geneSubgraph(
      graph,
      [
        { id: '104', weight: 1 },
        { id: '105', weight: 1 },
      ],
      1,
    );
    const part = graphOfTriples(graph, triples);
    const [, , , , { nodes }, { edges }] = read(cx2Of(part));
    expect(nodes.map(({ v }) => v.represents)).toEqual(['hsa:104', 'hsa:105']);
    expect(edges).toMatchObject([{ s: 0, t: 1, v: { sign: '+', interaction: 'GErel', directed: true } }]);
  });

  test('of no triple is whole all the same', () => {
    expect(read(cx2Of(graphOfTriples(graph, [])))[4]).toEqual({ nodes: [] });
  });
});
