import { beforeAll, describe, expect, test } from 'vitest';
import { GraphIndex } from '../../graphs/graph-index.ts';
import { readGraph } from '../../graphs/load.ts';
import type { PathwayGraph, Triple } from '../../graphs/pathway-graph.ts';
import { createSearch, type Found, type PathwaySearch } from '../../graphs/search.ts';
import { bisectedSubgraph } from '../../graphs/steiner/target-size.ts';
import { Corpus } from '../../graphs/text/corpus.ts';
import { renderTriple } from '../../graphs/text/render.ts';
import { TfIdf } from '../../graphs/text/tf-idf.ts';
import { toyEdges, toyNodes, writeToyGraph } from '../helpers/toy-graph.ts';

// Expected values are those of the reference, spec §8.1.

let graph: PathwayGraph;
let compat: PathwaySearch;
let better: PathwaySearch;

beforeAll(async () => {
  const loaded = await readGraph(writeToyGraph());
  graph = loaded.graph;
  expect(loaded.report).toEqual({
    nodes: 7,
    edges: 7,
    merged: 0,
    dropped: { 'self-loop edges': 1, 'nodes without edges': 1 },
  });
  compat = createSearch(graph, { mode: 'compat' });
  better = createSearch(graph);
});

const triple = (edge: number): Triple => {
  const key = toyEdges[edge]!;
  return { edge: key, head: graph.source(key), tail: graph.target(key) };
};
const names = (found: Found) => found.triples.map(({ edge }) => `e${toyEdges.indexOf(edge)}`);
const sorted = (found: Found) => names(found).sort();

test('cleaning leaves the nodes and edges of the file, in its order', () => {
  expect(graph.nodes()).toEqual(toyNodes.slice(0, 7));
  expect(graph.edges()).toEqual(toyEdges);
});

test('kinds, signs and labels come from prefixes, subtypes and symbols', () => {
  expect(graph.nodes().map((node) => graph.getNodeAttribute(node, 'kind'))).toEqual([
    ...['gene', 'family', 'compound', 'gene', 'gene', 'map', 'compound'],
  ]);
  expect(
    graph
      .edges()
      .map((edge) => graph.getEdgeAttribute(edge, 'sign'))
      .join(''),
  ).toBe('+-0+00+');
  expect(graph.getNodeAttribute('hsa:101', 'label')).toBe('ALFK1');
});

describe('lines', () => {
  test('compat mode writes the reference lines', () => {
    const lines = [0, 1, 2, 6].map((edge) => renderTriple(graph, triple(edge), { mode: 'compat' }));
    expect(lines).toEqual([
      '101: alpha kinase one ALFK1 AK1 | 102 103: BETA1 BET-1 BETB | PPrel activation phosphorylation | hsa90010: Toy signaling pathway',
      '102 103: BETA1 BET-1 BETB | 104: gamma receptor GAMR GR | PPrel inhibition | hsa90010: Toy signaling pathway hsa90020: Toy infection N90001: Omega to gamma signaling',
      'C90001: Zeta acid; 145-Zetate | 101: alpha kinase one ALFK1 AK1 | PCrel  | hsa90020: Toy infection',
      'C90002 C90003: Omega ion | 104: gamma receptor GAMR GR | pathway activate | N90001: Omega to gamma signaling',
    ]);
  });

  test('better mode keeps the commas of chemical names', () => {
    expect(renderTriple(graph, triple(2))).toBe(
      'C90001: Zeta acid; 1,4,5-Zetate | 101: alpha kinase one ALFK1 AK1 | PCrel | hsa90020: Toy infection',
    );
  });
});

