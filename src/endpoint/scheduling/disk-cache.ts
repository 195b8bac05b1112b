import { type Engine, KV_BLOCK_TOKENS, type KvPart } from '../../engine/engine.ts';
import type { BlockStore } from './block-store.ts';
import { Hold, type PrefixTree } from './prefix-tree.ts';

/** Blocks written between two forward passes: a few milliseconds. */
const WRITTEN_AT_ONCE = 4;

/**
 * The prefix tree's other half, on disk: what a prompt computed is written behind it, and what the tree does not have
 * is read from there, also by the next process. Nothing depends on it: what cannot be written or read is computed.
 */
export class DiskCache {
  readonly #engine: Engine;
  readonly #tree: PrefixTree;
  readonly #store: BlockStore;
  readonly #onError: (error: unknown) => void;
  #writing: Promise<void> = Promise.resolve();
  #isTold = false;

  constructor(
    engine: Engine,
    tree: PrefixTree,
    store: BlockStore,
    onError: (error: unknown) => void = () => {},
  ) {
    this.#engine = engine;
    this.#tree = tree;
    this.#store = store;
    this.#onError = onError;
  }

  /** Gives the tree what it lacks of these tokens, as far as it is on disk. */
  async restore(tokens: readonly number[], cacheKey: string | undefined): Promise<void> {
    const first = Math.floor(this.#tree.measure(tokens) / KV_BLOCK_TOKENS);
    const names = this.#store.names(tokens, first);
    const missing = names.findIndex((name) => !this.#store.has(name));
    const there = missing < 0 ? names : names.slice(0, missing);
    if (there.length === 0) return;
    const { part, damaged } = await this.#engine.loadBlocks(there);
    try {
      const blocks = part.length / KV_BLOCK_TOKENS;
      this.#store.touch(there.slice(0, blocks));
      if (damaged) this.#store.remove(there.slice(blocks)); // they are written anew
      if (blocks > 0) this.#insert(tokens, first * KV_BLOCK_TOKENS, part, cacheKey);
    } finally {
      part.free();
    }
  }

  /** Writes the whole blocks of a part, which holds the tokens from `start` on, when the engine has time for it. */
  keep(tokens: readonly number[], start: number, part: KvPart): void {
    const names = this.#store.names(tokens, start / KV_BLOCK_TOKENS);
    this.#writing = this.#writing.then(async () => {
      try {
        for (let at = 0; at < names.length; at += WRITTEN_AT_ONCE) {
          const some = names.slice(at, at + WRITTEN_AT_ONCE);
          if (some.every((name) => this.#store.has(name))) continue;
          await this.#engine.keepBlocks(part, at, some);
          this.#store.added(some);
        }
        this.#isTold = false;
      } catch (error) {
        if (!this.#isTold) this.#onError(error); // once, not for every block of a full disk
        this.#isTold = true;
      } finally {
        part.free();
      }
    });
  }

  /** What was read of these tokens was not what had been written. */
  forget(tokens: readonly number[]): void {
    this.#store.remove(this.#store.names(tokens, 0));
  }

  /** Resolves when everything is written. */
  async drain(): Promise<void> {
    await this.#writing;
  }

  /** The tree may have changed while the blocks were read. */
  #insert(tokens: readonly number[], start: number, part: KvPart, cacheKey: string | undefined): void {
    const hold = new Hold();
    const before = this.#tree.begin(tokens.slice(0, start), hold, cacheKey);
    try {
      if (before.length < start) return;
      const sequence = this.#engine.createSequence([before, part]);
      this.#tree.insert(tokens.slice(0, sequence.length), sequence, hold, cacheKey);
      sequence.free();
    } finally {
      hold.release();
      before.free();
    }
  }
}
