import type { BatchEntry, Engine, ModelFacts, Sequence } from './engine.ts';
import type { NativeBatchEntry, NativeCore } from './native-core.ts';
import type { Tokenizer } from './tokenizer.ts';

const logitsModes = { none: 0, last: 1, all: 2 } as const;

class CoreSequence implements Sequence {
  readonly core: NativeCore;
  readonly handle: number;
  /** Forward calls that hold this sequence, running or queued. */
  pending = 0;

  constructor(core: NativeCore) {
    this.core = core;
    this.handle = core.createSequence();
  }

  get length(): number {
    return this.core.length(this.handle);
  }

  truncate(length: number): void {
    if (this.pending > 0) throw new RangeError('the sequence is in a forward call that has not ended');
    this.core.truncate(this.handle, length);
  }

  free(): void {
    this.core.free(this.handle);
  }
}

/** The native core behind `Engine`: checks what JavaScript hands over and lets forward calls queue. */
export class CoreEngine implements Engine {
  readonly facts: ModelFacts;
  readonly tokenizer: Tokenizer;
  readonly contextLength: number;
  readonly simd: string;
  readonly #core: NativeCore;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(core: NativeCore, facts: ModelFacts, tokenizer: Tokenizer, contextLength: number) {
    this.#core = core;
    this.facts = facts;
    this.tokenizer = tokenizer;
    this.contextLength = contextLength;
    this.simd = core.simd;
  }

  createSequence(): Sequence {
    return new CoreSequence(this.#core);
  }

  async forward(batch: readonly BatchEntry[]): Promise<Float32Array[]> {
    const sequences = batch.map(({ sequence }) => this.#own(sequence));
    const entries = batch.map((entry, i) => this.#toNative(entry, sequences[i]!.handle));
    for (const sequence of sequences) sequence.pending++;
    const result = this.#queue.then(() => this.#core.forward(entries));
    this.#queue = result.catch(() => {});
    try {
      return await result;
    } finally {
      for (const sequence of sequences) sequence.pending--;
    }
  }

  /** A call that runs ends well, queued ones fail; memory is given back when the last has ended. */
  close(): void {
    this.#core.close();
  }

  #own(sequence: Sequence): CoreSequence {
    if (sequence instanceof CoreSequence && sequence.core === this.#core) return sequence;
    throw new TypeError('the sequence belongs to another engine');
  }

  #toNative({ tokens, logits }: BatchEntry, sequence: number): NativeBatchEntry {
    const { vocabularySize } = this.facts;
    for (let i = 0; i < tokens.length; i++) {
      const token = tokens[i]!;
      if (Number.isInteger(token) && token >= 0 && token < vocabularySize) continue;
      throw new RangeError(`token ${token} is not in the vocabulary of ${vocabularySize}`);
    }
    return { sequence, tokens: Int32Array.from(tokens), logits: logitsModes[logits] };
  }
}
