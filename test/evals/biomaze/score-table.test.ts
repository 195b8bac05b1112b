import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { references, scoreTable } from '../../../evals/biomaze/score-table.ts';
import { scoreVerdict } from '../../../evals/biomaze/scorers.ts';
import type { Scored } from '../../../evals/biomaze/tally.ts';

let count = 0;
function scored(label: 'Yes' | 'No', score: number | null, more: Partial<Scored['question']> = {}): Scored {
  const question = {
    id: `q${count++}`,
    inquiry: 'normal',
    condition: 'natural',
    target: 'single',
    ...more,
  } as const;
  return { question, label, score, unparsed: false };
}
const conformance = [1, 1, 1, 0].map((s) => scored('Yes', s)).concat([1, 0].map((s) => scored('No', s)));

describe('the True/False scorer (spec §8.7)', () => {
  test('compares letter for letter', () => {
    expect(scoreVerdict('Yes', 'Yes')).toBe(1);
    expect(scoreVerdict('yes', 'Yes')).toBe(0);
    expect(scoreVerdict('No', 'Yes')).toBe(0);
  });

  test('a list of answers scores the mean', () => {
    expect(scoreVerdict(['Yes', 'No', 'maybe'], 'Yes')).toBeCloseTo(1 / 3);
  });

  test('no verdict is wrong for either label', () => {
    expect(scoreVerdict(null, 'Yes')).toBe(0);
    expect(scoreVerdict(null, 'No')).toBe(0);
    expect(scoreVerdict([], 'No')).toBe(0);
  });
});

describe('the score table', () => {
  test('balances the classes: 3 of 4 Yes and 1 of 2 No are 62.5 %, plain 66.7 %', () => {
    const [all] = scoreTable(conformance, 0);
    expect(all).toMatchObject({ slice: 'all', n: 6, nYes: 4, nNo: 2, balanced: 0.625 });
    expect(all?.accuracy).toBeCloseTo(2 / 3);
  });

  test('a slice without one of the classes has no balanced accuracy and no interval for it', () => {
    const table = scoreTable([...conformance, scored('Yes', 1, { target: 'function' })], 0);
    expect(table.find(({ slice }) => slice === 'function')).toMatchObject({
      ...{ n: 1, nNo: 0, accuracy: 1, balanced: null, balancedInterval: null },
    });
  });

  test('has a line for every category and cell that has a sample', () => {
    const names = scoreTable([...conformance, scored('No', 0, { inquiry: 'perturbed' })], 0).map(
      ({ slice }) => slice,
    );
    expect(names).toEqual([
      ...['all', 'normal', 'perturbed', 'natural', 'single'],
      ...['normal·natural·single', 'perturbed·natural·single'],
    ]);
  });

  test('failed samples count as wrong, and apart', () => {
    const [all] = scoreTable([scored('Yes', 1), scored('Yes', null), scored('No', 1), scored('No', 1)], 0);
    expect(all).toMatchObject({ accuracy: 0.75, accuracyWithoutErrors: 1, errors: 1 });
    expect(scoreTable([scored('Yes', null)], 0)[0]).toMatchObject({
      accuracy: 0,
      accuracyWithoutErrors: null,
    });
  });

  test('answers without a verdict have their own column', () => {
    const [all] = scoreTable([{ ...scored('Yes', 0), unparsed: true }, scored('No', 1)], 0);
    expect(all).toMatchObject({ unparsed: 1, accuracy: 0.5 });
  });

  test('the same samples and seed give the same table, in whatever order they were finished', () => {
    const many = Array.from({ length: 60 }, (_, i) => scored(i % 2 ? 'Yes' : 'No', i % 3 ? 1 : 0));
    expect(scoreTable(many.toReversed(), 5)).toEqual(scoreTable(many, 5));
  });

  test('an interval of 100 fair answers is about ±10 points', () => {
    const many = Array.from({ length: 100 }, (_, i) => scored(i % 2 ? 'Yes' : 'No', Math.floor(i / 2) % 2));
    const { low, high } = scoreTable(many, 0)[0]!.balancedInterval!;
    expect(low).toBeGreaterThan(0.37);
    expect(low).toBeLessThan(0.43);
    expect(high).toBeGreaterThan(0.57);
    expect(high).toBeLessThan(0.63);
  });

  test('pairs are resampled together: a model that always says Yes has no spread at all', () => {
    const pairs = Array.from({ length: 40 }, (_, i) => [
      scored('Yes', 1, { pair: `p${i}` }),
      scored('No', 0, { pair: `p${i}` }),
    ]);
    expect(scoreTable(pairs.flat(), 0)[0]?.accuracyInterval).toEqual({ low: 0.5, high: 0.5 });
  });

  test('intervals lie in [0, 1] and hold the score', () => {
    const sample = fc.tuple(fc.constantFrom('Yes' as const, 'No' as const), fc.constantFrom(0, 1, null));
    fc.assert(
      fc.property(fc.array(sample, { minLength: 2, maxLength: 12 }), (answers) => {
        for (const line of scoreTable(
          answers.map(([label, score]) => scored(label, score)),
          3,
        )) {
          const { low, high } = line.accuracyInterval!;
          expect(low).toBeGreaterThanOrEqual(0);
          expect(high).toBeLessThanOrEqual(1);
          expect(low).toBeLessThanOrEqual(line.accuracy + 1e-9);
          expect(high).toBeGreaterThanOrEqual(line.accuracy - 1e-9);
        }
      }),
      { numRuns: 25 },
    );
  });

  test('answers that are all right, or all wrong, have the interval of Wilson: few of them prove little', () => {
    const interval = (...scores: number[]) =>
      scoreTable(
        scores.map((score, i) => scored(i % 2 ? 'No' : 'Yes', score)),
        0,
      )[0]!;
    expect(interval(1).accuracyInterval?.low).toBeCloseTo(0.2065, 4);
    expect(interval(1).accuracyInterval?.high).toBe(1);
    expect(interval(1).balancedInterval).toBeNull();
    expect(interval(1, 1, 1, 1).accuracyInterval?.low).toBeCloseTo(0.5101, 4);
    expect(interval(1, 1, 1, 1).balancedInterval?.low).toBeCloseTo(0.3424, 4);
    expect(interval(0, 0).accuracyInterval?.low).toBe(0);
    expect(interval(1, 0).accuracyInterval).toEqual({ low: 0, high: 1 });
  });

  test('two questions of a pair that are both right count as one in that interval', () => {
    const pair = [scored('Yes', 1, { pair: 'p' }), scored('No', 1, { pair: 'p' })];
    expect(scoreTable(pair, 0)[0]?.accuracyInterval?.low).toBeCloseTo(0.2065, 4);
  });

  test('counts of unreadable and failed answers have intervals of their share', () => {
    const many = [...conformance.map((one) => ({ ...one, unparsed: true })), scored('No', null)];
    const [all] = scoreTable(many, 0);
    expect(all).toMatchObject({ unparsed: 6, errors: 1 });
    expect(all?.unparsedInterval?.low).toBeLessThan(6 / 7);
    expect(all?.errorsInterval?.high).toBeGreaterThan(1 / 7);
  });

  test('chance and the commoner label stand beside it', () => {
    expect(references({ n: 6, nYes: 4, nNo: 2 })).toEqual([
      { method: 'chance', accuracy: 0.5, balanced: 0.5 },
      { method: 'majority class', accuracy: 4 / 6, balanced: 0.5 },
    ]);
  });
});
