import { UsageError } from '../../src/errors.ts';
import { seededRandom, seedOf, shuffled } from '../harness/seed.ts';
import type { Question } from './question.ts';

/** Changes when the same flags would pick other questions; stored with the run. */
export const selectionVersion = 'balanced-shuffle-1';

export interface Selection {
  limit?: number | undefined;
  sampleIds?: readonly string[] | undefined;
  seed: number;
}

/**
 * The questions of a run, in the order they are asked: those named, else all, shuffled by the seed with Yes and
 * No taking turns while both last. A limit takes the first of them, so that both classes are present.
 */
export function selectQuestions(questions: readonly Question[], selection: Selection): Question[] {
  const named = selection.sampleIds ? byIds(questions, selection.sampleIds) : questions;
  const random = seededRandom(seedOf('selection', selection.seed));
  return alternating(shuffled(named, random)).slice(0, selection.limit);
}

function byIds(questions: readonly Question[], ids: readonly string[]): Question[] {
  const byId = new Map(questions.map((question) => [question.id, question]));
  return [...new Set(ids)].map((id) => {
    const question = byId.get(id);
    if (question) return question;
    throw new UsageError(`--sample-ids: there is no question "${id}"`, {
      hint: `Ids look like ${[...byId.keys()].slice(0, 3).join(', ')}.`,
    });
  });
}

function alternating(questions: readonly Question[]): Question[] {
  const yes = questions.filter(({ label }) => label === 'Yes');
  const others = questions.filter(({ label }) => label !== 'Yes');
  const turns = Math.max(yes.length, others.length);
  const rounds = Array.from({ length: turns }, (_, turn) => [yes[turn], others[turn]]);
  return rounds.flat().filter((question) => question !== undefined);
}
