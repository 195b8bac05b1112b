import { z } from 'zod';
import type { Outcome, RunEvent } from '../../src/run.ts';
import type { Store } from '../../src/store/store.ts';
import { wilsonInterval } from '../harness/wilson.ts';
import { questionSchema } from './question.ts';
import { intervalSchema } from './score-table.ts';

/** Questions of a run that the prompts' own worked examples all but state: their answers were given away. */
export const contaminationSchema = z.object({
  /** Different questions of the run. */
  questions: z.number().int(),
  /** Different worked examples that the prompts showed. */
  exemplars: z.number().int(),
  near: z.array(z.object({ id: z.string(), exemplar: z.string(), similarity: z.number() })),
  /** Wilson, of near over questions. */
  interval: intervalSchema,
});
export type Contamination = z.infer<typeof contaminationSchema>;

/** From here on two questions are near-duplicates. Different questions of one template stay below it. */
const threshold = 0.8;

/** The examples are the same with every question; more transcripts than these bring no new one. */
const transcripts = 8;

/**
 * The near-duplicates among stored runs' questions, by fuzzy match with every question that their prompts showed
 * beside the one they asked: whatever the method, since the transcripts tell.
 */
export function contaminationOf(store: Store, ...runs: readonly string[]): Contamination {
  const questions = new Map(runs.flatMap((run) => questionsOf(store, run)));
  const exemplars = new Set(runs.flatMap((run) => exemplarsOf(store, run, questions)));
  const near = nearDuplicates(questions, [...exemplars]);
  const interval = wilsonInterval(near.length, questions.size);
  return { questions: questions.size, exemplars: exemplars.size, near, interval };
}

function questionsOf(store: Store, run: string): [id: string, question: string][] {
  return Array.from(store.samples.list(run), ({ id, input }) => [id, questionSchema.parse(input).question]);
}

function exemplarsOf(store: Store, run: string, questions: ReadonlyMap<string, string>): string[] {
  const keys = store.samples.keys(run).slice(0, transcripts);
  return keys.flatMap(({ id, epoch }) => {
    const events = store.events.list(run, id, epoch).map(({ event }) => event);
    return questionsShown(events).filter((shown) => shown !== questions.get(id));
  });
}

/** What stands after `Question:` in the messages a model was shown. */
export function questionsShown(events: readonly RunEvent<Outcome>[]): string[] {
  const messages = events.flatMap((event) => {
    if (event.type === 'opening') return event.messages;
    return event.type === 'stage' ? event.prompt : [];
  });
  const found = messages.flatMap(({ content }) => [...content.matchAll(/^(?:Question|Q):[ \t]*(\S.*)$/gm)]);
  return [...new Set(found.map(([, text]) => text!.trim()))];
}

/** For each question at or above the threshold, the exemplar that is most like it. */
export function nearDuplicates(
  questions: ReadonlyMap<string, string>,
  exemplars: readonly string[],
): Contamination['near'] {
  return [...questions].flatMap(([id, question]) => {
    const likest = exemplars
      .map((exemplar) => ({ id, exemplar, similarity: similarity(question, exemplar) }))
      .sort((a, b) => b.similarity - a.similarity)[0];
    return likest && likest.similarity >= threshold ? [likest] : [];
  });
}

/**
 * In [0, 1]: the larger of the Dice coefficient of letter trigrams, which forgives spelling and word forms, and the
 * share of one text's word triples within the other, which finds a question inside a longer one.
 */
export function similarity(a: string, b: string): number {
  const [wordsA, wordsB] = [wordsOf(a), wordsOf(b)];
  const letters = (words: readonly string[]) => windows([...` ${words.join(' ')} `], 3);
  return Math.max(
    dice(letters(wordsA), letters(wordsB)),
    containment(windows(wordsA, 3), windows(wordsB, 3)),
  );
}

function wordsOf(text: string): string[] {
  return (
    text
      .normalize('NFKC')
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? []
  );
}

function windows(items: readonly string[], width: number): Set<string> {
  const count = Math.max(0, items.length - width + 1);
  return new Set(Array.from({ length: count }, (_, i) => items.slice(i, i + width).join('\u0000')));
}

function dice(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  return a.size + b.size === 0 ? 0 : (2 * shared(a, b)) / (a.size + b.size);
}

/** Short texts are inside anything: fewer than five word triples do not count. */
function containment(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const smaller = Math.min(a.size, b.size);
  return smaller < 5 ? 0 : shared(a, b) / smaller;
}

function shared(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  return [...a].filter((item) => b.has(item)).length;
}
