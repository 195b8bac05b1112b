import { setTimeout as sleep } from 'node:timers/promises';
import {
  type BatchEntry,
  type Engine,
  KV_BLOCK_TOKENS,
  type KvPart,
  type ModelFacts,
  type Sequence,
} from '../../src/engine/engine.ts';
import type { Tokenizer } from '../../src/engine/tokenizer.ts';
import { tinyTokenizer } from './tiny-tokenizer.ts';

/** A sequence or a part of one: the tokens themselves stand for their keys and values. */
class ToySequence implements Sequence {
  readonly isDamaged = false;
  readonly tokens: number[];
  readonly #alive: Set<ToySequence>;

  constructor(alive: Set<ToySequence>, tokens: readonly number[] = []) {
    this.tokens = [...tokens];
    this.#alive = alive;
    alive.add(this);
  }

  get length(): number {
    this.checkAlive();
    return this.tokens.length;
  }

  truncate(length: number): void {
    if (length > this.tokens.length) throw new RangeError('cannot truncate to more');
    this.tokens.length = length;
  }

  share(from: number, to: number): ToySequence {
    this.checkAlive();
    if (from % KV_BLOCK_TOKENS !== 0 || from > to || to > this.length) throw new RangeError('no such part');
    return new ToySequence(this.#alive, this.tokens.slice(from, to));
  }

  free(): void {
    this.checkAlive();
    this.#alive.delete(this);
  }

  checkAlive(): void {
    if (!this.#alive.has(this)) throw new RangeError('the sequence was freed');
  }
}

/** One row of a recorded batch. */
export interface Row {
  sequence: Sequence;
  /** Tokens in the sequence before the call. */
  before: number;
  tokens: number[];
}

/**
 * An engine whose next token is a fixed function of all tokens before it: quick, and any slip in the
 * scheduler's bookkeeping changes the reply. It remembers every batch.
 */
export class ToyEngine implements Engine {
  readonly lowBit = undefined;
  readonly tokenizer: Tokenizer = tinyTokenizer();
  readonly simd = 'toy';
  readonly contextLength = 512;
  readonly batches: Row[][] = [];
  /** Thrown by the next forward call. */
  failure: Error | undefined;
  stepMs = 0;
  /** More for each token of a step. */
  tokenMs = 0;
  readonly facts: ModelFacts = {
    name: 'Toy',
    architecture: 'toy',
    parameters: 0,
    contextLength: 512,
    vocabularySize: this.tokenizer.vocabularySize,
    layers: 0,
    fileBytes: 0,
    quantisation: 'none',
    chatTemplate: undefined,
  };

  /** Sequences and parts that were not freed. */
  readonly alive = new Set<ToySequence>();
  readonly kvBlockBytes = 1000;
  readonly kvTokenBytes = 10;
  readonly kvSequenceBytes = 0;

  /** As if nothing were shared. */
  get kvBytes(): number {
    const blocks = [...this.alive].map(({ tokens }) => Math.ceil(tokens.length / KV_BLOCK_TOKENS));
    return blocks.reduce((sum, count) => sum + count, 0) * this.kvBlockBytes;
  }

  createSequence(parts: readonly KvPart[] = []): Sequence {
    return new ToySequence(
      this.alive,
      parts.flatMap((part) => toyOf(part).tokens),
    );
  }

  /** It keeps no files. */
  async keepBlocks(): Promise<void> {}

  async loadBlocks(): Promise<{ part: KvPart; damaged: boolean }> {
    return { part: this.createSequence(), damaged: false };
  }

  async forward(batch: readonly BatchEntry[]): Promise<Float32Array[]> {
    const strange = batch.flatMap(({ tokens }) => Array.from(tokens)).find((token) => !this.#has(token));
    if (strange !== undefined) throw new RangeError(`token ${strange} is not in the vocabulary`);
    const rows = batch.map(({ sequence, tokens }) => {
      return { sequence, before: sequence.length, tokens: Array.from(tokens) };
    });
    this.batches.push(rows);
    await this.#step(batch);
    if (this.failure) {
      const failure = this.failure;
      this.failure = undefined;
      throw failure;
    }
    return batch.map(({ sequence, tokens, logits, signal }) => {
      const toy = toyOf(sequence);
      if (signal?.aborted) return new Float32Array(0);
      toy.tokens.push(...Array.from(tokens));
      const row = new Float32Array(logits === 'none' ? 0 : this.tokenizer.vocabularySize);
      if (logits !== 'none') row[this.nextToken(toy.tokens)] = 1;
      return row;
    });
  }

  #has(token: number): boolean {
    return Number.isInteger(token) && token >= 0 && token < this.tokenizer.vocabularySize;
  }

  /** Ends early when all of the batch is aborted. */
  async #step(batch: readonly BatchEntry[]): Promise<void> {
    const count = batch.reduce((sum, { tokens }) => sum + tokens.length, 0);
    const end = performance.now() + this.stepMs + count * this.tokenMs;
    do await sleep(Math.max(0, Math.min(end - performance.now(), 1)));
    while (performance.now() < end && !batch.every(({ signal }) => signal?.aborted));
  }

  /** The reply of `count` tokens to this prompt. */
  reply(prompt: readonly number[], count: number): number[] {
    const tokens = [...prompt];
    for (let i = 0; i < count; i++) tokens.push(this.nextToken(tokens));
    return tokens.slice(prompt.length);
  }

  /** Never one that stops. */
  nextToken(tokens: readonly number[]): number {
    let hash = 7;
    for (const token of tokens) hash = (Math.imul(hash, 31) + token + 1) >>> 0;
    return 3 + (hash % (this.tokenizer.vocabularySize - 3));
  }

  close(): void {}
}

function toyOf(part: KvPart): ToySequence {
  if (!(part instanceof ToySequence)) throw new TypeError('the sequence belongs to another engine');
  part.checkAlive();
  return part;
}
