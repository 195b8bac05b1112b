import { type Engine, KV_BLOCK_TOKENS } from './engine.ts';

/** Values that share a scale and a zero (two f16 numbers). */
const GROUP = 64;

/**
 * Bytes of SpeCache's fast tier by section 1.10 of our specification (arXiv 2503.16163): `quantised` tokens in `bits`
 * bits a value with their scales, `rows` tokens in full precision. `tokenBytes`: of a token in full precision.
 */
export function fastTierBytes(tokenBytes: number, bits: number, quantised: number, rows: number): number {
  return (tokenBytes / 2) * (quantised * (bits / 8 + 4 / GROUP) + 2 * rows);
}

/** Of `tokens` those that are read from their low-bit copy: whole blocks, all but the last 64 to 127. */
export function quantisedTokens(tokens: number): number {
  return Math.max(0, Math.floor(tokens / KV_BLOCK_TOKENS) - 1) * KV_BLOCK_TOKENS;
}

/** Bytes that a conversation takes at most. */
export interface ConversationMemory {
  /** All in memory. */
  memory: number;
  /** The fast tier as it is laid out: with the slow tier in memory too, the low-bit copy alone. Without SpeCache, all. */
  fast: number;
  /** The fast tier by the formula; without SpeCache, all in full precision. */
  formula: number;
}

/** Of `tokens` tokens in an engine's settings. */
export function conversationMemory(engine: Engine, tokens: number): ConversationMemory {
  const { lowBit, kvBlockBytes, kvTokenBytes, kvSequenceBytes } = engine;
  const blocks = Math.ceil(tokens / KV_BLOCK_TOKENS);
  const memory = blocks * kvBlockBytes + kvSequenceBytes;
  if (!lowBit) return { memory, fast: memory, formula: tokens * kvTokenBytes };
  const slow = lowBit.slow?.tier === 'file' ? 0 : blocks * KV_BLOCK_TOKENS * kvTokenBytes;
  const quantised = quantisedTokens(tokens);
  const rows = tokens - quantised + lowBit.fetch + 2;
  return {
    memory,
    fast: memory - slow,
    formula: fastTierBytes(kvTokenBytes, lowBit.bits, quantised, rows),
  };
}
