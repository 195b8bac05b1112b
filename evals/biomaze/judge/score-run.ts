import { z } from 'zod';
import { UsageError } from '../../../src/errors.ts';
import type { ChatModel } from '../../../src/model/chat-model.ts';
import type { Judgement } from '../../../src/store/judgements.ts';
import type { RunRecord } from '../../../src/store/runs.ts';
import type { SampleKey, SampleRecord } from '../../../src/store/samples.ts';
import type { Store } from '../../../src/store/store.ts';
import { questionSchema } from '../question.ts';
import { summarise } from '../summary.ts';
import { judge, judgeName, scoreOf } from './judge.ts';

export interface ScoreOptions {
  store: Store;
  model: ChatModel;
  concurrency: number;
  signal: AbortSignal;
  /** Ask again about what this judge has judged before. */
  again?: boolean;
  compat?: boolean;
  onJudged?: (judgement: Judgement, done: number, planned: number) => void;
}

/** What the judge made of a run's answers. */
export const judgeCountsSchema = z.object({
  judge: z.string(),
  n: z.number().int(),
  correct: z.number().int(),
  incorrect: z.number().int(),
  /** No verdict could be read; counted as wrong. */
  unparsed: z.number().int(),
  /** Longer than the protocol allows; counted as wrong. */
  tooLong: z.number().int(),
  judgeErrors: z.number().int(),
  /** Samples without an answer: nothing to judge, counted as wrong. */
  unanswered: z.number().int(),
});
export type JudgeCounts = z.infer<typeof judgeCountsSchema>;

/**
 * Lets a judge score the stored answers of an open-ended run, without asking them again; every judgement is kept as
 * soon as it is made, so that a stopped one goes on where it was. Throws `UsageError` on a run with labels.
 */
export async function scoreRun(run: RunRecord, options: ScoreOptions): Promise<JudgeCounts> {
  const { store, model, again = false, compat = false } = options;
  if (run.task !== 'biomaze' || run.settings.split !== 'openended')
    throw new UsageError(`run ${run.id} has labels: its scores need no judge`, {
      hint: 'A judge is for runs of `--split openended`.',
    });
  const by = judgeName(model, compat);
  const waiting: SampleKey[] = [];
  for (const record of store.samples.list(run.id)) {
    if (record.outcome === null) store.samples.rescore(run.id, record, null, by);
    else if (again || !isJudged(store, run.id, record, by)) waiting.push(record);
  }
  await judgeAll(run.id, waiting, options);
  restoreScores(store, run.id, by);
  store.runs.resummarise(run.id, summarise(store.samples.list(run.id), Number(run.settings.seed ?? 0)));
  return countsOf(store, run.id, by);
}

function isJudged(store: Store, run: string, key: SampleKey, by: string): boolean {
  const earlier = judgementBy(store, run, key, by);
  return earlier !== undefined && earlier.outcome !== 'judge-error';
}

function judgementBy(store: Store, run: string, key: SampleKey, by: string): Judgement | undefined {
  return store.judgements.list(run, key).find((judgement) => judgement.by === by);
}

async function judgeAll(run: string, waiting: readonly SampleKey[], options: ScoreOptions): Promise<void> {
  const { store, model, concurrency, signal, compat, onJudged } = options;
  const queue = waiting.values();
  let done = 0;
  const lane = async () => {
    for (const { id, epoch } of queue) {
      signal.throwIfAborted();
      const record = store.samples.get(run, id, epoch);
      if (!record?.outcome) continue;
      const judgement = await judge(model, answerOf(record), { signal, compat });
      store.judgeSample(run, record, judgement, scoreOf(judgement));
      onJudged?.(judgement, ++done, waiting.length);
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, waiting.length) }, lane));
}

function answerOf({ input, outcome }: SampleRecord) {
  const { question, answer: reference } = questionSchema.parse(input);
  return { question, reference, answer: outcome?.answer ?? '' };
}

/** What this judge said earlier counts again, where another judge has spoken since. */
function restoreScores(store: Store, run: string, by: string): void {
  for (const record of [...store.samples.list(run)]) {
    const judgement = record.scorer === by ? undefined : judgementBy(store, run, record, by);
    if (judgement) store.samples.rescore(run, record, scoreOf(judgement), by);
  }
}

function countsOf(store: Store, run: string, by: string): JudgeCounts {
  const counts = { n: 0, correct: 0, incorrect: 0, unparsed: 0, tooLong: 0, judgeErrors: 0, unanswered: 0 };
  const members = {
    correct: 'correct',
    incorrect: 'incorrect',
    unparsed: 'unparsed',
    'too-long': 'tooLong',
    'judge-error': 'judgeErrors',
  } as const;
  for (const key of store.samples.keys(run)) {
    const judgement = judgementBy(store, run, key, by);
    counts.n++;
    counts[judgement ? members[judgement.outcome] : 'unanswered']++;
  }
  return { judge: by, ...counts };
}
