import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { drawSubgraph } from '../../graphs/draw.ts';
import { statsOf } from '../../graphs/facts-of-graph.ts';
import { GraphIndex } from '../../graphs/graph-index.ts';
import { loadGraph } from '../../graphs/load.ts';
import { joiningEdges, oneStep, shortestPath } from '../../graphs/paths.ts';
import type { PathwayGraph, Triple } from '../../graphs/pathway-graph.ts';
import { connects } from '../../graphs/pieces.ts';
import { createSearch } from '../../graphs/search.ts';
import { nearestSubgraph } from '../../graphs/steiner/target-size.ts';
import { folderWith } from '../helpers/toy-graph.ts';

// A signed toy cascade with a family: RAF -> MEK1 -> ERK1 isa ERK, ERK -> ELK, DUSP -| ERK, and one stray pair.
const rows = [
  'RAF\tMEK1\tPPrel\tactivation\t+',
  'MEK1\tERK1\tPPrel\tphosphorylation\t+',
  'ERK1\tERK\tisa\t\t0',
  'ERK2\tERK\tisa\t\t0',
  'ERK\tELK\tGErel\texpression\t+',
  'DUSP\tERK\tPPrel\tdephosphorylation\t-',
  'ERK2\tMYC\tPPrel\tactivation\t+',
  'LONE\tPAIR\tPPrel\tbinding/association\t0',
];
const kinds: Record<string, string> = { ERK: 'family' };
let graph: PathwayGraph;
let index: GraphIndex;

beforeAll(async () => {
  const ids = [...new Set(rows.flatMap((row) => row.split('\t').slice(0, 2)))];
  graph = await loadGraph(
    folderWith({
      'processes.tsv': 'id\tname\tcategory\nmapk\tMAPK <signalling> & "more"\tSignal transduction',
      'nodes.tsv': [
        'id\tkind\tname\taliases',
        ...ids.map((id) => `${id}\t${kinds[id] ?? 'gene'}\t${id} factor\t`),
      ].join('\n'),
      'edges.tsv': [
        'head\ttail\trelation\tsubtypes\tsign\tprocess\tsource',
        ...rows.map((row) => `${row}\tmapk\t`),
      ].join('\n'),
    }),
  );
  index = new GraphIndex(graph);
});

const triple = (head: string, tail: string): Triple => ({ edge: `${head}->${tail}`, head, tail });

describe('paths', () => {
  const path = (from: string, to: string) =>
    shortestPath(index, index.nodeNumber(from), index.nodeNumber(to), 8)?.map((edge) => index.edgeKeys[edge]);

  test('follow directions, and step freely between a member and its family', () => {
    expect(path('RAF', 'ELK')).toEqual(['RAF->MEK1', 'MEK1->ERK1', 'ERK1->ERK', 'ERK->ELK']);
    expect(path('ELK', 'RAF')).toBeUndefined();
    expect(path('DUSP', 'MYC')).toEqual(['DUSP->ERK', 'ERK2->ERK', 'ERK2->MYC']);
  });

  test('one member does not stand for another', () => {
    expect(path('RAF', 'MYC')).toBeUndefined();
  });

  test('named nodes are joined by their shortest paths, whichever way these run', () => {
    const numbers = ['ELK', 'MEK1', 'PAIR'].map((key) => index.nodeNumber(key));
    const joined = [...joiningEdges(index, numbers, oneStep, 8)].map((edge) => index.edgeKeys[edge]);
    expect(joined).toEqual(['MEK1->ERK1', 'ERK1->ERK', 'ERK->ELK']);
  });
});

describe('connected evidence', () => {
  test('nodes in one piece are connected, in two they are not', () => {
    const triples = [triple('RAF', 'MEK1'), triple('LONE', 'PAIR')];
    expect(connects(graph, triples, ['RAF', 'MEK1'])).toBe(true);
    expect(connects(graph, triples, ['RAF', 'PAIR'])).toBe(false);
    expect(connects(graph, triples, ['RAF', 'DUSP'])).toBe(false);
    expect(connects(graph, triples, [])).toBe(true);
    expect(connects(graph, [], ['RAF'])).toBe(false);
  });

  test('a member stands for its family and the other way round', () => {
    expect(connects(graph, [triple('MEK1', 'ERK1')], ['MEK1', 'ERK'])).toBe(true);
    expect(connects(graph, [triple('MEK1', 'ERK1'), triple('ERK', 'ELK')], ['MEK1', 'ELK'])).toBe(true);
    expect(connects(graph, [], ['ERK1', 'ERK'])).toBe(false);
  });
});

