import type { Lane } from './lane.ts';
import type { StepWork } from './step-time.ts';

/** What a forward pass computes for one lane. */
export interface Step {
  lane: Lane;
  tokens: readonly number[];
  isPrefill: boolean;
  /** These are the last known tokens of the job, so the next one is to be chosen. */
  reachesEnd: boolean;
}

/** The next `size` tokens of a lane. */
export function stepOf(lane: Lane, size: number): Step {
  const { job, length } = lane;
  const tokens = job.tokens.slice(length, length + size);
  const reachesEnd = length + tokens.length === job.tokens.length;
  return { lane, tokens, isPrefill: !lane.isDecoding, reachesEnd };
}

/** What a pass did, once it has ended. */
export function workOf(steps: readonly Step[]): StepWork {
  const prompts = steps.filter(({ isPrefill }) => isPrefill);
  const prefill = prompts.reduce((sum, { tokens }) => sum + tokens.length, 0);
  const depths = prompts.map(({ lane, tokens }) => tokens.length * (lane.length - tokens.length / 2));
  const depth = depths.reduce((sum, each) => sum + each, 0) / Math.max(prefill, 1);
  return { prefill, depth, decodes: prompts.length < steps.length };
}
