import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Engine } from '../engine/engine.ts';
import { type GenerationRequest, type GenerationResult, Job } from './job.ts';
import { chooseSlot, Slot } from './slot.ts';

export interface SchedulerOptions {
  /** Conversations computed at once. */
  slots: number;
  /** Requests that may wait for a slot. */
  queueLimit: number;
}

/** The queue is full; the client should come back later. */
export class QueueFullError extends Error {}

/** The endpoint is stopping and takes no more requests. */
export class StoppingError extends Error {}

/** Prompt tokens computed in one step: more when nobody waits for the next token of a stream. */
const PREFILL_TOKENS = { alone: 256, besideDecoding: 64 } as const;

interface Step {
  slot: Slot;
  job: Job;
  tokens: readonly number[];
  /** These are the last known tokens of the job, so the next one is to be chosen. */
  reachesEnd: boolean;
}

/**
 * Continuous batching over the slots: each step computes one token for every running reply and a chunk of
 * waiting prompts, so that a long prompt does not stop the streams. First come, first served. The engine's
 * results do not depend on the batch, so neither does any reply.
 */
export class Scheduler {
  readonly #engine: Engine;
  readonly #slots: Slot[];
  readonly #queueLimit: number;
  readonly #waiting: Job[] = [];
  #uses = 0;
  #loop: Promise<void> | undefined;
  #stopping = false;

  constructor(engine: Engine, { slots, queueLimit }: SchedulerOptions) {
    this.#engine = engine;
    this.#slots = Array.from({ length: slots }, () => new Slot(engine));
    this.#queueLimit = queueLimit;
  }

  get load(): { slots: number; running: number; waiting: number } {
    const running = this.#slots.filter((slot) => slot.job && !slot.job.isOver).length;
    return { slots: this.#slots.length, running, waiting: this.#waiting.length };
  }

  /** Throws where `run` would refuse a request now. */
  ensureRoom(): void {
    if (this.#stopping) throw new StoppingError('the endpoint is stopping');
    const { slots, running, waiting } = this.load;
    if (running + waiting >= slots + this.#queueLimit) {
      throw new QueueFullError(`${waiting} requests are waiting already`);
    }
  }

  /** Rejects with the signal's reason on abort, which frees the slot before the next step. */
  async run(request: GenerationRequest): Promise<GenerationResult> {
    this.ensureRoom();
    request.signal.throwIfAborted();
    const job = new Job(request);
    const onAbort = () => this.#abort(job);
    request.signal.addEventListener('abort', onAbort, { once: true });
    this.#waiting.push(job);
    this.#loop ??= this.#work();
    try {
      return await job.done;
    } finally {
      request.signal.removeEventListener('abort', onAbort);
    }
  }

  /** Refuses new requests and waits for those that run or wait. */
  async drain(): Promise<void> {
    this.#stopping = true;
    await this.#loop;
  }

  #abort(job: Job): void {
    const at = this.#waiting.indexOf(job);
    if (at >= 0) this.#waiting.splice(at, 1);
    job.fail(job.request.signal.reason);
  }

  async #work(): Promise<void> {
    await nextTurn();
    for (let steps = this.#plan(); steps.length > 0; steps = this.#plan()) {
      await this.#compute(steps);
      await nextTurn(); // lets sockets write, and clients that went away be noticed
    }
    this.#loop = undefined;
  }

  #plan(): Step[] {
    for (const slot of this.#slots) if (slot.job?.isOver) slot.job = undefined;
    this.#admit();
    const jobs = this.#slots.flatMap((slot) => (slot.job ? [{ slot, job: slot.job }] : []));
    jobs.sort((a, b) => a.slot.lastUse - b.slot.lastUse);
    const decoding = jobs.filter(({ job }) => job.isDecoding);
    let budget: number = decoding.length > 0 ? PREFILL_TOKENS.besideDecoding : PREFILL_TOKENS.alone;
    const steps = decoding.map(({ slot, job }) => stepOf(slot, job, 1));
    for (const { slot, job } of jobs) {
      if (job.isDecoding || budget === 0) continue;
      const step = stepOf(slot, job, budget);
      budget -= step.tokens.length;
      steps.push(step);
    }
    return steps;
  }

  #admit(): void {
    for (let free = this.#free(); free.length > 0 && this.#waiting.length > 0; free = this.#free()) {
      const job = this.#waiting.shift()!;
      const { prompt, cacheKey } = job.request;
      const slot = chooseSlot(free, prompt, cacheKey)!;
      slot.job = job;
      slot.cacheKey = cacheKey;
      slot.lastUse = ++this.#uses;
      job.cachedTokens = slot.reuse(prompt);
    }
  }

  #free(): Slot[] {
    return this.#slots.filter((slot) => !slot.job);
  }

  async #compute(steps: readonly Step[]): Promise<void> {
    let logits: Float32Array[];
    try {
      logits = await this.#engine.forward(
        steps.map(({ slot, tokens, reachesEnd }) => {
          return { sequence: slot.sequence, tokens, logits: reachesEnd ? 'last' : 'none' };
        }),
      );
    } catch (error) {
      for (const { slot, job } of steps) {
        job.fail(error);
        slot.reset();
      }
      return;
    }
    steps.forEach(({ slot, job, tokens, reachesEnd }, i) => {
      slot.append(tokens);
      if (reachesEnd && !job.isOver) job.advance(logits[i]!);
    });
  }
}

function stepOf(slot: Slot, job: Job, most: number): Step {
  const tokens = job.tokens.slice(slot.length, slot.length + most);
  return { slot, job, tokens, reachesEnd: slot.length + tokens.length === job.tokens.length };
}
