import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  exactMcNemar,
  holmAdjusted,
  itemsNeeded,
  varianceOfMean,
} from '../../../evals/harness/paired-tests.ts';

describe("McNemar's exact test", () => {
  test.each([
    [0, 0, 1],
    [5, 5, 1],
    [0, 6, 0.03125],
    [1, 9, 0.021484375],
    [8, 20, 0.0356979742646],
    // More terms than fit a double as plain numbers; by the normal approximation about 0.0015.
    [900, 1040, 0.00158],
  ])('%i against %i has p = %d', (first, second, p) => {
    expect(exactMcNemar(first, second)).toBeCloseTo(p, 4);
  });

  test('is the same for both orders, in (0, 1], and smaller for a more uneven split', () => {
    const counts = fc.tuple(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 400 }));
    fc.assert(
      fc.property(counts, ([a, b]) => {
        const p = exactMcNemar(a, b);
        expect(p).toBeCloseTo(exactMcNemar(b, a), 12);
        expect(p).toBeGreaterThan(0);
        expect(p).toBeLessThanOrEqual(1);
        if (a > 0 && a <= b) expect(exactMcNemar(a - 1, b + 1)).toBeLessThanOrEqual(p);
      }),
    );
  });
});

describe("Holm's correction", () => {
  test('adjusts step by step and keeps the order of the tests', () => {
    const adjusted = holmAdjusted([0.01, 0.04, 0.03, 0.005]);
    for (const [i, p] of [0.03, 0.06, 0.06, 0.02].entries()) expect(adjusted[i]).toBeCloseTo(p, 12);
    expect(holmAdjusted([])).toEqual([]);
  });

  test('never lowers a p-value, never passes 1, keeps their ranks', () => {
    const pValues = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });
    fc.assert(
      fc.property(pValues, (ps) => {
        const adjusted = holmAdjusted(ps);
        for (const [i, p] of ps.entries()) {
          expect(adjusted[i]).toBeGreaterThanOrEqual(p);
          expect(adjusted[i]).toBeLessThanOrEqual(1);
          for (const [j, q] of ps.entries()) if (p < q) expect(adjusted[i]).toBeLessThanOrEqual(adjusted[j]!);
        }
      }),
    );
  });
});

describe('the power hint', () => {
  test('is the textbook number for independent items: 20 % discordant, 3 points, 80 % power', () => {
    // Of 1000 items 115 are gained, 85 lost: variance of one difference 0.2 - 0.03².
    const gains = [...Array(115).fill(1), ...Array(85).fill(-1), ...Array(800).fill(0)] as number[];
    const variance = varianceOfMean(gains.map((gain) => [gain]))!;
    expect(itemsNeeded(0.03, 1000, variance)).toBeCloseTo((2.8015852 / 0.03) ** 2 * 0.1993, -1);
  });

  test('grows where items of one group rise and fall together', () => {
    const alone = varianceOfMean([[1], [1], [-1], [-1], [0], [0], [0], [0]])!;
    const together = varianceOfMean([
      [1, 1],
      [-1, -1],
      [0, 0],
      [0, 0],
    ])!;
    expect(itemsNeeded(0.03, 8, together)).toBeGreaterThan(1.5 * itemsNeeded(0.03, 8, alone));
  });

  test('does not take ten items without a difference for a promise', () => {
    expect(itemsNeeded(0.03, 10, 0)).toBeGreaterThan(500);
    // A difference of 3 points needs 3 % of the items to differ.
    expect(itemsNeeded(0.03, 5000, 0)).toBe(Math.ceil((2.801585 / 0.03) ** 2 * 0.0291));
    expect(varianceOfMean([[0, 1]])).toBeNull();
  });
});
