import { z } from 'zod';
import { runEventSchema } from '../../src/run.ts';
import { type SampleRecord, sampleRecordSchema } from '../../src/store/samples.ts';
import type { Store } from '../../src/store/store.ts';
import { questionSchema } from './question.ts';

const sideSchema = z.object({
  sample: sampleRecordSchema,
  events: z.array(z.object({ ts: z.number(), event: runEventSchema })),
});
export type FlipSide = z.infer<typeof sideSchema>;

/** A sample that one run got right and the other did not, with both traces. */
export const flipSchema = z.object({
  id: z.string(),
  epoch: z.number().int(),
  question: z.string(),
  expected: z.string(),
  /** Which run was better on it. */
  better: z.enum(['first', 'second']),
  first: sideSchema,
  second: sideSchema,
});
export type Flip = z.infer<typeof flipSchema>;

/** At most `most` samples that two runs scored differently, in the first run's order; failed ones count as wrong. */
export function* flipsOf(store: Store, first: string, second: string, most: number): Generator<Flip> {
  let found = 0;
  for (const before of store.samples.list(first)) {
    if (found === most) return;
    const after = store.samples.get(second, before.id, before.epoch);
    if (!after || isUnscored(before) || isUnscored(after)) continue;
    const gain = (after.score ?? 0) - (before.score ?? 0);
    if (gain === 0) continue;
    const { question, answer, label } = questionSchema.parse(before.input);
    if (questionSchema.parse(after.input).label !== label) continue;
    const side = (run: string, sample: SampleRecord): FlipSide => ({
      ...{ sample, events: store.events.list(run, sample.id, sample.epoch) },
    });
    found++;
    yield {
      ...{ id: before.id, epoch: before.epoch, question, expected: label ?? answer },
      better: gain > 0 ? 'second' : 'first',
      ...{ first: side(first, before), second: side(second, after) },
    };
  }
}

/** An answer that nothing has judged yet; a failed sample is wrong, not unscored. */
function isUnscored({ score, status }: SampleRecord): boolean {
  return score === null && status !== 'error' && status !== 'cancelled';
}
