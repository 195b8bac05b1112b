import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { runAgent } from '../../../agents/loop.ts';
import { perturbationAgent } from '../../../agents/perturbation/perturbation-agent.ts';
import { loadDataset } from '../../../evals/biomaze/dataset.ts';
import type { Question } from '../../../evals/biomaze/question.ts';
import { loadGraph } from '../../../graphs/load.ts';
import { createSearch, type PathwaySearch } from '../../../graphs/search.ts';
import { noModel } from '../../../src/model/no-model.ts';
import type { AnswerOutcome } from '../../../src/run.ts';

const data = (path: string) => fileURLToPath(new URL(`../../../data/${path}`, import.meta.url));
const { signal } = new AbortController();

async function answer(text: string, search: PathwaySearch): Promise<AnswerOutcome> {
  const run = runAgent(perturbationAgent({ text, kind: 'judge' }, search), { model: noModel, maxSteps: 0, seed: 0, signal }); // biome-ignore format: a row
  for await (const event of run) if (event.type === 'finished') return event.outcome;
  throw new Error('no outcome');
}

describe('signed propagation on our own questions', () => {
  let search: PathwaySearch;
  let answered: { question: Question; outcome: AnswerOutcome }[];
  beforeAll(async () => {
    search = createSearch(await loadGraph(data('pathways')));
    const { questions } = await loadDataset(data('biomaze-mini'), 'truefalse');
    answered = [];
    for (const question of questions) {
      answered.push({ question, outcome: await answer(question.question, search) });
    }
  });

  /** The share of right answers; a question without an answer counts as wrong. */
  function accuracy(questions: typeof answered): number {
    const right = questions.filter(({ question, outcome }) => outcome.verdict === question.label);
    return right.length / questions.length;
  }

  test('is right on at least 85 % of all of them, and of those about one node or a function', () => {
    const single = answered.filter(({ question }) => question.target !== 'interaction');
    console.info(`all ${accuracy(answered).toFixed(3)}, without interactions ${accuracy(single).toFixed(3)}`);
    expect(accuracy(answered)).toBeGreaterThanOrEqual(0.85);
    expect(accuracy(single)).toBeGreaterThanOrEqual(0.85);
  });

  test('answers the two questions of a pair with one mechanism', () => {
    for (const [pair, both] of Map.groupBy(answered, ({ question }) => question.pair)) {
      const [one, other] = both.map(({ outcome }) => outcome.verdict);
      if (one !== null && other !== null) expect([one, other].sort(), pair).toEqual(['No', 'Yes']);
    }
  });

  test('has a certificate for at least 90 % of its answers', () => {
    const told = answered.filter(({ outcome }) => outcome.verdict !== null);
    const certified = told.filter(({ outcome }) => outcome.certificate);
    expect(certified.length / told.length).toBeGreaterThanOrEqual(0.9);
  });

  test('abstains where nothing is named, nothing is asked or no path leads there', async () => {
    const verdicts = async (text: string) => {
      const { verdict, mechanism } = await answer(text, search);
      return [verdict, mechanism?.abstained];
    };
    expect(await verdicts('Does the frobnicator raise the doodad?')).toEqual([null, 'not-read']);
    expect(await verdicts('Is it warm?')).toEqual([null, 'not-read']);
    expect(await verdicts('Does haemoglobin raise G6PC1?')).toEqual([null, 'not-read']);
    expect(await verdicts('Does apoptosis raise the activity of EGF?')).toEqual([null, 'no-path']);
  });
});
