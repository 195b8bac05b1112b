import { cotAgent, vanillaAgent } from '../../agents/baselines/cot.ts';
import type { Agent } from '../../agents/loop.ts';
import { pathSeekerAgent } from '../../agents/pathseeker/path-seeker.ts';
import type { PathwaySearch } from '../../graphs/search.ts';
import { UsageError } from '../../src/errors.ts';
import type { Question } from './question.ts';

export const methodNames = ['pathseeker', 'cot', 'vanilla'] as const;
export type MethodName = (typeof methodNames)[number];

export interface MethodOptions {
  method: MethodName;
  /** Worked examples in the prompt of `cot` and `vanilla`; the others bring their own. */
  shots: 0 | 2;
  /** The reference's behaviour instead of ours, spec §3 and §4. */
  compat: boolean;
  /** For methods with a graph. Samples share it: it is only read. */
  search?: PathwaySearch | undefined;
}

export function needsGraph(method: MethodName): boolean {
  return method === 'pathseeker';
}

/** The agent that answers one question: a fresh one for every sample, since agents remember. */
export function methodAgent(options: MethodOptions, question: Question, seed: number): Agent {
  const { method, shots, compat, search } = options;
  const asked = { text: question.question, kind: question.label === null ? 'open' : 'judge' } as const;
  switch (method) {
    case 'cot':
      return cotAgent(asked, { shots, compat, seed });
    case 'vanilla':
      return vanillaAgent(asked, { shots, compat, seed });
    case 'pathseeker':
      if (!search) throw new UsageError('pathseeker needs a graph');
      return pathSeekerAgent(asked, { search });
  }
}
