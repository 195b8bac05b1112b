import { z } from 'zod';
import { percentileInterval, resamples } from './bootstrap.ts';
import { seedOf } from './seed.ts';
import { wilsonInterval } from './wilson.ts';

const interval = z.object({ low: z.number(), high: z.number() }).nullable();

/** How far two raters agree who call each item yes or no. */
export const agreementSchema = z.object({
  n: z.number().int(),
  /** Share of items on which they agree, with Wilson's 95 % interval. */
  agreement: z.number().nullable(),
  agreementInterval: interval,
  /** Cohen's kappa: agreement beyond chance; null where chance alone would agree on everything. */
  kappa: z.number().nullable(),
  /** 95 %, of bootstrap resamples over the items. */
  kappaInterval: interval,
  bothYes: z.number().int(),
  onlyFirst: z.number().int(),
  onlySecond: z.number().int(),
  bothNo: z.number().int(),
});
export type Agreement = z.infer<typeof agreementSchema>;

export type Ratings = readonly [first: boolean, second: boolean];

export function agreementOf(items: readonly Ratings[], seed: number): Agreement {
  const counted = countsOf(items);
  const kappas: (number | null)[] = [];
  for (const drawn of resamples(items, seedOf('kappa', seed))) kappas.push(cohensKappa(countsOf(drawn)));
  const agreed = counted.bothYes + counted.bothNo;
  return {
    n: items.length,
    agreement: items.length === 0 ? null : agreed / items.length,
    agreementInterval: wilsonInterval(agreed, items.length),
    kappa: cohensKappa(counted),
    kappaInterval: percentileInterval(kappas),
    ...counted,
  };
}

type Counts = Pick<Agreement, 'bothYes' | 'onlyFirst' | 'onlySecond' | 'bothNo'>;

function countsOf(items: readonly Ratings[]): Counts {
  const counts = { bothYes: 0, onlyFirst: 0, onlySecond: 0, bothNo: 0 };
  for (const [first, second] of items) {
    if (first) counts[second ? 'bothYes' : 'onlyFirst']++;
    else counts[second ? 'onlySecond' : 'bothNo']++;
  }
  return counts;
}

/** (observed − expected) / (1 − expected), where expected is what raters of these habits would agree on by chance. */
export function cohensKappa({ bothYes, onlyFirst, onlySecond, bothNo }: Counts): number | null {
  const n = bothYes + onlyFirst + onlySecond + bothNo;
  if (n === 0) return null;
  const [firstYes, secondYes] = [(bothYes + onlyFirst) / n, (bothYes + onlySecond) / n];
  const expected = firstYes * secondYes + (1 - firstYes) * (1 - secondYes);
  return expected === 1 ? null : ((bothYes + bothNo) / n - expected) / (1 - expected);
}