describe('scores', () => {
  const scores = (query: string, mode: 'compat' | 'better' = 'compat') => {
    const corpus = new Corpus(new GraphIndex(graph), mode);
    const rounded = (values: Float64Array) => [...values].map((score) => Number(score.toFixed(6)));
    return {
      nodes: rounded(new TfIdf(corpus.nodes).scores(query)),
      edges: rounded(new TfIdf(corpus.edges).scores(query)),
    };
  };

  test('compat scores are those of the reference, field names counting as words', () => {
    expect(scores('alpha kinase')).toEqual({
      nodes: [0.66645, 0, 0.331136, 0, 0, 0.283127, 0],
      edges: [0.431294, 0.218667, 0, 0, 0.431294, 0, 0],
    });
    expect(scores('gamma receptor infection')).toEqual({
      nodes: [0, 0, 0, 0.565283, 0, 0.331233, 0],
      edges: [0.33776, 0.392051, 0.296339, 0.296339, 0.33776, 0.296339, 0.179086],
    });
    expect(scores('zzz')).toEqual({ nodes: Array(7).fill(0), edges: Array(7).fill(0) });
  });

  test('the word "name" finds every node in compat mode and none in better mode', () => {
    expect(scores('name').nodes.every((score) => score > 0)).toBe(true);
    expect(scores('name', 'better').nodes).toEqual(Array(7).fill(0));
  });
});

describe('global search', () => {
  const compatEdges = (query: string[], targetSize: number) => sorted(compat.global(query, { targetSize }));

  test('compat results by target size', () => {
    const expected: Record<number, string[]> = {
      1: ['e2'],
      2: ['e2', 'e4', 'e5'],
      3: ['e2', 'e4', 'e5'],
      4: ['e0', 'e2', 'e4', 'e5'],
      5: ['e0', 'e1', 'e2', 'e4', 'e5'],
      8: ['e0', 'e1', 'e2', 'e4', 'e5'],
    };
    for (const [size, edges] of Object.entries(expected)) {
      expect(compatEdges(['alpha kinase'], Number(size))).toEqual(edges);
    }
    const six = ['e0', 'e1', 'e2', 'e3', 'e4', 'e5'];
    const gamma = [[], ['e3', 'e4'], ['e1', 'e3', 'e4'], ['e0', 'e1', 'e4', 'e5'], six, six, [...six, 'e6']];
    for (const [i, edges] of gamma.entries()) {
      expect(compatEdges(['gamma receptor infection'], i + 1)).toEqual(edges);
    }
    for (const size of [1, 2]) expect(compatEdges(['delta'], size)).toEqual([]);
    expect(compatEdges(['delta'], 3)).toEqual(['e2', 'e3', 'e5']);
    expect(compatEdges(['delta'], 4)).toEqual(['e1', 'e2', 'e3', 'e5']);
  });

  test('the reference solves twice a step and once at the end: 6, 59 and 10 solves are 3, 30 and 5 costs', () => {
    const index = new GraphIndex(graph);
    const corpus = new Corpus(index, 'compat');
    const prizes = {
      nodes: new TfIdf(corpus.nodes).scores('alpha kinase'),
      edges: new TfIdf(corpus.edges).scores('alpha kinase'),
    };
    const { heads, tails } = index;
    const solves = [1, 2, 3].map(
      (n) => bisectedSubgraph({ nodeCount: 7, heads, tails }, prizes, n, 1).solves,
    );
    expect(solves).toEqual([3, 30, 5]);
  });

  test('better mode hits the size where it can and is never empty when something scores', () => {
    for (const query of ['alpha kinase', 'gamma receptor infection', 'delta']) {
      for (const targetSize of [1, 2, 3, 4, 5, 7]) {
        const { triples } = better.global(query, { targetSize });
        expect(triples.length).toBeGreaterThan(0);
        expect(triples.length).toBeLessThanOrEqual(targetSize);
      }
    }
    expect(better.global('zzz')).toEqual({ triples: [], info: 'No pathways were found for these keywords.' });
  });

  test('better mode keeps the named nodes and what joins them, and tells them first', () => {
    const found = better.global('nothing here', { seeds: ['cpd:C90001', 'hsa:104'], targetSize: 3 });
    expect(names(found)).toEqual(['e2', 'e0', 'e1']);
  });
});

