import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Engine, KvLostError } from '../../engine/engine.ts';
import { BlockStore } from './block-store.ts';
import { DiskCache } from './disk-cache.ts';
import { FairQueue } from './fair-queue.ts';
import { followJob } from './follow-job.ts';
import { type GenerationRequest, type GenerationResult, Job } from './job.ts';
import { KvBudget, STREAMED_PIECE_TOKENS } from './kv-budget.ts';
import { Lane } from './lane.ts';
import { type Pass, runPass } from './pass.ts';
import { PrefixTree } from './prefix-tree.ts';
import { QueueFullError, StoppingError, TooLargeError } from './refusals.ts';
import type { SchedulerOptions } from './scheduler-options.ts';
import { type SchedulerStats, StatsBook } from './scheduler-stats.ts';
import { sharePrompts } from './share-prompts.ts';
import { type Step, stepOf, workOf } from './step.ts';
import { StepTime } from './step-time.ts';

/** How long a step may take: less when others wait for the next token of a stream. */
const STEP_MS = { alone: 500, besideDecoding: 150 } as const;

/** Choosing tokens from large vocabularies takes its time; sockets get a turn after so much of it. */
const CHOOSING_MS = 5;

const DEFAULT_CACHE_BYTES = 2 * 1024 ** 3;

/** A disk that loses what was written loses it again. */
const MOST_RESTARTS = 2;

/**
 * Continuous batching: each step computes the next token of every running reply and pieces of waiting prompts, sized
 * by predicted time so that a long prompt does not stop the streams. Clients take turns. The engine's results do not
 * depend on batch, piece or cache, so neither does any reply; a job may even lose its place to others that need its
 * memory and be computed again later.
 */
export class Scheduler {
  /** Tokens that prompt and reply may have: the engine's, or fewer where the memory holds no more. */
  readonly contextLength: number;
  readonly #engine: Engine;
  readonly #options: SchedulerOptions;
  readonly #budget: KvBudget;
  readonly #disk: DiskCache | undefined;
  readonly #tree: PrefixTree;
  readonly #queue = new FairQueue<Lane>();
  /** In the order of their admission. */
  #lanes: Lane[] = [];
  readonly #time = new StepTime();
  readonly #book = new StatsBook();
  #loop: Promise<void> | undefined;
  #stopping = false;

  constructor(engine: Engine, options: SchedulerOptions) {
    const free = process.availableMemory();
    const { kvBudgetBytes, prefixCacheBytes, diskCache, onError } = options;
    const isInFiles = engine.lowBit?.slow?.tier === 'file'; // the budget limits the tree too
    const cacheBytes = isInFiles ? Number.MAX_SAFE_INTEGER : Math.min(free / 4, DEFAULT_CACHE_BYTES);
    this.#engine = engine;
    this.#options = options;
    this.#tree = new PrefixTree(engine, prefixCacheBytes ?? cacheBytes);
    this.#budget = new KvBudget(engine, this.#tree, kvBudgetBytes ?? free / 2);
    this.#disk = diskCache && new DiskCache(engine, this.#tree, new BlockStore(diskCache), onError);
    this.contextLength = this.#budget.contextLength;
  }

