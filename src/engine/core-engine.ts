import {
  type BatchEntry,
  type BlockName,
  type Engine,
  KvLostError,
  type KvPart,
  type LowBitOptions,
  type ModelFacts,
  type Sequence,
} from './engine.ts';
import type { NativeBatchEntry, NativeCore } from './native-core.ts';
import type { Tokenizer } from './tokenizer.ts';

const logitsModes = { none: 0, last: 1, all: 2, states: 3 } as const;

class CorePart implements KvPart {
  readonly core: NativeCore;
  readonly handle: number;

  constructor(core: NativeCore, handle: number) {
    this.core = core;
    this.handle = handle;
  }

  get length(): number {
    return this.core.length(this.handle);
  }

  get isDamaged(): boolean {
    return this.core.isDamaged(this.handle);
  }

  share(from: number, to: number): KvPart {
    return new CorePart(this.core, this.core.share(this.handle, from, to));
  }

  free(): void {
    this.core.free(this.handle);
  }
}

class CoreSequence extends CorePart implements Sequence {
  /** Forward calls that hold this sequence, running or queued. */
  pending = 0;

  truncate(length: number): void {
    this.#checkIdle();
    this.core.truncate(this.handle, length);
  }

  override share(from: number, to: number): KvPart {
    this.#checkIdle();
    return super.share(from, to);
  }

  #checkIdle(): void {
    if (this.pending > 0) throw new RangeError('the sequence is in a forward call that has not ended');
  }
}

interface CoreEngineOptions {
  contextLength: number;
  lowBit: LowBitOptions | undefined;
}

/** The native core behind `Engine`: checks what JavaScript hands over and lets forward calls queue. */
export class CoreEngine implements Engine {
  readonly facts: ModelFacts;
  readonly tokenizer: Tokenizer;
  readonly contextLength: number;
  readonly lowBit: LowBitOptions | undefined;
  readonly simd: string;
  readonly kvBlockBytes: number;
  readonly kvTokenBytes: number;
  readonly kvSequenceBytes: number;
  readonly #core: NativeCore;
  #queue: Promise<unknown> = Promise.resolve();
  /** Forward calls that have not ended. */
  #calls = 0;

  constructor(core: NativeCore, facts: ModelFacts, tokenizer: Tokenizer, options: CoreEngineOptions) {
    const { contextLength, lowBit } = options;
    this.#core = core;
    this.lowBit = lowBit;
    this.facts = facts;
    this.tokenizer = tokenizer;
    this.contextLength = contextLength;
    this.simd = core.simd;
    this.kvBlockBytes = core.kvBlockBytes;
    this.kvTokenBytes = core.kvTokenBytes;
    this.kvSequenceBytes = core.kvSequenceBytes;
  }

  get kvBytes(): number {
    return this.#core.kvBytes;
  }

  createSequence(parts: readonly KvPart[] = []): Sequence {
    const handles = parts.map((part) => this.#ownPart(part).handle);
    return new CoreSequence(this.#core, this.#core.createSequence(handles));
  }

  async forward(batch: readonly BatchEntry[]): Promise<Float32Array[]> {
    const sequences = batch.map(({ sequence }) => this.#own(sequence));
    const entries = batch.map((entry, i) => this.#toNative(entry, sequences[i]!.handle));
    for (const sequence of sequences) sequence.pending++;
    try {
      return await this.#inTurn(() => this.#start(batch, entries));
    } finally {
      for (const sequence of sequences) sequence.pending--;
    }
  }

  async keepBlocks(part: KvPart, first: number, names: readonly BlockName[]): Promise<void> {
    const { handle } = this.#ownPart(part);
    await this.#inTurn(() => this.#core.keep(handle, first, names));
  }

  async loadBlocks(names: readonly BlockName[]): Promise<{ part: KvPart; damaged: boolean }> {
    const { part, damaged } = await this.#core.load(names);
    return { part: new CorePart(this.#core, part), damaged };
  }

  /** At once where nothing runs: a caller may go on to work while the core does. */
  async #inTurn<Result>(start: () => Promise<Result>): Promise<Result> {
    const result = this.#calls++ === 0 ? start() : this.#queue.then(start);
    this.#queue = result.catch(() => {});
    try {
      return await result;
    } finally {
      this.#calls--;
    }
  }

  async #start(batch: readonly BatchEntry[], entries: NativeBatchEntry[]): Promise<Float32Array[]> {
    const result = this.#core.forward(entries);
    const ends = batch.map(({ signal }, i) => onAbort(signal, () => this.#core.drop(entries[i]!.sequence)));
    try {
      return await result;
    } catch (error) {
      if ((error as { code?: unknown }).code === 'KV_LOST') {
        throw new KvLostError((error as Error).message, { cause: error });
      }
      throw error;
    } finally {
      for (const end of ends) end();
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

  #ownPart(part: KvPart): CorePart {
    if (part instanceof CorePart && part.core === this.#core) return part;
    throw new TypeError('the part belongs to another engine');
  }

  #toNative({ tokens, logits, lowBit = false, guess }: BatchEntry, sequence: number): NativeBatchEntry {
    const { vocabularySize } = this.facts;
    for (let i = 0; i < tokens.length; i++) {
      const token = tokens[i]!;
      if (Number.isInteger(token) && token >= 0 && token < vocabularySize) continue;
      throw new RangeError(`token ${token} is not in the vocabulary of ${vocabularySize}`);
    }
    return { sequence, tokens: Int32Array.from(tokens), logits: logitsModes[logits], lowBit, guess };
  }
}

/** Calls `act` on abort, also where that was before; returns how to stop listening. */
function onAbort(signal: AbortSignal | undefined, act: () => void): () => void {
  if (signal?.aborted) act();
  signal?.addEventListener('abort', act, { once: true });
  return () => signal?.removeEventListener('abort', act);
}
