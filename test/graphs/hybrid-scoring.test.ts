import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadGraph } from '../../graphs/load.ts';
import type { PathwayGraph } from '../../graphs/pathway-graph.ts';
import { createSearch, type PathwaySearch } from '../../graphs/search.ts';
import { TrigramNames } from '../../graphs/text/trigram-names.ts';

let graph: PathwayGraph;
let hybrid: PathwaySearch;
let plain: PathwaySearch;
beforeAll(async () => {
  graph = await loadGraph(new URL('../../data/pathways/', import.meta.url).pathname);
  hybrid = createSearch(graph, { scoring: 'hybrid' });
  plain = createSearch(graph);
});

const endsOf = (search: PathwaySearch, words: string) =>
  new Set(search.global([words]).triples.flatMap(({ head, tail }) => [head, tail]));

test('TF-IDF stays what is used where nothing is said', () => {
  expect([plain.scoring, hybrid.scoring]).toEqual(['tfidf', 'hybrid']);
});

test.each([
  ['autophagie', 'autophagy'],
  ['apoptossis', 'apoptosis'],
  ['temsirolimuss', 'temsirolimus'],
])('"%s" leads to %s by likeness, where words alone do not', (written, node) => {
  expect(graph.hasNode(node)).toBe(true);
  expect(endsOf(plain, written)).not.toContain(node);
  expect(endsOf(hybrid, written)).toContain(node);
});

test('a local search scores names alike too', () => {
  const around = (search: PathwaySearch) => {
    const { triples } = search.aroundEntity('mTORC1', ['autophagie'], { targetSize: 6 });
    return new Set(triples.flatMap(({ head, tail }) => [head, tail]));
  };
  expect(around(plain)).not.toContain('autophagy');
  expect(around(hybrid)).toContain('autophagy');
});

test('a search that names nothing finds nothing in both', () => {
  for (const search of [plain, hybrid]) expect(search.global(['zzzz qqqq']).triples).toEqual([]);
});

describe('likeness of names', () => {
  test('is 1 for a name as it is, and never more, whatever the text', () => {
    const names = new TrigramNames(graph);
    const nodes = graph.nodes();
    for (let node = 0; node < nodes.length; node += 97) {
      const label = graph.getNodeAttribute(nodes[node] as string, 'label');
      if (/^[A-Z0-9]{5,}$/.test(label)) expect(names.scores(`loss of ${label}`).get(node)).toBe(1);
    }
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (text) => {
        for (const score of names.scores(text).values()) expect(score > 0 && score <= 1).toBe(true);
      }),
    );
  });
});
