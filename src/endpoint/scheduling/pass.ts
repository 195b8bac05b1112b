import type { BatchEntry, Engine } from '../../engine/engine.ts';
import { type Comparison, Shadows } from './kv-audit.ts';
import type { SchedulerOptions } from './scheduler-options.ts';
import type { Step } from './step.ts';

export interface Pass {
  /** One row for each step; empty where its job ended on the way or no token is to be chosen. */
  logits: readonly Float32Array[];
  audits: readonly Comparison[];
  /** It did more than its steps. */
  wasAudited: boolean;
}

export type AuditOptions = Pick<SchedulerOptions, 'auditRate' | 'onError'>;

/** One forward pass over these steps; choosers get ready meanwhile. Rejects where the engine does. */
export async function runPass(
  engine: Engine,
  steps: readonly Step[],
  { auditRate = 0, onError }: AuditOptions,
): Promise<Pass> {
  const shadows = new Shadows();
  try {
    shadows.take(engine, steps, auditRate);
    const pass = engine.forward([...steps.map(entryOf), ...shadows.entries]);
    for (const { lane, reachesEnd } of steps) if (reachesEnd) lane.job.prepare();
    const logits = await pass;
    const audits = shadows.compare(steps, logits);
    return { logits: logits.slice(0, steps.length), audits, wasAudited: shadows.areDue };
  } catch (error) {
    if (!shadows.areDue) throw error;
    onError?.(error); // an audit that cannot be had is none of the request's business
    shadows.free();
    return runPass(engine, steps, { auditRate: 0 });
  } finally {
    shadows.free();
  }
}

function entryOf({ lane, tokens, isPrefill, reachesEnd }: Step): BatchEntry {
  const { sequence, job } = lane;
  const lowBit = lane.isLowBit && !isPrefill;
  return { sequence, tokens, logits: reachesEnd ? 'last' : 'none', signal: job.signal, lowBit };
}
