import { cotAgent, vanillaAgent } from '../../agents/baselines/cot.ts';
import type { Agent } from '../../agents/loop.ts';
import { pathSeekerAgent } from '../../agents/pathseeker/path-seeker.ts';
import { perturbationAgent } from '../../agents/perturbation/perturbation-agent.ts';
import type { Question as AgentQuestion } from '../../agents/question.ts';
import type { PathwaySearch } from '../../graphs/search.ts';
import { UsageError } from '../../src/errors.ts';
import type { Question } from './question.ts';

export const methodNames = ['pathseeker', 'cot', 'vanilla', 'perturbation'] as const;
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
  return method === 'pathseeker' || method === 'perturbation';
}

/** Whether the method asks a model; one that does not takes no steps. */
export function needsModel(method: MethodName): boolean {
  return method !== 'perturbation';
}

/** The agent that answers one question: a fresh one for every sample, since agents remember. */
export function methodAgent(options: MethodOptions, question: Question, seed: number): Agent {
  const { method, shots, compat, search } = options;
  const asked = askedOf(question);
  switch (method) {
    case 'cot':
      return cotAgent(asked, { shots, compat, seed });
    case 'vanilla':
      return vanillaAgent(asked, { shots, compat, seed });
    case 'pathseeker':
      if (!search) throw new UsageError('pathseeker needs a graph');
      return pathSeekerAgent(asked, { search });
    case 'perturbation':
      if (!search) throw new UsageError('perturbation needs a graph');
      return perturbationAgent(asked, search);
  }
}

/** The question as agents see it: its text, and whether Yes or No is wanted. */
export function askedOf({ question, label }: Question): AgentQuestion {
  return { text: question, kind: label === null ? 'open' : 'judge' };
}