describe('searches on a signed graph', () => {
  test('a question’s entities are kept, joined and told first', () => {
    const search = createSearch(graph);
    const found = search.global('Does RAF raise ELK?', { targetSize: 4 });
    expect(found.triples.map(({ edge }) => edge)).toEqual([
      'RAF->MEK1',
      'MEK1->ERK1',
      'ERK1->ERK',
      'ERK->ELK',
    ]);
    expect(search.summarise(found.triples, 'Does RAF raise ELK?').triples).toEqual(found.triples);
  });

  test('steps and neighbourhoods take an entity’s families along', () => {
    const search = createSearch(graph);
    const edges = (entity: string) => search.nextSteps(entity).triples.map(({ edge }) => edge);
    expect(edges('ERK2')).toEqual(['ERK2->ERK', 'ERK2->MYC', 'ERK->ELK']);
    expect(search.aroundEntity('erk1', 'ELK').triples.map(({ edge }) => edge)).toContain('ERK->ELK');
  });

  test('what several named entities share is summarised in as many pieces as there were', () => {
    const seen = rows.map((row) => triple(...(row.split('\t').slice(0, 2) as [string, string])));
    const kept = createSearch(graph)
      .summarise(seen, 'ELK PAIR')
      .triples.map(({ edge }) => edge);
    expect(kept).toContain('LONE->PAIR');
    expect(kept).toContain('ERK->ELK');
  });
});

describe('target size', () => {
  const sized = fc.record({
    edges: fc.uniqueArray(
      fc.tuple(fc.nat(9), fc.nat(9)).filter(([a, b]) => a !== b),
      {
        minLength: 1,
        maxLength: 25,
        selector: ([a, b]) => `${a},${b}`,
      },
    ),
    nodePrizes: fc.array(fc.double({ min: 0, max: 0.99, noNaN: true }), { minLength: 10, maxLength: 10 }),
    target: fc.integer({ min: 1, max: 12 }),
  });

  test('is never exceeded, the result is connected, and empty only where nothing has a prize', () => {
    fc.assert(
      fc.property(sized, ({ edges, nodePrizes, target }) => {
        const heads = Int32Array.from(edges, ([head]) => head);
        const tails = Int32Array.from(edges, ([, tail]) => tail);
        const prizes = { nodes: Float64Array.from(nodePrizes), edges: new Float64Array(edges.length) };
        const found = nearestSubgraph({ nodeCount: 10, heads, tails }, prizes, target, 1);
        expect(found.edges.length).toBeLessThanOrEqual(target);
        const touchesPrize = edges.some(([a, b]) => nodePrizes[a]! + nodePrizes[b]! > 0);
        expect(found.edges.length > 0).toBe(touchesPrize);
        expect(pieceCount(found.edges.map((edge) => edges[edge]!))).toBeLessThanOrEqual(1);
        const again = nearestSubgraph({ nodeCount: 10, heads, tails }, prizes, target, 1);
        expect(again).toEqual(found);
      }),
    );
  });

  test('a jump from nothing to more is taken from above and trimmed', () => {
    const [heads, tails] = [Int32Array.of(0, 1, 2, 3), Int32Array.of(1, 2, 3, 4)];
    const prizes = { nodes: Float64Array.of(0.2, 0.9, 0.1, 0.8, 0.3), edges: new Float64Array(4) };
    const found = nearestSubgraph({ nodeCount: 5, heads, tails }, prizes, 1, 1);
    expect(found.edges).toHaveLength(1);
  });
});

describe('drawing', () => {
  const triples = rows.slice(0, 6).map((row) => triple(...(row.split('\t').slice(0, 2) as [string, string])));

  test('is a self-contained picture with the same bytes each time', () => {
    const svg = drawSubgraph(graph, triples, { highlight: ['RAF'], title: 'a < b' });
    expect(drawSubgraph(graph, triples, { highlight: ['RAF'], title: 'a < b' })).toBe(svg);
    expect(svg).toContain('<title>a &lt; b</title>');
    for (const legend of ['raises (+)', 'lowers (−)', 'belongs to']) expect(svg).toContain(legend);
    expect(svg).not.toMatch(/<script|href|url\(/);
  });

  test('names of the graph are text, whatever they hold', () => {
    const svg = drawSubgraph(graph, triples);
    expect(svg).toContain('MAPK &lt;signalling&gt; &amp; &quot;more&quot;');
    expect(svg).not.toContain('<signalling>');
  });

  test('more than sixty statements are counted, none at all make an empty picture', () => {
    const many = Array.from({ length: 70 }, () => triples[0]!);
    expect(drawSubgraph(graph, many)).toContain('10 more statements are not drawn.');
    expect(drawSubgraph(graph, [])).toMatch(/^<svg .*<\/svg>$/s);
  });
});

test('figures of a graph add up', () => {
  const stats = statsOf(graph);
  expect(stats).toMatchObject({
    nodes: 10,
    edges: 8,
    components: 2,
    largestComponent: 8,
    processes: 1,
    edgesBySign: { '+': 4, '0': 3, '-': 1 },
    sourcedEdges: 0,
  });
});

function pieceCount(edges: readonly (readonly [number, number])[]): number {
  const label = new Map<number, number>(edges.flat().map((node) => [node, node]));
  const root = (node: number): number => (label.get(node) === node ? node : root(label.get(node)!));
  for (const [head, tail] of edges) label.set(root(head), root(tail));
  return new Set([...label.keys()].map(root)).size;
}
