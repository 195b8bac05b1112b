import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { signedGraphOf } from '../../../agents/perturbation/finding.ts';
import { excludedEdges, loadDataset } from '../../../evals/biomaze/dataset.ts';
import { makeQuestions } from '../../../evals/biomaze/make-questions.ts';
import { alterGraph } from '../../../graphs/altered-graph.ts';
import { loadGraph } from '../../../graphs/load.ts';
import { NameIndex } from '../../../graphs/resolve-names.ts';
import { graphOf } from '../../graphs/perturb/tiny-graph.ts';
import { folderWith } from '../../helpers/toy-graph.ts';

const graph = await loadGraph(fileURLToPath(new URL('../../../data/pathways', import.meta.url)));
const names = new NameIndex(graph);
const signed = signedGraphOf(graph);
const rows = makeQuestions(signed, names, { n: 200, seed: 1 });

test('as many questions as asked for, each in both polarities, of paths of 2 to 4 edges', () => {
  expect(rows.length).toBe(200);
  for (const [pair, both] of Map.groupBy(rows, (row) => row.pair)) {
    expect(both.map(({ answer }) => answer).sort(), pair).toEqual(['No', 'Yes']);
    const [one, other] = both.map(({ question }) => question.split(' ')) as [string[], string[]];
    expect(one.filter((word, i) => word !== other[i]).length, pair).toBe(1);
  }
  const lengths = Map.groupBy(rows, ({ evidence }) => evidence.length);
  expect([...lengths.keys()].sort()).toEqual([2, 3, 4]);
});

test('the signs along the path give the answer', () => {
  for (const { evidence, perturbation, question, answer, id } of rows) {
    const lowering = evidence.filter((edge) => graph.getEdgeAttribute(edge, 'sign') === '-').length;
    const rises = (perturbation.endsWith(':+') ? 0 : 1) + lowering;
    const asksRise = / (?:increase|raise|promote) /.test(question.replace(/^Does a rise in/, 'Does'));
    expect(answer, id).toBe((rises % 2 === 0) === asksRise ? 'Yes' : 'No');
  }
});

test('without the excluded edges nothing joins the ends directly, and every path is whole', () => {
  const reduced = alterGraph(graph, { removed: [...new Set(rows.flatMap(({ excluded }) => excluded))] });
  for (const { evidence, perturbation, target } of rows) {
    const start = perturbation.slice(0, -2);
    expect(reduced.hasEdge(start, target) || reduced.hasEdge(target, start)).toBe(false);
    expect(evidence.every((edge) => reduced.hasEdge(edge))).toBe(true);
    expect(reduced.source(evidence[0])).toBe(start);
    expect(reduced.target(evidence.at(-1))).toBe(target);
  }
});

test('a seed gives the same questions, another one others', () => {
  expect(makeQuestions(signed, names, { n: 20, seed: 1 })).toEqual(rows.slice(0, 20));
  expect(makeQuestions(signed, names, { n: 20, seed: 2 })).not.toEqual(rows.slice(0, 20));
});

test('a graph that is too small says how many it gives', async () => {
  const small = await graphOf('AAA1 + BBB1', 'BBB1 - CCC1');
  expect(() => makeQuestions(signedGraphOf(small), new NameIndex(small), { n: 200, seed: 1 })).toThrow(
    /gives only 2 of 200/,
  );
});

test('a question file keeps what it excludes', async () => {
  const file = join(folderWith({}), 'made.jsonl');
  writeFileSync(file, rows.map((row) => JSON.stringify(row)).join('\n'));
  const dataset = await loadDataset(file, 'truefalse');
  expect(dataset.questions.length).toBe(200);
  expect(excludedEdges(dataset)).toEqual([...new Set(rows.flatMap(({ excluded }) => excluded))]);
  expect(excludedEdges(dataset).length).toBeGreaterThan(0);
});
