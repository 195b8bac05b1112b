import fc from 'fast-check';
import { expect, test } from 'vitest';
import { agreementOf, cohensKappa, type Ratings } from '../../../evals/harness/agreement.ts';

test('kappa is that of the textbook: 20, 5, 10 and 15 of 50 give 0.4', () => {
  const counts = { bothYes: 20, onlyFirst: 5, onlySecond: 10, bothNo: 15 };
  expect(cohensKappa(counts)).toBeCloseTo(0.4, 10);
});

test('raters who always say the same have no kappa, and full agreement', () => {
  const all: Ratings[] = Array.from({ length: 5 }, () => [true, true]);
  expect(agreementOf(all, 0)).toMatchObject({ n: 5, agreement: 1, kappa: null, kappaInterval: null });
  expect(agreementOf([], 0)).toMatchObject({ n: 0, agreement: null, kappa: null });
});

test('kappa is symmetric, at most 1, and 1 exactly where two raters with both habits always agree', () => {
  const ratings = fc.array(fc.tuple(fc.boolean(), fc.boolean()), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(ratings, (items) => {
      const { kappa, bothYes, bothNo, n } = agreementOf(items, 0);
      const turned = agreementOf(
        items.map(([a, b]) => [b, a] as const),
        0,
      ).kappa;
      expect(turned === null).toBe(kappa === null);
      expect(turned ?? 0).toBeCloseTo(kappa ?? 0, 10);
      expect(kappa ?? 0).toBeLessThanOrEqual(1);
      if (kappa !== null) expect(kappa === 1).toBe(bothYes + bothNo === n);
    }),
    { numRuns: 30 },
  );
});

test('the interval is the same for the same seed and holds the estimate', () => {
  const items: Ratings[] = Array.from({ length: 60 }, (_, i) => [
    i % 2 === 0,
    i % 5 === 0 ? i % 3 === 0 : i % 2 === 0,
  ]);
  const [one, two] = [agreementOf(items, 4), agreementOf(items, 4)];
  expect(one).toEqual(two);
  expect(one.kappaInterval!.low).toBeLessThan(one.kappa!);
  expect(one.kappaInterval!.high).toBeGreaterThan(one.kappa!);
});
