import type { AnswerOutcome } from '../../../src/run.ts';
import type { SampleRecord } from '../../../src/store/samples.ts';

export function outcome(more: Partial<AnswerOutcome> = {}): AnswerOutcome {
  const flags = { stop: 'done', verdict: 'Yes', unparsed: false, uncertain: false, connected: true } as const;
  return { kind: 'answer', answer: 'an answer', ...flags, steps: 2, evidence: [], ...more };
}

interface More extends Partial<SampleRecord> {
  label?: 'Yes' | 'No';
  question?: string;
}

/** A stored True/False sample; a score of null is one that failed. */
export function sampleRecord(id: string, score: number | null, more: More = {}): SampleRecord {
  const { label = 'Yes', question = `Is ${id} so?`, ...rest } = more;
  const categories = { inquiry: 'normal', condition: 'natural', target: 'single', evidence: [] };
  const cost = { modelCalls: 2, promptTokens: 5, cachedTokens: 1, completionTokens: 3, ms: 10 };
  const ending =
    score === null
      ? ({ status: 'error', error: 'it failed', outcome: null } as const)
      : ({ status: 'success', error: null, outcome: outcome() } as const);
  return {
    ...{ id, epoch: 1, score, scorer: 'biomaze-truefalse-1', seed: 1, endedAt: 1_764_000_000_000 },
    ...{ input: { id, question, answer: label, label, ...categories }, ...cost, ...ending, ...rest },
  };
}
