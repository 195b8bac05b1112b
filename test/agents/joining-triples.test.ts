import fc from 'fast-check';
import { expect, test } from 'vitest';
import { joiningTriples } from '../../agents/pathseeker/joining-triples.ts';
import type { Triple } from '../../graphs/pathway-graph.ts';

const triple = (text: string): Triple => ({ edge: text, head: text[0]!, tail: text[1]! });
const joined = (edges: string, named: string) =>
  joiningTriples(edges.split(' ').filter(Boolean).map(triple), [...named])
    .map(({ edge }) => edge)
    .join(' ');

test.each([
  ['ab bc cd', 'ad', 'ab bc cd'],
  ['ab bc cd', 'da', 'cd bc ab'],
  ['ab cb cd ad', 'ad', 'ad'],
  ['ab bc bd', 'acd', 'ab bc bd'],
  ['ab cd', 'ad', ''],
  ['ab cd', 'abd', 'ab'],
  ['ab', 'a', ''],
  ['ab', 'xy', ''],
  ['', 'ab', ''],
])('of %j, the triples that join %s are %j', (edges, named, expected) => {
  expect(joined(edges, named)).toBe(expected);
});

test('what is chosen joins every named node that the triples join', () => {
  const node = fc.constantFrom(...'abcdefgh');
  const edges = fc.uniqueArray(
    fc.tuple(node, node).map(([a, b]) => a + b),
    { maxLength: 14 },
  );
  fc.assert(
    fc.property(edges, fc.uniqueArray(node, { minLength: 2, maxLength: 4 }), (texts, named) => {
      const triples = texts.map(triple);
      const chosen = joiningTriples(triples, named);
      expect(new Set(chosen.map(({ edge }) => edge)).size).toBe(chosen.length);
      const start = named.find((name) => triples.some(({ head, tail }) => head === name || tail === name));
      if (start === undefined) return;
      const all = reachable(triples, start);
      const kept = reachable(chosen, start);
      expect(named.filter((name) => kept.has(name))).toEqual(named.filter((name) => all.has(name)));
    }),
  );
});

function reachable(triples: readonly Triple[], start: string): Set<string> {
  const reached = new Set([start]);
  for (const node of reached)
    for (const { head, tail } of triples) if (head === node || tail === node) reached.add(head).add(tail);
  return reached;
}
