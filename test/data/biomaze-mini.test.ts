import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadDataset } from '../../evals/biomaze/dataset.ts';
import { conditions, inquiries, type Question, targets } from '../../evals/biomaze/question.ts';
import { loadGraph } from '../../graphs/load.ts';
import type { EdgeAttributes, PathwayGraph } from '../../graphs/pathway-graph.ts';

const folder = fileURLToPath(new URL('../../data/biomaze-mini/', import.meta.url));
const graphFolder = fileURLToPath(new URL('../../data/pathways/', import.meta.url));

const cells = inquiries.flatMap((inquiry) =>
  conditions.flatMap((condition) => targets.map((target) => ({ inquiry, condition, target }))),
);

type Cell = (typeof cells)[number];

const isIn =
  ({ inquiry, condition, target }: Cell) =>
  (question: Question): boolean =>
    question.inquiry === inquiry && question.condition === condition && question.target === target;

const wordsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}_]{2,}/gu) ?? [];

/** Word counts by label; multinomial naive Bayes with add-one smoothing. */
function naiveBayes(training: readonly Question[]): (text: string) => string {
  const vocabulary = new Set(training.flatMap(({ question }) => wordsOf(question)));
  const models = ['Yes', 'No'].map((label) => {
    const words = training
      .filter(({ answer }) => answer === label)
      .flatMap(({ question }) => wordsOf(question));
    const counts = new Map<string, number>();
    for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
    const total = Math.log(words.length + vocabulary.size);
    return { label, logLikelihood: (word: string) => Math.log((counts.get(word) ?? 0) + 1) - total };
  });
  return (text) => {
    const words = wordsOf(text).filter((word) => vocabulary.has(word));
    const scored = models.map(({ label, logLikelihood }) => ({
      label,
      score: words.reduce((sum, word) => sum + logLikelihood(word), 0),
    }));
    return scored.sort((a, b) => b.score - a.score)[0]!.label;
  };
}

/** Bag-of-words accuracy over 5 folds that keep pairs together; `stride` deals the pairs to the folds. */
function crossValidated(questions: readonly Question[], stride: number): number {
  const pairs = [...new Set(questions.map(({ pair }) => pair))];
  const foldOf = (question: Question): number => Math.floor(pairs.indexOf(question.pair) / stride) % 5;
  let right = 0;
  for (let fold = 0; fold < 5; fold++) {
    const classify = naiveBayes(questions.filter((question) => foldOf(question) !== fold));
    const held = questions.filter((question) => foldOf(question) === fold);
    right += held.filter(({ question, answer }) => classify(question) === answer).length;
  }
  return right / questions.length;
}

/** The signs of the paths that lead from the perturbed node to the asked one along the evidence. */
function signsAlong(graph: PathwayGraph, { evidence, perturbation = '', asked = '' }: Question): Set<string> {
  const [start = '', change = ''] = perturbation.split(':');
  const signs = new Set<string>();
  const follow = (node: string, sign: string, left: readonly string[]): void => {
    if (node === asked) signs.add(sign);
    for (const edge of left.filter((name) => graph.source(name) === node)) {
      const rest = left.filter((name) => name !== edge);
      follow(graph.target(edge), signAfter(sign, graph.getEdgeAttributes(edge)), rest);
    }
  };
  follow(start, change, evidence);
  return signs;
}

function signAfter(sign: string, { sign: edge, type }: EdgeAttributes): string {
  // What a member does, its complex does.
  if (edge === '+' || type === 'isa' || type === 'partof') return sign;
  if (edge === '-') return sign === '+' ? '-' : '+';
  return 'unknown';
}

describe('our True/False and open-ended questions', () => {
  let trueFalse: Question[];
  let openEnded: Question[];
  let graph: PathwayGraph;
  beforeAll(async () => {
    trueFalse = (await loadDataset(folder, 'truefalse')).questions;
    openEnded = (await loadDataset(folder, 'openended')).questions;
    graph = await loadGraph(graphFolder);
  });

  test('are at least 120 and 40', () => {
    expect(trueFalse.length).toBeGreaterThanOrEqual(120);
    expect(openEnded.length).toBeGreaterThanOrEqual(40);
  });

  test.each(cells)('fill the cell $inquiry, $condition, $target, half of it Yes', (cell) => {
    const inCell = trueFalse.filter(isIn(cell));
    expect(inCell.length).toBeGreaterThanOrEqual(8);
    expect(inCell.filter(({ answer }) => answer === 'Yes').length * 2).toBe(inCell.length);
    expect(openEnded.filter(isIn(cell)).length).toBeGreaterThanOrEqual(3);
  });

  test('come in pairs that differ in one word, one of them Yes and one No', () => {
    const pairs = Map.groupBy(trueFalse, ({ pair }) => pair);
    for (const [pair, both] of pairs) {
      expect(both.map(({ answer }) => answer).sort(), pair).toEqual(['No', 'Yes']);
      const [one, other] = both.map(({ question }) => question.split(' ')) as [string[], string[]];
      expect(one.length, pair).toBe(other.length);
      expect(one.filter((word, i) => word !== other[i]).length, pair).toBe(1);
    }
  });

  test('are not to be told apart by their words', () => {
    const accuracies = [1, 2, 3, 5, 7].map((stride) => crossValidated(trueFalse, stride));
    console.info(`bag of words, 5 folds by pair: ${accuracies.map((value) => value.toFixed(3)).join(' ')}`);
    expect(Math.max(...accuracies)).toBeLessThanOrEqual(0.55);
  });

  test('are told apart where one word gives the answer away, so the check above can fail', () => {
    const leaking = trueFalse.map((item) => ({
      ...item,
      question: `${item.question} ${item.answer === 'Yes' ? 'indeed' : 'rather'}`,
    }));
    expect(crossValidated(leaking, 1)).toBeGreaterThan(0.9);
  });

  test('have evidence whose signs lead from what is changed to the answer, first of a pair the rise', () => {
    for (const [pair, both] of Map.groupBy(trueFalse, ({ pair }) => pair)) {
      const [up] = both as [Question];
      if (up.target === 'interaction') continue;
      expect([...signsAlong(graph, up)], pair).toEqual([up.answer === 'Yes' ? '+' : '-']);
    }
  });

  test('are each asked once over both files', () => {
    const asked = [...trueFalse, ...openEnded].map(({ question }) => question);
    expect(new Set(asked).size).toBe(asked.length);
  });

  test('name evidence that the curated graph holds, and nodes of it', () => {
    const all = [...trueFalse, ...openEnded];
    const unknown = all.flatMap(({ id, evidence }) =>
      evidence.filter((edge) => !graph.hasEdge(edge)).map((edge) => `${id}: ${edge}`),
    );
    expect(unknown).toEqual([]);
    const ends = all.flatMap(({ perturbation = '', asked = '' }) => [perturbation.split(':')[0]!, asked]);
    expect(ends.filter((node) => !graph.hasNode(node))).toEqual([]);
    const answered = all.filter(({ evidence }) => evidence.length > 0);
    expect(answered.length / all.length).toBeGreaterThan(0.8);
  });
});
