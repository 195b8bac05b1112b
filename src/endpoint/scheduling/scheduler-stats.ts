import type { Job } from './job.ts';
import type { Comparison } from './kv-audit.ts';

/** What the scheduler did since it began (`…Total`), and does now. */
export interface SchedulerStats {
  running: number;
  waiting: number;
  /** Of all keys and values in memory, those of the prefix cache included. */
  kvBytes: number;
  /** For running requests; with a slow tier in files the prefix cache lives within it too. */
  kvBudgetBytes: number;
  prefixBytes: number;
  prefixBudgetBytes: number;
  /** For both together. */
  memoryBudgetBytes: number;
  /** Forward passes, and how long they took. */
  stepsTotal: number;
  stepSecondsTotal: number;
  lastStepSeconds: number;
  /** Tokens of the prompts that were looked up in the prefix cache, those found there, and those computed. */
  prefixQueryTokensTotal: number;
  prefixHitTokensTotal: number;
  prefillTokensTotal: number;
  generatedTokensTotal: number;
  finishedTotal: number;
  /** Aborted by their clients, timed out or failed. */
  failedTotal: number;
  refusedTotal: number;
  preemptedTotal: number;
  /** Decoding steps that were computed in full as well; the sum of their divergences; where both chose alike. */
  auditedTotal: number;
  auditKlTotal: number;
  auditAgreedTotal: number;
}

type Counter = Extract<keyof SchedulerStats, `${string}Total`> | 'lastStepSeconds';

/** The last requests' share in the mean duration. */
const NEWEST = 0.1;
const LONGEST_WAIT_SECONDS = 120;

/** Keeps the scheduler's accounts. */
export class StatsBook {
  readonly counters: Record<Counter, number> = {
    stepsTotal: 0,
    stepSecondsTotal: 0,
    lastStepSeconds: 0,
    prefixQueryTokensTotal: 0,
    prefixHitTokensTotal: 0,
    prefillTokensTotal: 0,
    generatedTokensTotal: 0,
    finishedTotal: 0,
    failedTotal: 0,
    refusedTotal: 0,
    preemptedTotal: 0,
    auditedTotal: 0,
    auditKlTotal: 0,
    auditAgreedTotal: 0,
  };
  /** How long a request takes from its start, on average. */
  #seconds = 0;

  addStep(ms: number, prefillTokens: number): void {
    this.counters.stepsTotal++;
    this.counters.stepSecondsTotal += ms / 1000;
    this.counters.lastStepSeconds = ms / 1000;
    this.counters.prefillTokensTotal += prefillTokens;
  }

  addAudits(comparisons: readonly Comparison[]): void {
    for (const { kl, agrees } of comparisons) {
      this.counters.auditedTotal++;
      this.counters.auditKlTotal += kl;
      this.counters.auditAgreedTotal += Number(agrees);
    }
  }

  close(job: Job): void {
    const { counters } = this;
    counters[job.signal.aborted ? 'failedTotal' : 'finishedTotal']++;
    counters.generatedTokensTotal += job.completionTokens;
    if (job.cachedTokens !== undefined) {
      counters.prefixQueryTokensTotal += job.promptLength;
      counters.prefixHitTokensTotal += job.cachedTokens;
    }
    if (job.startedAt === undefined) return;
    const seconds = (performance.now() - job.startedAt) / 1000;
    this.#seconds += (this.#seconds === 0 ? 1 : NEWEST) * (seconds - this.#seconds);
  }

  /** How long `rounds` requests one after the other take: whole seconds, from 1 on. */
  secondsFor(rounds: number): number {
    return Math.min(Math.max(Math.ceil(rounds * this.#seconds), 1), LONGEST_WAIT_SECONDS);
  }
}
