import type { BatchEntry, Engine, Sequence } from '../../engine/engine.ts';
import type { Lane } from './lane.ts';
import type { Step } from './step.ts';

/** How far decoding over the low-bit copy was from full attention, over the steps that were computed both ways. */
export interface AuditResult {
  steps: number;
  /** Kullback-Leibler divergence of a step's next-token probabilities from those of full attention, in nats. */
  meanKl: number;
  maxKl: number;
  /** Steps at which both found the same token most likely. */
  agreements: number;
}

/** Collects the comparisons of one reply, and says which steps to compare: evenly spaced ones. */
export class AuditBook {
  /** Steps that might have been compared. */
  #seen = 0;
  #steps = 0;
  #klSum = 0;
  #klMost = 0;
  #agreements = 0;

  /** Counts, as a sum of rates would drift: at 0.1 it is every tenth step. */
  isDue(rate: number): boolean {
    const before = Math.floor(this.#seen * rate);
    this.#seen++;
    return Math.floor(this.#seen * rate) > before;
  }

  add({ kl, agrees }: Comparison): void {
    this.#steps++;
    this.#klSum += kl;
    this.#klMost = Math.max(this.#klMost, kl);
    if (agrees) this.#agreements++;
  }

  /** Undefined where no step was compared. */
  get result(): AuditResult | undefined {
    if (this.#steps === 0) return undefined;
    const meanKl = this.#klSum / this.#steps;
    return { steps: this.#steps, meanKl, maxKl: this.#klMost, agreements: this.#agreements };
  }
}

/** Of several replies together; undefined for none. */
export function joinAudits(audits: readonly AuditResult[]): AuditResult | undefined {
  if (audits.length === 0) return undefined;
  const sum = (of: (audit: AuditResult) => number) => audits.reduce((total, audit) => total + of(audit), 0);
  const steps = sum((audit) => audit.steps);
  return {
    steps,
    meanKl: sum((audit) => audit.meanKl * audit.steps) / steps,
    maxKl: Math.max(...audits.map(({ maxKl }) => maxKl)),
    agreements: sum(({ agreements }) => agreements),
  };
}

export interface Comparison {
  kl: number;
  agrees: boolean;
}

/** Divergence of `approximate` from `exact`, both logits. */
export function compareLogits(exact: Float32Array, approximate: Float32Array): Comparison {
  const [p, q] = [logSum(exact), logSum(approximate)];
  let kl = 0;
  for (let i = 0; i < exact.length; i++) {
    const logP = exact[i]! - p.logSum;
    kl += Math.exp(logP) * (logP - (approximate[i]! - q.logSum));
  }
  // Rounding may leave less than nothing.
  return { kl: Math.max(0, kl), agrees: p.best === q.best };
}

function logSum(logits: Float32Array): { logSum: number; best: number } {
  let best = 0;
  for (let i = 1; i < logits.length; i++) if (logits[i]! > logits[best]!) best = i;
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - logits[best]!);
  return { logSum: logits[best]! + Math.log(sum), best };
}

/** Of a pass: full attention beside some of its steps, on copies of their sequences that nobody keeps. */
export class Shadows {
  readonly #steps: { index: number; sequence: Sequence; token: number; signal: AbortSignal }[] = [];
  /** Some step was due, whether or not its copy could be made. */
  areDue = false;

  /** Takes those of the steps that are due; `rate` of all decoding steps over the low-bit copy are. */
  take(engine: Engine, steps: readonly Step[], rate: number): void {
    if (rate === 0) return; // a pass once more without them counts no step twice
    for (const [index, { lane, tokens, isPrefill, reachesEnd }] of steps.entries()) {
      if (isPrefill || !reachesEnd || !lane.isLowBit || !lane.job.audit.isDue(rate)) continue;
      this.areDue = true;
      const sequence = copyOf(engine, lane);
      this.#steps.push({ index, sequence, token: tokens[0]!, signal: lane.job.signal });
    }
  }

  get entries(): BatchEntry[] {
    return this.#steps.map(({ sequence, token, signal }) => {
      return { sequence, tokens: [token], logits: 'last', signal };
    });
  }

  /** `logits` of the steps, and then of the entries. */
  compare(steps: readonly Step[], logits: readonly Float32Array[]): Comparison[] {
    return this.#steps.flatMap(({ index }, i) => {
      const [exact, approximate] = [logits[steps.length + i]!, logits[index]!];
      if (exact.length === 0 || approximate.length === 0) return []; // aborted on the way
      const comparison = compareLogits(exact, approximate);
      steps[index]!.lane.job.audit.add(comparison);
      return comparison;
    });
  }

  free(): void {
    for (const { sequence } of this.#steps.splice(0)) sequence.free();
  }
}

function copyOf(engine: Engine, { sequence, length }: Lane): Sequence {
  const part = sequence.share(0, length);
  try {
    return engine.createSequence([part]);
  } finally {
    part.free();
  }
}
