import { type Engine, KV_BLOCK_TOKENS } from '../../engine/engine.ts';
import { PathactError } from '../../errors.ts';
import type { Lane } from './lane.ts';
import { blocksOf, type PrefixTree } from './prefix-tree.ts';

/** With a slow tier in files, prompts are computed in pieces of at most so many tokens, which are in memory in full. */
export const STREAMED_PIECE_TOKENS = 256;

/**
 * The memory for keys and values of running requests. In files' fast tier it is one budget for those and for the
 * prefix tree: what running requests need, the tree gives up.
 */
export class KvBudget {
  readonly bytes: number;
  /** Tokens that one request alone may have. */
  readonly contextLength: number;
  readonly #engine: Engine;
  readonly #tree: PrefixTree;
  /** The prefix tree lives within it too. */
  readonly isShared: boolean;

  /** Throws `PathactError` where a fast tier cannot hold one sequence of the engine's context length. */
  constructor(engine: Engine, tree: PrefixTree, bytes: number) {
    this.#engine = engine;
    this.#tree = tree;
    const slow = engine.lowBit?.slow;
    this.isShared = slow?.tier === 'file';
    const needed =
      blocksOf(engine.contextLength) * engine.kvBlockBytes + engine.kvSequenceBytes + this.#inFlight;
    this.bytes = slow?.tier === 'file' ? (slow.fastBytes ?? needed) : bytes;
    if (this.isShared && this.bytes < needed) {
      const mb = (count: number) => Math.ceil(count / 1024 ** 2);
      throw new PathactError(
        `${mb(this.bytes)} MB do not hold ${engine.contextLength} tokens: their fast tier takes ${mb(needed)} MB`,
        { hint: `Use --kv-fast-mb ${mb(needed)}, or a smaller --ctx.` },
      );
    }
    const room = this.bytes - engine.kvSequenceBytes - this.#inFlight;
    const most = Math.max(0, Math.floor(room / engine.kvBlockBytes)) * KV_BLOCK_TOKENS;
    this.contextLength = Math.min(engine.contextLength, most);
  }

  fits(lanes: readonly Lane[]): boolean {
    const held = this.isShared ? this.#tree.heldBytes : 0;
    return this.#bytesOf(lanes) + held + this.#inFlight <= this.bytes;
  }

  /** To be called before these lanes compute anything. */
  makeRoom(lanes: readonly Lane[]): void {
    if (this.isShared) this.#tree.shrink(this.bytes - this.#bytesOf(lanes) - this.#inFlight);
  }

  #bytesOf(lanes: readonly Lane[]): number {
    const blocks = lanes.reduce((sum, lane) => sum + lane.blocks, 0);
    return blocks * this.#engine.kvBlockBytes + lanes.length * this.#engine.kvSequenceBytes;
  }

  /** Of the piece of a prompt that a forward pass computes: in full until it has ended. */
  get #inFlight(): number {
    return this.isShared ? STREAMED_PIECE_TOKENS * this.#engine.kvTokenBytes : 0;
  }
}