describe('a call sequence', () => {
  test('global, local and history searches give the reference lines in its order', () => {
    const seen: Triple[] = [];
    const fresh = (found: Found) => {
      const known = new Set(seen.map(({ edge }) => edge));
      const triples = found.triples.filter(({ edge }) => !known.has(edge));
      seen.push(...triples);
      return names({ ...found, triples });
    };
    expect(fresh(compat.global(['alpha kinase'], { targetSize: 2 }))).toEqual(['e2', 'e4', 'e5']);
    expect(fresh(compat.global(['alpha kinase'], { targetSize: 2 }))).toEqual([]);
    expect(fresh(compat.aroundTriple(seen[0]!, ['gamma receptor infection']))).toEqual([
      'e0',
      'e1',
      'e3',
      'e6',
    ]);
    const summary = (targetSize: number) =>
      names(compat.summarise(seen, ['gamma receptor infection'], { targetSize }));
    expect(summary(2)).toEqual(['e3', 'e4']);
    expect(summary(16)).toEqual(['e2', 'e0', 'e1', 'e3', 'e4', 'e5', 'e6']);
  });

  test('a bare keyword is accepted, an empty list finds nothing and is no error', () => {
    expect(compat.global('alpha kinase', { targetSize: 2 })).toEqual(
      compat.global(['alpha kinase'], { targetSize: 2 }),
    );
    expect(compat.global([])).toEqual({ triples: [], info: 'No pathways were found for these keywords.' });
  });

  test('an entity that is not in the graph and an id that cannot be are told apart', () => {
    expect(compat.nextSteps('999').info).toBe('Error: 999 is not an entity of this graph.');
    expect(compat.nextSteps('X1').info).toMatch(/^Error: X1 is not a valid id/);
  });

  test('a triple of another graph is refused', () => {
    expect(() => compat.aroundTriple({ edge: 'a->b', head: 'a', tail: 'b' }, ['x'])).toThrow(RangeError);
  });
});

describe('the other tools', () => {
  test('next and previous steps follow the edges of every node with the entity', () => {
    expect(names(compat.nextSteps('105'))).toEqual(['e4', 'e5']);
    expect(names(compat.previousSteps('hsa:104'))).toEqual(['e1', 'e6']);
    expect(names(compat.nextSteps('102'))).toEqual(['e1']);
    expect(names(compat.nextSteps('105', 'infection', { topk: 1 }))).toEqual(['e5']);
    expect(compat.previousSteps('C90001').info).toBe('No upstream steps were found.');
  });

  test('a neighbourhood is what is within three steps forward or three steps backward', () => {
    expect(names(compat.hopSteps('C90002'))).toEqual(['e3', 'e4', 'e5', 'e6']);
    expect(sorted(compat.aroundEntity('C90002'))).toEqual(['e3', 'e4', 'e5', 'e6']);
  });

  test('without keywords better mode gives the nearest edges and says how many more there are', () => {
    const found = better.aroundEntity('GAMR', [], { targetSize: 2 });
    expect(found.triples).toHaveLength(2);
    expect(found.triples.every(({ head, tail }) => [head, tail].includes('hsa:104'))).toBe(true);
    expect(found.info).toBe('5 more lie near; keywords choose among them.');
  });

  test('entities and relations are found by their text', () => {
    const found = compat.searchEntities('delta factor', { topk: 2 });
    expect(found.entities[0]).toEqual({ id: '105', text: 'SYMBOL: DELT' });
    expect(
      compat.searchEntities('alpha', { accepts: (id) => /^C/.test(id) }).entities.map(({ id }) => id),
    ).toEqual(['C90001']);
    expect(names(compat.searchRelations('omega ion', { topk: 1 }))).toEqual(['e6']);
    expect(compat.searchRelations('zzz')).toEqual({
      triples: [],
      info: 'No triples were found for these keywords.',
    });
    expect(sorted(compat.aroundRelations('omega', { targetSize: 1 }))).toContain('e6');
  });

  test('details show an entry, and say so when there is none', () => {
    expect(compat.details('hsa90020').fields).toEqual({
      NAME: ['Toy infection - Homo sapiens (human)'],
      DESCRIPTION: ['Infection by toy virus raises delta factor.'],
    });
    expect(compat.details('nope').info).toBe('Error: nope is no id of this corpus.');
  });
});
