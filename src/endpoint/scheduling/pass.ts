import type { BatchEntry, Engine } from '../../engine/engine.ts';
import { type Comparison, Shadows } from './kv-audit.ts';
import type { Step } from './step.ts';

export interface Pass {
  /** One row for each step; empty where its job ended on the way or no token is to be chosen. */
  logits: readonly Float32Array[];
  audits: readonly Comparison[];
}

/** One forward pass over these steps; choosers get ready meanwhile. Rejects where the engine does. */
export async function runPass(engine: Engine, steps: readonly Step[], auditRate: number): Promise<Pass> {
  const shadows = new Shadows(engine, steps, auditRate);
  try {
    const pass = engine.forward([...steps.map(entryOf), ...shadows.entries]);
    for (const { lane, reachesEnd } of steps) if (reachesEnd) lane.job.prepare();
    const logits = await pass;
    return { logits: logits.slice(0, steps.length), audits: shadows.compare(steps, logits) };
  } catch (error) {
    // An audit that cannot be had is none of the request's business.
    if (shadows.entries.length > 0) return runPass(engine, steps, 0);
    throw error;
  } finally {
    shadows.free();
  }
}

function entryOf({ lane, tokens, isPrefill, reachesEnd }: Step): BatchEntry {
  const { sequence, job } = lane;
  const lowBit = lane.isLowBit && !isPrefill;
  return { sequence, tokens, logits: reachesEnd ? 'last' : 'none', signal: job.signal, lowBit };
}