  get load(): { slots: number; running: number; waiting: number } {
    const queued = [...this.#queue].map(({ job }) => job);
    const followers = [...queued, ...this.#lanes.map(({ job }) => job)].flatMap((job) => job.followers);
    return {
      slots: this.#options.slots,
      running: this.#lanes.filter(({ job }) => !job.isOver).length,
      waiting: [...queued, ...followers].filter(({ isOver }) => !isOver).length,
    };
  }

  get stats(): SchedulerStats {
    const { running, waiting } = this.load;
    return {
      ...this.#book.counters,
      running,
      waiting,
      kvBytes: this.#engine.kvBytes,
      kvBudgetBytes: this.#budget.bytes,
      prefixBytes: this.#tree.bytes,
      prefixBudgetBytes: this.#tree.budgetBytes,
      memoryBudgetBytes: this.#budget.bytes + (this.#budget.isShared ? 0 : this.#tree.budgetBytes),
    };
  }

  /** Throws where `run` would refuse this many requests now. */
  ensureRoom(count = 1): void {
    if (this.#stopping) throw new StoppingError('the endpoint is stopping');
    const { slots, running, waiting } = this.load;
    if (running + waiting + count <= slots + this.#options.queueLimit) return;
    this.#book.counters.refusedTotal += count;
    throw new QueueFullError(`${waiting} requests are waiting already`, this.#retryAfterSeconds);
  }

  /** Rejects with the signal's reason on abort, which takes effect between two layers of the model. */
  async run(request: GenerationRequest): Promise<GenerationResult> {
    return this.runAll([request])[0]!;
  }

  /**
   * Several replies to one prompt, which is computed once. Each ends or fails on its own, and may be awaited at any
   * time. Throws what `ensureRoom` throws, and `TooLargeError`.
   */
  runAll(requests: readonly GenerationRequest[]): Promise<GenerationResult>[] {
    this.ensureRoom(requests.length);
    for (const { prompt, maxTokens } of requests) this.#checkSize(prompt.length + maxTokens);
    const [first, ...rest] = requests.map((request) => new Job(request));
    if (!first) return [];
    first.followers = rest;
    const lane = new Lane(first, this.#tree);
    this.#queue.push(lane);
    const results = [first, ...rest].map((job) => this.#follow(job));
    for (const result of results) result.catch(() => {}); // not unhandled, whichever its caller awaits first
    this.#loop ??= this.#work();
    return results;
  }

  /** Refuses new requests, waits for those that run or wait, and empties the cache. */
  async drain(): Promise<void> {
    this.#stopping = true;
    await this.#loop;
    await this.#disk?.drain();
    this.#tree.clear();
  }

  #checkSize(tokens: number): void {
    if (tokens <= this.contextLength) return;
    throw new TooLargeError(`${tokens} tokens do not fit; at most ${this.contextLength} do`);
  }

  async #follow(job: Job): Promise<GenerationResult> {
    try {
      return await followJob(job, this.#options, () => this.#retryAfterSeconds);
    } finally {
      this.#book.close(job);
    }
  }

  get #retryAfterSeconds(): number {
    const { slots, waiting } = this.load;
    return this.#book.secondsFor(Math.ceil((waiting + 1) / slots));
  }

  async #work(): Promise<void> {
    await nextTurn();
    try {
      for (;;) {
        await this.#restore();
        const steps = this.#plan();
        if (steps.length === 0) break;
        await this.#compute(steps);
        await nextTurn(); // lets sockets write, and clients that went away be noticed
      }
    } catch (error) {
      this.#giveUp(error); // the engine was closed, or there is a mistake here: nobody may wait for ever
    }
    this.#loop = undefined;
  }

  #giveUp(error: unknown): void {
    for (const { job } of [...this.#lanes, ...this.#queue]) failAll(job, error);
    for (const lane of [...this.#queue]) this.#queue.remove(lane);
    this.#lanes = [];
  }

  /** The tree gets what the disk has of the prompts that are next. */
  async #restore(): Promise<void> {
    if (!this.#disk || this.#lanes.length === this.#options.slots) return;
    for (const lane of [...this.#queue].slice(0, this.#options.slots - this.#lanes.length)) {
      if (lane.wasLookedUp || lane.hasBegun) continue;
      lane.wasLookedUp = true;
      this.#budget.makeRoom([...this.#lanes, lane]);
      await this.#disk.restore(
        lane.job.tokens.slice(0, lane.job.promptLength - 1),
        lane.job.request.cacheKey,
      );
    }
  }

  #plan(): Step[] {
    this.#retire();
    this.#preempt();
    this.#admit();
    this.#budget.makeRoom(this.#lanes);
    const decoding = this.#lanes.filter((lane) => lane.isDecoding);
    const steps = decoding.map((lane) => stepOf(lane, lane.decodeSize));
    const prompts = this.#lanes.filter((lane) => !lane.isDecoding);
    const ms = decoding.length > 0 ? STEP_MS.besideDecoding - this.#time.decodeMs : STEP_MS.alone;
    const most = this.#budget.isShared ? STREAMED_PIECE_TOKENS : Number.POSITIVE_INFINITY;
    const sizes = sharePrompts(prompts, ms, this.#time, this.#tree, most);
    return [...steps, ...[...sizes].map(([lane, size]) => stepOf(lane, size))];
  }

  #retire(): void {
    for (const lane of this.#lanes) if (lane.job.isOver) this.#close(lane);
    this.#lanes = this.#lanes.filter(({ job }) => !job.isOver);
    for (const lane of [...this.#queue]) {
      if (!lane.job.isOver) continue;
      this.#queue.remove(lane);
      this.#close(lane);
    }
  }

  #close(lane: Lane): void {
    this.#keep(lane);
    const [next, ...rest] = lane.job.followers.filter(({ isOver }) => !isOver);
    lane.job.followers = [];
    if (!next) return;
    next.followers = rest; // the first of them was to compute the prompt, and went before it had
    this.#queue.pushFront(new Lane(next, this.#tree));
  }

  /** Leaves a lane's keys and values to the prefix tree. */
  #keep(lane: Lane): void {
    const { indexReplies = true } = this.#options;
    lane.index(indexReplies ? lane.exactLength : Math.min(lane.length, lane.job.promptLength), this.#disk);
    lane.release();
  }

  /** Replies have outgrown the memory: those that came last wait again. */
  #preempt(): void {
    while (this.#lanes.length > 1 && !this.#budget.fits(this.#lanes)) {
      const lane = this.#lanes.pop()!;
      this.#keep(lane);
      this.#queue.pushFront(lane);
      this.#book.counters.preemptedTotal++;
    }
  }

  #admit(): void {
    const running = (client: string) => this.#lanes.filter((lane) => lane.client === client).length;
    while (this.#lanes.length < this.#options.slots) {
      const lane = this.#queue.peek(running);
      // One that must wait for memory is not overtaken, or it would wait for ever. Alone it fits.
      if (!lane) return;
      if (this.#lanes.length > 0 && !this.#budget.fits([...this.#lanes, lane])) return;
      this.#queue.remove(lane);
      this.#lanes.push(lane);
      lane.job.startedAt ??= performance.now();
    }
  }

  async #compute(steps: readonly Step[]): Promise<void> {
    const start = performance.now();
    let pass: Pass;
    try {
      pass = await runPass(this.#engine, steps, this.#options);
    } catch (error) {
      return this.#recover(steps, error);
    }
    const ms = performance.now() - start;
    const work = workOf(steps);
    this.#book.addStep(ms, work.prefill);
    this.#book.addAudits(pass.audits);
    // A pass that lost a request on its way did less than was planned, an audited one more.
    if (!pass.wasAudited && !steps.some(({ lane }) => lane.job.isOver)) this.#time.observe(work, ms);
    let turn = performance.now();
    for (const [i, step] of steps.entries()) {
      this.#advance(step, pass.logits[i]!);
      if (performance.now() - turn < CHOOSING_MS) continue;
      await nextTurn();
      turn = performance.now();
    }
  }

  #advance({ lane, isPrefill, reachesEnd }: Step, logits: Float32Array): void {
    const { job } = lane;
    if (job.isOver) return;
    if (isPrefill) {
      lane.indexPrompt(this.#disk);
      job.tellProgress(lane.length);
    }
    if (!reachesEnd || job.isOver) return;
    for (const follower of job.followers) {
      if (follower.isOver) continue;
      this.#queue.pushFront(lane.fork(follower));
      follower.advance(logits.slice());
    }
    job.followers = [];
    job.advance(logits);
  }

  /** One that asks for too much must not fail the others: each goes on alone. What fails alone is at fault. */
  async #recover(steps: readonly Step[], error: unknown): Promise<void> {
    if (steps.length > 1) {
      for (const step of steps) await this.#compute([step]);
      return;
    }
    for (const { lane } of steps) {
      lane.release(); // nothing of a failed pass is kept
      if (!(error instanceof KvLostError) || lane.restarts++ === MOST_RESTARTS) {
        failAll(lane.job, error);
        continue;
      }
      this.#tree.removeDamaged();
      this.#disk?.forget(lane.job.tokens);
      this.#options.onError?.(error);
    }
  }
}

function failAll(job: Job, error: unknown): void {
  for (const each of [job, ...job.followers]) each.fail(error);
  job.followers = [];
}
