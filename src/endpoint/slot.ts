import type { Engine, Sequence } from '../engine/engine.ts';
import type { Job } from './job.ts';

/** A place for one conversation: its KV cache, the tokens in it, and the job that uses it now. */
export class Slot {
  job: Job | undefined;
  /** Counts up with every use; 0 for a slot never used. */
  lastUse = 0;
  cacheKey: string | undefined;
  /** Tokens of the last prompt; what the cache holds past them is a reply. */
  #promptLength = 0;
  readonly #engine: Engine;
  #sequence: Sequence | undefined;
  #held: number[] = [];

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** How many tokens the cache holds. */
  get length(): number {
    return this.#held.length;
  }

  get sequence(): Sequence {
    this.#sequence ??= this.#engine.createSequence();
    return this.#sequence;
  }

  commonPrefix(tokens: readonly number[]): number {
    const most = Math.min(this.#held.length, tokens.length);
    let length = 0;
    while (length < most && this.#held[length] === tokens[length]) length++;
    return length;
  }

  /** How much of a prompt is here, if it is at least half of the prompt that was computed here before; else 0. */
  continuedBy(prompt: readonly number[]): number {
    const common = this.commonPrefix(prompt);
    return 2 * common >= this.#promptLength ? common : 0;
  }

  /** Keeps what a prompt can reuse. Its last token is always computed again, for its logits. */
  reuse(prompt: readonly number[]): number {
    const kept = Math.min(this.commonPrefix(prompt), prompt.length - 1);
    if (kept < this.#held.length) this.sequence.truncate(kept);
    this.#held.length = kept;
    this.#promptLength = prompt.length;
    return kept;
  }

  /** Notes tokens that a forward call has put into the cache. */
  append(tokens: readonly number[]): void {
    for (const token of tokens) this.#held.push(token);
  }

  /** After a failed forward call nothing is known of the cache. */
  reset(): void {
    this.#sequence?.free();
    this.#sequence = undefined;
    this.#held = [];
    this.cacheKey = undefined;
  }
}

/**
 * The free slot for a prompt: the one of the same `cacheKey`; else the longest common prefix, if that is
 * most of the prompt before and the slot's key is no other, so that a shared opening does not cost another
 * conversation its cache; else the one unused for longest.
 */
export function chooseSlot(
  free: readonly Slot[],
  prompt: readonly number[],
  cacheKey: string | undefined,
): Slot | undefined {
  const sameKey = cacheKey === undefined ? undefined : free.find((slot) => slot.cacheKey === cacheKey);
  if (sameKey) return sameKey;
  const isOthers = (slot: Slot) => slot.cacheKey !== undefined && cacheKey !== undefined;
  const continued = free
    .filter((slot) => !isOthers(slot))
    .map((slot) => ({ slot, common: slot.continuedBy(prompt) }))
    .filter(({ common }) => common > 0)
    .sort((a, b) => b.common - a.common || a.slot.lastUse - b.slot.lastUse);
  return continued[0]?.slot ?? free.toSorted((a, b) => a.lastUse - b.lastUse)[0];
}
