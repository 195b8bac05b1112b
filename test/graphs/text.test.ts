import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bareIds, prefixedId } from '../../graphs/kegg-ids.ts';
import { depthFirst } from '../../graphs/order.ts';
import { compact } from '../../graphs/text/compact.ts';
import { DocumentTable } from '../../graphs/text/document-table.ts';
import { limitList } from '../../graphs/text/limit-list.ts';
import { type LineParts, lineOf } from '../../graphs/text/line.ts';
import { TfIdf } from '../../graphs/text/tf-idf.ts';
import { countTokens } from '../../graphs/text/tokens.ts';
import { lacksSharedData, sharedData } from '../helpers/shared-data.ts';

describe('TF-IDF, spec §8.2', () => {
  const index = new TfIdf(DocumentTable.fromTexts(['alpha kinase alpha', 'beta kinase', 'gamma']));
  const hits = (query: string, zeros = false) =>
    index.search(query, undefined, zeros).map((hit) => [hit.document, Number(hit.score.toFixed(6))]);

  test('scores are scikit-learn’s', () => {
    expect(hits('alpha')).toEqual([[0, 0.934702]]);
    expect(hits('kinase')).toEqual([[1, 0.605349], [0, 0.355432]]); // biome-ignore format: pairs
    for (const query of ['alpha kinase', 'Kinase-alpha!']) {
      expect(hits(query)).toEqual([[0, 0.959146], [1, 0.366447]]); // biome-ignore format: pairs
    }
    expect(hits('alpha alpha kinase')).toEqual([[0, 1], [1, 0.215161]]); // biome-ignore format: pairs
  });

  test('unknown words find nothing; zeros are kept on request, in order', () => {
    expect(hits('delta')).toEqual([]);
    expect(hits('a b')).toEqual([]);
    expect(hits('gamma', true)).toEqual([[2, 1], [0, 0], [1, 0]]); // biome-ignore format: pairs
  });

  test('a corpus without a word finds nothing and does not fail', () => {
    const empty = new TfIdf(DocumentTable.fromTexts(['a', '', '[]']));
    expect(empty.search('a')).toEqual([]);
  });

  test('scores lie between 0 and 1, and a fit on all documents is the fit', () => {
    const texts = fc.array(fc.string({ unit: fc.constantFrom('ab', 'cd', 'ef', ' ') }), { minLength: 1 });
    fc.assert(
      fc.property(texts, fc.string({ unit: fc.constantFrom('ab', 'cd', ' ') }), (documents, query) => {
        const table = DocumentTable.fromTexts(documents);
        const all = new TfIdf(table).scores(query);
        const listed = new TfIdf(table, documents.map((_, i) => i)).scores(query); // biome-ignore format: call
        expect(listed).toEqual(all);
        expect(all.every((score) => score >= 0 && score <= 1)).toBe(true);
      }),
    );
  });
});

describe('depth-first order, spec §8.4', () => {
  const order = (text: string) =>
    depthFirst(text.split(' ').map(([head, tail]) => ({ head: head!, tail: tail! }))).map(
      (e) => e.head + e.tail,
    );

  test.each([
    ['ab bc db ca be', 'db bc ca ab be'],
    ['bc ab ac cd', 'ab bc cd ac'],
    ['xy yx', 'xy yx'],
    ['ab cb bd ae', 'ab bd ae cb'],
    ['ra ab rb br', 'ra ab br rb'],
  ])('%s → %s', (edges, expected) => {
    expect(order(edges).join(' ')).toBe(expected);
  });

  test('every edge is told exactly once', () => {
    const edge = fc.record({ head: fc.nat(6), tail: fc.nat(6) });
    fc.assert(
      fc.property(fc.uniqueArray(edge, { selector: (e) => `${e.head},${e.tail}` }), (edges) => {
        const told = depthFirst(edges);
        expect(told).toHaveLength(edges.length);
        expect(new Set(told)).toEqual(new Set(edges));
      }),
    );
  });
});

