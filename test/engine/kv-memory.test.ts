import { expect, test } from 'vitest';
import { fastTierBytes, quantisedTokens } from '../../src/engine/kv-memory.ts';

test('C10: the fast tier of 8,192 tokens of the default model, and of 32,768 of an 8B model', () => {
  const small = 30 * 3 * 64 * 2 * 2;
  expect(small * 8192).toBe(188_743_680);
  expect(fastTierBytes(small, 2, 8192, 128)).toBe(32_440_320);
  const large = 32 * 8 * 128 * 2 * 2;
  expect(fastTierBytes(large, 1, 32_768, 128)).toBe(400 * 2 ** 20);
});

test('all but the last 64 to 127 tokens are quantised', () => {
  expect([0, 63, 64, 127, 128, 191, 192, 8192].map(quantisedTokens)).toEqual([0, 0, 0, 0, 64, 64, 128, 8128]);
});
