import { cotAgent, vanillaAgent } from '../../agents/baselines/cot.ts';
import type { Agent } from '../../agents/loop.ts';
import type { Question } from './question.ts';

export const methodNames = ['cot', 'vanilla'] as const;
export type MethodName = (typeof methodNames)[number];

export interface MethodOptions {
  method: MethodName;
  /** Worked examples in the prompt of `cot` and `vanilla`. */
  shots: 0 | 2;
}

/** The agent that answers one question: a fresh one for every sample, since agents remember. */
export function methodAgent({ method, shots }: MethodOptions, question: Question, seed: number): Agent {
  const asked = { text: question.question, kind: question.label === null ? 'open' : 'judge' } as const;
  switch (method) {
    case 'cot':
      return cotAgent(asked, { shots, seed });
    case 'vanilla':
      return vanillaAgent(asked, { shots, seed });
  }
}
