import { describe, expect, test } from 'vitest';
import { differenceOf, pairedDifference, pairUp } from '../../../evals/biomaze/compare.ts';
import { nearDuplicates, questionsShown, similarity } from '../../../evals/biomaze/contamination.ts';
import { epochScores } from '../../../evals/biomaze/epochs.ts';
import { epochScoredOf, summarise } from '../../../evals/biomaze/summary.ts';
import { sampleRecord } from '../helpers/sample-records.ts';

const answers = (scores: readonly (number | null)[], epoch = 1) =>
  scores.map((score, i) => sampleRecord(`q${i}`, score, { epoch, label: i % 2 ? 'Yes' : 'No' }));

const scored = (scores: readonly (number | null)[]) =>
  answers(scores).map((record) => epochScoredOf(record)!);

describe('the difference of two runs', () => {
  test('has an exact p-value, an interval and the number of samples that would show 3 points', () => {
    const first = answers(Array.from({ length: 40 }, (_, i) => (i < 10 ? 1 : 0)));
    const second = answers(Array.from({ length: 40 }, (_, i) => (i >= 2 && i < 20 ? 1 : 0)));
    const d = pairedDifference(first, second, 0);
    expect(d).toMatchObject({ n: 40, questions: 40, onlyFirst: 2, onlySecond: 10, accuracy: 0.2 });
    expect(d.p).toBeCloseTo(0.038574, 5);
    expect(d.accuracyInterval!.low).toBeGreaterThan(0);
    expect(d.accuracyInterval!.high).toBeLessThan(0.4);
    expect(d.nForThreePoints).toBeGreaterThan(1500);
    expect(d.nForThreePoints).toBeLessThan(3500);
  });

  test('asked again, a question counts once in the test: epochs make no evidence of their own', () => {
    const [a, b] = [
      [1, 1, 0, 0],
      [0, 0, 1, 0],
    ] as const;
    const once = pairedDifference(answers(a), answers(b), 0);
    const [first, second] = [a, b].map((scores) => [1, 2, 3].flatMap((epoch) => answers(scores, epoch)));
    const thrice = pairedDifference(first!, second!, 0);
    expect(thrice).toMatchObject({ n: 12, questions: 4, p: once.p, onlyFirst: 6, onlySecond: 3 });
  });

  test('pools the runs of several seeds by question', () => {
    const pairings = [pairUp(scored([1, 0]), scored([0, 0])), pairUp(scored([1, 1]), scored([0, 1, 1]))];
    expect(differenceOf(pairings, 0)).toMatchObject({ n: 4, questions: 2, onlyFirst: 2, unpaired: 1, p: 1 });
  });

  test('of runs without a common sample is nothing', () => {
    expect(pairedDifference(answers([1]), [], 0)).toMatchObject({
      n: 0,
      unpaired: 1,
      p: null,
      accuracy: null,
    });
  });
});

describe('epochs', () => {
  const asked = [
    [1, 0, 0, 0],
    [0, 1, 0, 0],
    [0, 0, 0, null],
  ].flatMap((scores, i) => answers(scores, i + 1));

  test('are reduced to one score a question: the mean, and right at least once', () => {
    const { epochs } = summarise(asked, 0);
    expect(epochs).toMatchObject({ epochs: 3, questions: 4, atLeastOnce: { accuracy: 0.5, balanced: 0.5 } });
    expect(epochs!.mean.accuracy).toBeCloseTo(1 / 6);
    // Accuracies of 25, 25 and 0 %.
    expect(epochs!.deviation).toBeCloseTo(0.1443, 4);
  });

  test('do not narrow the interval where every epoch says the same', () => {
    const scores = Array.from({ length: 20 }, (_, i) => (i % 3 ? 1 : 0));
    const once = summarise(answers(scores), 0).slices[0]!.accuracyInterval!;
    const often = summarise(
      [1, 2, 3, 4].flatMap((epoch) => answers(scores, epoch)),
      0,
    ).epochs!;
    expect(often.mean.accuracyInterval!.high - often.mean.accuracyInterval!.low).toBeCloseTo(
      once.high - once.low,
      1,
    );
    expect(often.atLeastOnce.accuracy).toBe(often.mean.accuracy);
    expect(often.deviation).toBe(0);
  });

  test('one epoch has no such lines', () => {
    expect(summarise(answers([1, 0]), 0).epochs).toBeNull();
    expect(epochScores([], 0)).toBeNull();
  });
});

describe('contamination', () => {
  const exemplar = 'Does loss of CTR1 raise the expression of ERF1 in Arabidopsis?';

  test('finds a question that an example of the prompt all but states, in other words or inside a longer one', () => {
    const questions = new Map([
      ['same', 'Does the loss of CTR1 raise expression of ERF1 in arabidopsis'],
      ['inside', `In dark-grown seedlings kept for 3 days: ${exemplar} Answer for the shoot.`],
      ['template', 'Does loss of PTEN raise the expression of FOXO1 in hepatocytes?'],
      ['other', 'Does rapamycin lower autophagy?'],
    ]);
    expect(nearDuplicates(questions, [exemplar]).map(({ id }) => id)).toEqual(['same', 'inside']);
    expect(similarity(exemplar, exemplar)).toBe(1);
    expect(similarity('', exemplar)).toBe(0);
  });

  test('reads the examples from what the model was shown, in openings and in stages', () => {
    const message = (content: string) => ({ role: 'user' as const, content });
    expect(
      questionsShown([
        { type: 'opening', messages: [message(`Here is an example.\nQuestion: ${exemplar}\nAnswer: Yes`)] },
        { type: 'reply', step: 1, text: 'Question: not shown but said', ms: 1 },
        { type: 'stage', stage: 'reason', prompt: [message('Question: And this?')], text: 'Yes', ms: 1 },
      ]),
    ).toEqual([exemplar, 'And this?']);
  });
});