describe('lines and compaction, spec §8.5', () => {
  const side = (ids: string[], names: string[]) => ({ ids, names });

  test('compat deletes brackets, quotes, commas and primes', () => {
    const parts: LineParts = {
      head: side(['1'], ['A, [b] {c} "d"']),
      tail: side(['2'], ["5'-x"]),
      type: 'GErel',
      subtypes: [],
      processes: [],
    };
    expect(lineOf(parts, 'compat')).toBe('1: A b c d | 2: 5-x | GErel  |');
  });

  test('better keeps them, and no name can break the line or reach the terminal', () => {
    const parts: LineParts = {
      head: side(['1'], ['A | B\n7) forged', '\u001b[31mred']),
      tail: side(['2'], ["5'-x"]),
      type: 'GErel',
      subtypes: ['expression'],
      processes: [{ id: 'p', name: 'P, first' }],
    };
    expect(lineOf(parts, 'better')).toBe(
      "1: A B 7) forged [31mred | 2: 5'-x | GErel expression | p: P, first",
    );
  });

  const long: LineParts = {
    head: side(Array.from({ length: 40 }, (_, i) => String(1000 + i)), ['ALFK1', 'AK1']), // biome-ignore format: one side
    tail: side(['2001'], ['gamma receptor', 'GAMR', 'GR']),
    type: 'PPrel',
    subtypes: ['activation', 'phosphorylation'],
    processes: Array.from({ length: 12 }, (_, i) => ({
      id: `hsa900${String(i + 1).padStart(2, '0')}`,
      name: `Toy pathway number ${i + 1}`,
    })),
  };

  test('a long line keeps 23 ids and 6 processes in 151 tokens', () => {
    const short = compact(long, 150, [], 'compat');
    expect(short.head.ids).toEqual(long.head.ids.slice(0, 23));
    expect(short.head.names).toEqual(long.head.names);
    expect(short.subtypes).toEqual(long.subtypes);
    expect(short.processes).toEqual(long.processes.slice(0, 6));
    expect(countTokens(lineOf(short, 'compat'))).toBe(151);
    expect(long.head.ids).toHaveLength(40);
  });

  test('with keywords the processes like them are kept', () => {
    const short = compact(long, 150, ['pathway number 12'], 'compat');
    expect(short.processes[0]?.name).toBe('Toy pathway number 12');
  });

  test('what cannot be shortened is returned as it is', () => {
    const wordy = { ...long, head: side(['1'], ['x y '.repeat(300)]), processes: [] };
    expect(compact(wordy, 150, [], 'compat').head).toEqual(wordy.head);
  });

  test('lists keep what fits, the most alike first', () => {
    const items = ['aaa bbb', 'ccc ddd', 'eee fff'];
    expect(limitList(items, 12)).toEqual(['aaa bbb', 'ccc ddd']);
    expect(limitList(items, 12, ['ccc'])).toEqual(['ccc ddd', 'aaa bbb']);
    expect(limitList(['aaa bbb'], 1)).toBeUndefined();
    expect(limitList([], 1)).toEqual([]);
  });

  test('ids get and lose their prefixes', () => {
    const prefixed = ['hsa04010', 'C00001', 'K00001', 'ko00010', 'nt06001', '1234', 'N00001', 'H00001'];
    expect(prefixed.map(prefixedId)).toEqual([
      ...['path:hsa04010', 'cpd:C00001', 'ko:K00001', 'path:ko00010', 'network:nt06001', 'hsa:1234'],
      ...[undefined, undefined],
    ]);
    expect(bareIds('undefined hsa:3')).toEqual(['3']);
  });
});

test.skipIf(lacksSharedData('tokenizer'))('cl100k token counts agree with the published vectors', () => {
  const text = readFileSync(sharedData('tokenizer/TestPlans.txt'), 'utf8');
  const plans = [...text.matchAll(/EncodingName: cl100k_base\nSample: ([\s\S]*?)\nEncoded: (\[.*\])/g)];
  expect(plans.length).toBeGreaterThan(5);
  for (const [, sample, encoded] of plans) {
    expect([sample, countTokens(sample!)]).toEqual([sample, (JSON.parse(encoded!) as number[]).length]);
  }
});
