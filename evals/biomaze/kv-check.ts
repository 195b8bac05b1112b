import { z } from 'zod';
import type { SampleRecord } from '../../src/store/samples.ts';
import type { Store } from '../../src/store/store.ts';
import { seededRandom, seedOf, shuffled } from '../harness/seed.ts';
import { wilsonInterval } from '../harness/wilson.ts';
import { intervalSchema } from './score-table.ts';

/** Of how many samples the answer was another one when they were asked again with full attention. */
export const kvCheckSchema = z.object({
  /** The run that asked again. */
  run: z.string(),
  n: z.number().int(),
  changed: z.number().int(),
  /** Wilson, of changed / n. */
  interval: intervalSchema,
});
export type KvCheck = z.infer<typeof kvCheckSchema>;

/** Which samples to ask again: `count` of those that ended well the first time, picked by the seed. */
export function samplesToCheck(records: Iterable<SampleRecord>, count: number, seed: number): string[] {
  const ids = [...records].filter(isAnswered).map(({ id }) => id);
  return shuffled(ids.sort(), seededRandom(seedOf('kv-check', seed))).slice(0, count);
}

/** The same questions, seeds and prompts, over the low-bit copy and in full. */
export function compareAnswers(
  run: string,
  first: Iterable<SampleRecord>,
  again: Iterable<SampleRecord>,
): KvCheck {
  const answers = new Map([...first].filter(isAnswered).map((record) => [record.id, answerOf(record)]));
  const pairs = [...again].filter((record) => isAnswered(record) && answers.has(record.id));
  const changed = pairs.filter((record) => answers.get(record.id) !== answerOf(record)).length;
  return { run, n: pairs.length, changed, interval: wilsonInterval(changed, pairs.length) };
}

/** The newest check of a run that the store has; undefined where nothing was asked again. */
export function storedKvCheck({ runs, samples }: Store, run: string): KvCheck | undefined {
  const checking = runs.newestChecking(run);
  const check = checking && compareAnswers(checking.id, samples.list(run), samples.list(checking.id));
  return check?.n ? check : undefined;
}

const isAnswered = ({ epoch, outcome, status }: SampleRecord) =>
  epoch === 1 && outcome !== null && status !== 'error' && status !== 'cancelled';

/** Yes or No where the question asks for that; else the text. */
function answerOf({ outcome, input }: SampleRecord): string | null {
  const isOpen = (input as { label?: unknown }).label == null;
  return isOpen ? outcome!.answer : outcome!.verdict;
}
