import { z } from 'zod';
import { MalformedFileError } from '../../../src/errors.ts';
import type { ChatModel } from '../../../src/model/chat-model.ts';
import { agreementOf, agreementSchema, type Ratings } from '../../harness/agreement.ts';
import type { RawRow } from '../question.ts';
import { readRows } from '../read-rows.ts';
import { judge, judgeName } from './judge.ts';
import type { JudgedAnswer } from './prompt.ts';

/** An answer that a person has judged. */
export interface LabelledAnswer extends JudgedAnswer {
  correct: boolean;
}

const rowSchema = z.object({
  question: z.string().min(1),
  reference: z.string().min(1),
  answer: z.string(),
  label: z.union([z.string(), z.number(), z.boolean()]).transform(String),
});
const labels: Readonly<Record<string, boolean>> = {
  ...{ correct: true, true: true, '1': true, yes: true },
  ...{ incorrect: false, false: false, '0': false, no: false },
};

/**
 * Answers with a person's label, from JSONL, CSV or parquet with the columns question, reference, answer and label
 * (correct or incorrect). Throws `MalformedFileError` naming the row.
 */
export async function readLabelledAnswers(file: string): Promise<LabelledAnswer[]> {
  return (await readRows(file)).map(labelledAnswer);
}

function labelledAnswer({ place, values }: RawRow): LabelledAnswer {
  const row = rowSchema.safeParse(values);
  const correct = row.success ? labels[row.data.label.trim().toLowerCase()] : undefined;
  if (row.success && correct !== undefined) return { ...row.data, correct };
  const column = row.success ? 'label' : String(row.error.issues[0]?.path[0]);
  throw new MalformedFileError(`${place}: column "${column}" is missing or not what it should be`, {
    hint: 'The columns are question, reference, answer, and label, which is correct or incorrect.',
  });
}

/** How far a judge agrees with the person who made the labels. */
export const judgeCheckSchema = z.object({
  judge: z.string(),
  file: z.string(),
  /** `first` is the judge, `second` the label. Answers without a readable verdict are not in it. */
  ...agreementSchema.shape,
  /** Answers on which the judge gave no verdict: unparsed, too long, or failed. */
  noVerdict: z.number().int(),
});
export type JudgeCheck = z.infer<typeof judgeCheckSchema>;

export interface CheckOptions {
  model: ChatModel;
  file: string;
  concurrency: number;
  seed: number;
  signal: AbortSignal;
  compat?: boolean;
}

export async function checkJudge(
  answers: readonly LabelledAnswer[],
  { model, file, concurrency, seed, signal, compat = false }: CheckOptions,
): Promise<JudgeCheck> {
  const ratings: (Ratings | undefined)[] = answers.map(() => undefined);
  const queue = answers.entries();
  const lane = async () => {
    for (const [i, answer] of queue) {
      signal.throwIfAborted();
      const { outcome } = await judge(model, answer, { signal, compat });
      if (outcome === 'correct' || outcome === 'incorrect')
        ratings[i] = [outcome === 'correct', answer.correct];
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, answers.length) }, lane));
  const rated = ratings.filter((rating) => rating !== undefined);
  const noVerdict = answers.length - rated.length;
  return { judge: judgeName(model, compat), file, ...agreementOf(rated, seed), noVerdict };
}
