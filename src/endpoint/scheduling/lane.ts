import { KV_BLOCK_TOKENS, type Sequence } from '../../engine/engine.ts';
import { quantisedTokens } from '../../engine/kv-memory.ts';
import type { DiskCache } from './disk-cache.ts';
import type { Job } from './job.ts';
import { blocksOf, Hold, type PrefixTree } from './prefix-tree.ts';

/** Tokens of a reply that memory is kept for in advance; what a longer one needs is asked for as it grows. */
const REPLY_AHEAD = 256;

/** More tokens than this that wait to be computed are a prompt's, or those of a job that lost its place. */
const MOST_DECODED = 32;

/** A job with its keys and values, if it has any: in the batch, or waiting for a place there. */
export class Lane {
  readonly job: Job;
  readonly #tree: PrefixTree;
  readonly #hold = new Hold();
  #sequence: Sequence | undefined;
  /** Tokens at the start whose blocks are the prefix tree's. */
  #shared = 0;
  /** Tokens at the start that were given to the disk, or came from there. */
  #written = 0;
  /** Whether the disk was asked for its prompt. */
  wasLookedUp = false;
  /** How often it had to begin again because keys and values were lost. */
  restarts = 0;

  constructor(job: Job, tree: PrefixTree, sequence?: Sequence) {
    this.job = job;
    this.#tree = tree;
    this.#sequence = sequence;
  }

  get client(): string {
    return this.job.client;
  }

  get hasBegun(): boolean {
    return this.#sequence !== undefined;
  }

  /** Starts from what the tree has. The last token is always computed, for its logits. */
  get sequence(): Sequence {
    if (this.#sequence) return this.#sequence;
    const { tokens, request, promptLength } = this.job;
    const most = (this.isLowBit ? promptLength : tokens.length) - 1;
    this.#sequence = this.#tree.begin(tokens.slice(0, most), this.#hold, request.cacheKey);
    this.#shared = this.#sequence.length;
    this.#written = wholeBlocks(this.#shared);
    this.job.cachedTokens ??= this.#shared;
    return this.#sequence;
  }

  /** Tokens whose keys and values are there. */
  get length(): number {
    return this.#sequence?.length ?? 0;
  }

  /** Known tokens that are not computed yet. */
  get pending(): number {
    return this.job.tokens.length - this.length;
  }

  /** The reply attends to the low-bit copy, so that its keys and values are not those of a prefill. */
  get isLowBit(): boolean {
    return this.#tree.engine.lowBit !== undefined && !this.job.request.fullPrecision;
  }

  get isDecoding(): boolean {
    if (this.job.completionTokens === 0) return false;
    return this.isLowBit ? this.length >= this.job.promptLength : this.pending <= MOST_DECODED;
  }

  /** Of them, those that a prefill may compute. */
  get prefillable(): number {
    return this.isLowBit ? this.job.promptLength - this.length : this.pending;
  }

  /** Tokens of one decoding step. A low-bit reply takes them one by one, also when it lost its place before. */
  get decodeSize(): number {
    return this.isLowBit ? 1 : this.pending;
  }

  /** Tokens at the start whose keys and values are those that a prefill would give. */
  get exactLength(): number {
    return this.isLowBit ? Math.min(this.length, this.job.promptLength) : this.length;
  }

  /** Blocks of its own that it has or will soon have. */
  get blocks(): number {
    const { tokens, promptLength, request } = this.job;
    const foreseen = promptLength + Math.min(request.maxTokens, REPLY_AHEAD);
    const shared = this.#sequence ? this.#shared : this.#tree.measure(tokens);
    return blocksOf(Math.max(tokens.length, foreseen)) - Math.floor(shared / KV_BLOCK_TOKENS);
  }

  /** Another job's lane that goes on from here. Nothing is copied until one of them writes. */
  fork(job: Job): Lane {
    const part = this.sequence.share(0, this.length);
    const lane = new Lane(job, this.#tree, this.#tree.engine.createSequence([part]));
    part.free();
    lane.#shared = this.length; // they count as this one's
    job.cachedTokens = this.job.cachedTokens;
    job.startedAt = this.job.startedAt;
    return lane;
  }

  /** Gives the first `most` tokens that are there to the prefix tree and the disk, so far as they may be seen. */
  index(most: number, disk: DiskCache | undefined): void {
    if (!this.#sequence) return;
    const { tokens, request } = this.job;
    const length = this.#settled(Math.min(this.length, most, request.indexable ?? most), disk);
    this.#tree.insert(tokens.slice(0, length), this.#sequence, this.#hold, request.cacheKey);
    const whole = wholeBlocks(length);
    if (!disk || whole <= this.#written) return;
    disk.keep(tokens.slice(0, whole), this.#written, this.#sequence.share(this.#written, whole));
    this.#written = whole;
  }

  /** With a slow tier in files, what is in memory in full is not for the tree to keep: it leaves with the sequence. */
  #settled(length: number, disk: DiskCache | undefined): number {
    if (this.#tree.engine.lowBit?.slow?.tier !== 'file') return length;
    return disk ? wholeBlocks(length) : Math.min(wholeBlocks(length), quantisedTokens(this.length));
  }

  /** The whole blocks of the prompt so far, for those that begin alike while this one runs. */
  indexPrompt(disk: DiskCache | undefined): void {
    const length = Math.min(this.length, this.job.promptLength, this.job.request.indexable ?? this.length);
    this.index(wholeBlocks(length), disk);
    this.#shared = Math.max(this.#shared, wholeBlocks(Math.min(length, this.#tree.measure(this.job.tokens))));
  }

  release(): void {
    this.#hold.release();
    this.#sequence?.free();
    this.#sequence = undefined;
    this.#shared = 0;
    this.#written = 0;
  }
}

function wholeBlocks(tokens: number): number {
  return tokens - (tokens % KV_BLOCK_TOKENS);
}
