import { type Engine, KV_BLOCK_TOKENS } from '../../engine/engine.ts';
import type { Lane } from './lane.ts';
import type { PrefixTree } from './prefix-tree.ts';

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
  readonly #isShared: boolean;

  constructor(engine: Engine, tree: PrefixTree, bytes: number) {
    this.#engine = engine;
    this.#tree = tree;
    this.bytes = bytes;
    this.#isShared = engine.lowBit?.slow?.tier === 'file';
    const blocks = Math.floor((bytes - engine.kvSequenceBytes - this.#inFlight) / engine.kvBlockBytes);
    this.contextLength = Math.min(engine.contextLength, Math.max(0, blocks) * KV_BLOCK_TOKENS);
  }

  fits(lanes: readonly Lane[]): boolean {
    const held = this.#isShared ? this.#tree.heldBytes : 0;
    return this.#bytesOf(lanes) + held + this.#inFlight <= this.bytes;
  }

  /** To be called before these lanes compute anything. */
  makeRoom(lanes: readonly Lane[]): void {
    if (this.#isShared) this.#tree.shrink(this.bytes - this.#bytesOf(lanes) - this.#inFlight);
  }

  #bytesOf(lanes: readonly Lane[]): number {
    const blocks = lanes.reduce((sum, lane) => sum + lane.blocks, 0);
    return blocks * this.#engine.kvBlockBytes + lanes.length * this.#engine.kvSequenceBytes;
  }

  /** Of the piece of a prompt that a forward pass computes: in full until it has ended. */
  get #inFlight(): number {
    return this.#isShared ? STREAMED_PIECE_TOKENS * this.#engine.kvTokenBytes : 0;
  }
}
