import { setTimeout as sleep } from 'node:timers/promises';
import type { BatchEntry, Engine, ModelFacts, Sequence } from '../../src/engine/engine.ts';
import type { Tokenizer } from '../../src/engine/tokenizer.ts';
import { tinyTokenizer } from './tiny-tokenizer.ts';

class ToySequence implements Sequence {
  tokens: number[] = [];
  isFree = false;

  get length(): number {
    return this.tokens.length;
  }

  truncate(length: number): void {
    if (length > this.tokens.length) throw new RangeError('cannot truncate to more');
    this.tokens.length = length;
  }

  free(): void {
    this.isFree = true;
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
  readonly tokenizer: Tokenizer = tinyTokenizer();
  readonly simd = 'toy';
  readonly contextLength = 512;
  readonly batches: Row[][] = [];
  /** Thrown by the next forward call. */
  failure: Error | undefined;
  stepMs = 0;
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

  createSequence(): Sequence {
    return new ToySequence();
  }

  async forward(batch: readonly BatchEntry[]): Promise<Float32Array[]> {
    const rows = batch.map(({ sequence, tokens }) => {
      return { sequence, before: sequence.length, tokens: Array.from(tokens) };
    });
    this.batches.push(rows);
    await sleep(this.stepMs);
    if (this.failure) {
      const failure = this.failure;
      this.failure = undefined;
      throw failure;
    }
    return batch.map(({ sequence, tokens, logits }) => {
      const toy = sequence as ToySequence;
      if (toy.isFree) throw new Error('the sequence was freed');
      toy.tokens.push(...Array.from(tokens));
      const row = new Float32Array(logits === 'none' ? 0 : this.tokenizer.vocabularySize);
      if (logits !== 'none') row[this.nextToken(toy.tokens)] = 1;
      return row;
    });
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
