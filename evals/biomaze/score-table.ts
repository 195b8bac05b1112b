import { z } from 'zod';
import { type Interval, percentileInterval, resamples } from '../harness/bootstrap.ts';
import { seedOf } from '../harness/seed.ts';
import { wilsonInterval } from '../harness/wilson.ts';
import { conditions, inquiries, targets } from './question.ts';
import { addUp, balancedAccuracy, clustersOf, plainAccuracy, type Scored, tallyOf } from './tally.ts';

export const intervalSchema = z.object({ low: z.number(), high: z.number() }).nullable();

/** One line of the score table. Shares are in [0, 1]; null prints as "–". */
export const sliceScoreSchema = z.object({
  slice: z.string(),
  n: z.number().int(),
  nYes: z.number().int(),
  nNo: z.number().int(),
  /** Right answers over all, failed samples counted as wrong. */
  accuracy: z.number(),
  accuracyInterval: intervalSchema,
  /** Mean of the accuracies on Yes and on No (the paper's metric); null where one of them has no sample. */
  balanced: z.number().nullable(),
  balancedInterval: intervalSchema,
  /** Right answers over those that did not fail; null where all failed. */
  accuracyWithoutErrors: z.number().nullable(),
  /** Answers without a readable verdict: wrong for either label. */
  unparsed: z.number().int(),
  /** Wilson, of unparsed / n. */
  unparsedInterval: intervalSchema.default(null),
  errors: z.number().int(),
  errorsInterval: intervalSchema.default(null),
});
export type SliceScore = z.infer<typeof sliceScoreSchema>;

interface Slice {
  name: string;
  holds: (question: Scored['question']) => boolean;
}

const cells: Slice[] = inquiries.flatMap((inquiry) =>
  conditions.flatMap((condition) =>
    targets.map((target) => ({
      name: `${inquiry}·${condition}·${target}`,
      holds: (q) => q.inquiry === inquiry && q.condition === condition && q.target === target,
    })),
  ),
);

/** Everything, the seven categories of the taxonomy's three axes, then its twelve cells. */
const slices: readonly Slice[] = [
  { name: 'all', holds: () => true },
  ...inquiries.map((name): Slice => ({ name, holds: ({ inquiry }) => inquiry === name })),
  ...conditions.map((name): Slice => ({ name, holds: ({ condition }) => condition === name })),
  ...targets.map((name): Slice => ({ name, holds: ({ target }) => target === name })),
  ...cells,
];

/** The table of a run: a line for each slice that has a sample. Same samples and seed, same table. */
export function scoreTable(scored: readonly Scored[], seed: number): SliceScore[] {
  return slices.flatMap(({ name, holds }) => {
    const inside = scored.filter(({ question }) => holds(question));
    return inside.length === 0 ? [] : [scoreSlice(name, inside, seed)];
  });
}

function scoreSlice(slice: string, scored: readonly Scored[], seed: number): SliceScore {
  const all = addUp(scored.map(tallyOf));
  const answered = scored.filter(({ score }) => score !== null);
  return {
    ...{ slice, n: scored.length, nYes: all.yes, nNo: all.no },
    ...{ accuracy: plainAccuracy(all) ?? 0, balanced: balancedAccuracy(all) },
    ...intervals(scored, seedOf('bootstrap', seed, slice)),
    accuracyWithoutErrors: plainAccuracy(addUp(answered.map(tallyOf))),
    ...counted('unparsed', scored.filter(({ unparsed }) => unparsed).length, scored.length),
    ...counted('errors', scored.length - answered.length, scored.length),
  };
}

function counted<N extends 'unparsed' | 'errors'>(name: N, count: number, n: number) {
  const interval = wilsonInterval(count, n);
  return { [name]: count, [`${name}Interval`]: interval } as Pick<SliceScore, N | `${N}Interval`>;
}

function intervals(scored: readonly Scored[], seed: number) {
  return { ...bootstrapped(scored, seed), ...ofOneKind(scored) };
}

function bootstrapped(scored: readonly Scored[], seed: number) {
  const plain: (number | null)[] = [];
  const balanced: (number | null)[] = [];
  const clusters = clustersOf(scored, (members) => addUp(members.map(tallyOf)));
  for (const drawn of resamples(clusters, seed)) {
    const tally = addUp(drawn);
    plain.push(plainAccuracy(tally));
    balanced.push(balancedAccuracy(tally));
  }
  return { accuracyInterval: percentileInterval(plain), balancedInterval: percentileInterval(balanced) };
}

/**
 * Where every answer is right, or every one wrong, a bootstrap has no width, which is no certainty: then Wilson's
 * interval of so many clusters. The balanced accuracy is the mean of two classes, and so is its interval where each of
 * them has answers of one kind.
 */
function ofOneKind(scored: readonly Scored[]) {
  const accuracyInterval = wilsonOfOneKind(scored);
  const [yes, no] = (['Yes', 'No'] as const).map((of) =>
    wilsonOfOneKind(scored.filter(({ label }) => label === of)),
  );
  const middle = (a: number, b: number) => (a + b) / 2;
  const balancedInterval = yes && no && { low: middle(yes.low, no.low), high: middle(yes.high, no.high) };
  return { ...(accuracyInterval && { accuracyInterval }), ...(balancedInterval && { balancedInterval }) };
}

/** Null for no answer, or answers of both kinds. */
function wilsonOfOneKind(scored: readonly Scored[]): Interval | null {
  const right = scored[0]?.score ?? 0;
  if (right % 1 !== 0 || scored.some(({ score }) => (score ?? 0) !== right)) return null;
  const n = clustersOf(scored, () => 1).length;
  return wilsonInterval(right * n, n);
}

/** What needs no model: guessing, and always giving the commoner label. Nothing for open questions. */
export const referenceSchema = z.object({ method: z.string(), accuracy: z.number(), balanced: z.number() });
export type Reference = z.infer<typeof referenceSchema>;

export function references(all: Pick<SliceScore, 'n' | 'nYes' | 'nNo'>): Reference[] {
  if (all.nYes + all.nNo === 0) return [];
  return [
    { method: 'chance', accuracy: 0.5, balanced: 0.5 },
    { method: 'majority class', accuracy: Math.max(all.nYes, all.nNo) / all.n, balanced: 0.5 },
  ];
}
