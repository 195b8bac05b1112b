import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Engine, Sequence } from '../../src/engine/engine.ts';
import { loadEngine } from '../../src/engine/load-engine.ts';
import { randomSource, writeTinyGguf } from '../helpers/tiny-gguf.ts';

let folder: string;
let engine: Engine;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pathact-sharing-'));
  const file = writeTinyGguf(join(folder, 'tiny.gguf'), { weights: 'Q4_1', embedding: 'Q8_0' });
  engine = await loadEngine(file, { threads: 2, contextLength: 1024 });
});
afterAll(() => {
  engine.close();
  rmSync(folder, { recursive: true });
});

function prompt(length: number, seed = 1): number[] {
  const random = randomSource(seed);
  return Array.from({ length }, () => Math.floor(random() * 250));
}

async function extend(sequence: Sequence, tokens: readonly number[]): Promise<Float32Array> {
  const [logits] = await engine.forward([{ sequence, tokens, logits: 'last' }]);
  return logits!;
}

/** The last logits of a sequence that was computed at once, on its own. */
async function cold(tokens: readonly number[]): Promise<Float32Array> {
  const sequence = engine.createSequence();
  try {
    return await extend(sequence, tokens);
  } finally {
    sequence.free();
  }
}

async function held(tokens: readonly number[]): Promise<Sequence> {
  const sequence = engine.createSequence();
  await extend(sequence, tokens);
  return sequence;
}

describe('shared keys and values', () => {
  test.each([1, 63, 64, 65, 130, 200])('%i tokens of another begin a sequence', async (length) => {
    const tokens = prompt(200);
    const first = await held(tokens);
    const part = first.share(0, length);
    const second = engine.createSequence([part]);
    expect([part.length, second.length]).toEqual([length, length]);
    const rest = prompt(40, 2);
    expect(await extend(second, rest)).toEqual(await cold([...tokens.slice(0, length), ...rest]));
    // What the second wrote into their common block is no business of the first.
    expect(await extend(first, [7])).toEqual(await cold([...tokens, 7]));
    for (const each of [first, second, part]) each.free();
    expect(engine.kvBytes).toBe(0);
  });

  test('a part stays what it was when its sequence is cut, goes on elsewhere and is freed', async () => {
    const tokens = prompt(100);
    const first = await held(tokens);
    const part = first.share(0, 100);
    first.truncate(70);
    await extend(first, prompt(80, 3));
    first.free();
    const second = engine.createSequence([part]);
    part.free();
    expect(await extend(second, [5])).toEqual(await cold([...tokens, 5]));
    second.free();
    expect(engine.kvBytes).toBe(0);
  });

  test('parts of several sequences with the same tokens join into one', async () => {
    const tokens = prompt(300);
    const [a, b] = [await held(tokens.slice(0, 200)), await held(tokens)];
    const whole = b.share(64, 256);
    const parts = [a.share(0, 128), whole.share(64, 150)];
    const joined = engine.createSequence(parts);
    expect(joined.length).toBe(214);
    expect(await extend(joined, tokens.slice(214))).toEqual(await cold(tokens));
    for (const each of [a, b, whole, joined, ...parts]) each.free();
    expect(engine.kvBytes).toBe(0);
  });

  test('sharing takes no memory, writing takes one block, and the last to go gives it back', async () => {
    const block = engine.kvBlockBytes;
    const first = await held(prompt(100));
    expect(engine.kvBytes).toBe(2 * block);
    const part = first.share(0, 100);
    const copies = Array.from({ length: 5 }, () => engine.createSequence([part]));
    expect(engine.kvBytes).toBe(2 * block);
    await engine.forward(copies.map((sequence, i) => ({ sequence, tokens: [i], logits: 'none' })));
    expect(engine.kvBytes).toBe(7 * block);
    for (const each of [first, part, ...copies.slice(1)]) each.free();
    expect(engine.kvBytes).toBe(2 * block);
    copies[0]!.free();
    expect(engine.kvBytes).toBe(0);
  });

  test('sequences that branch from one another in any order equal ones that never shared', async () => {
    const step = fc.record({
      from: fc.nat(20),
      keep: fc.double({ min: 0, max: 1, noNaN: true }),
      add: fc.array(fc.nat(249), { minLength: 1, maxLength: 90 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
        const all = [{ sequence: engine.createSequence(), tokens: [] as number[] }];
        for (const { from, keep, add } of steps) {
          const parent = all[from % all.length]!;
          const length = Math.round(keep * parent.tokens.length);
          const part = parent.sequence.share(0, length);
          const sequence = engine.createSequence([part]);
          part.free();
          await extend(sequence, add);
          all.push({ sequence, tokens: [...parent.tokens.slice(0, length), ...add] });
        }
        for (const { sequence, tokens } of all) {
          expect(await extend(sequence, [9])).toEqual(await cold([...tokens, 9]));
          sequence.free();
        }
        expect(engine.kvBytes).toBe(0);
      }),
      { numRuns: 25 },
    );
  });

  test('misuse is answered with an error', async () => {
    const sequence = await held(prompt(100));
    for (const [from, to] of [
      [1, 10],
      [0, 101],
      [64, 63],
      [-64, 0],
      [0, 0.5],
      [0, Number.NaN],
      [2 ** 40, 2 ** 41],
    ]) {
      expect(() => sequence.share(from!, to!)).toThrow(RangeError);
    }
    const tail = sequence.share(0, 100);
    const fiveHundred = Array.from({ length: 17 }, () => sequence.share(0, 64));
    expect(() => engine.createSequence([tail, tail])).toThrow('only the last part');
    expect(() => engine.createSequence(fiveHundred)).toThrow('context length');
    expect(() => engine.createSequence([{} as Sequence])).toThrow(TypeError);
    const other = await loadEngine(join(folder, 'tiny.gguf'), { threads: 1 });
    expect(() => other.createSequence([tail])).toThrow('another engine');
    other.close();
    const running = engine.forward([{ sequence, tokens: [1], logits: 'none' }]);
    expect(() => sequence.share(0, 64)).toThrow('has not ended');
    await running;
    for (const each of [sequence, ...fiveHundred, tail]) each.free();
    expect(() => engine.createSequence([tail])).toThrow('no such sequence');
    expect(() => tail.share(0, 64)).toThrow('no such sequence');
    expect(engine.kvBytes).toBe(0);
  });
});

describe('an entry whose client went away', () => {
  /** Long enough that the pass is still at work when the abort comes. */
  const long = prompt(1000);

  test('is left out, keeps its length, and can go on later', async () => {
    const sequence = await held(long.slice(0, 10));
    const bytes = engine.kvBytes;
    const stop = new AbortController();
    const rest = long.slice(10);
    const running = engine.forward([{ sequence, tokens: rest, logits: 'last', signal: stop.signal }]);
    stop.abort();
    expect(await running).toEqual([new Float32Array(0)]);
    expect(sequence.length).toBe(10);
    expect(engine.kvBytes).toBe(bytes);
    expect(await extend(sequence, rest)).toEqual(await cold(long));
    sequence.free();
  });

  test('does not change the results of the others, whenever it goes', async () => {
    const expected = [await cold(long.slice(0, 500)), await cold(prompt(300, 4))];
    for (const delayMs of [0, 0, 1, 2, 4, 8, 16]) {
      const [a, b, gone] = [0, 1, 2].map(() => engine.createSequence()) as [Sequence, Sequence, Sequence];
      const stop = new AbortController();
      const running = engine.forward([
        { sequence: a, tokens: long.slice(0, 500), logits: 'last' },
        { sequence: gone, tokens: prompt(200, 5), logits: 'all', signal: stop.signal },
        { sequence: b, tokens: prompt(300, 4), logits: 'last' },
      ]);
      setTimeout(() => stop.abort(), delayMs);
      const [first, dropped, last] = await running;
      expect([first, last]).toEqual(expected);
      // Whether the abort came in time or not, length and logits agree.
      expect(dropped!.length).toBe(gone.length * engine.facts.vocabularySize);
      for (const each of [a, b, gone]) each.free();
    }
  });

  test('is left out of a call that waits for its turn, or whose signal was aborted before', async () => {
    const [a, b] = [engine.createSequence(), engine.createSequence()];
    const first = engine.forward([{ sequence: a, tokens: long, logits: 'none' }]);
    const stop = AbortSignal.abort();
    const second = engine.forward([{ sequence: b, tokens: long, logits: 'last', signal: stop }]);
    await first;
    expect(await second).toEqual([new Float32Array(0)]);
    expect([a.length, b.length]).toEqual([1000, 0]);
    a.free();
    b.free();
  });

  test('may be freed, and its engine closed, before the abort arrives', async () => {
    const other = await loadEngine(join(folder, 'tiny.gguf'), { threads: 1, contextLength: 1024 });
    const sequence = other.createSequence();
    const stop = new AbortController();
    const running = other.forward([{ sequence, tokens: long, logits: 'last', signal: stop.signal }]);
    sequence.free();
    other.close();
    stop.abort();
    expect((await running)[0]).toHaveLength(other.facts.vocabularySize);
  });
});

test('keys and values are the same bits for chunks of 1, 7, 64 and 512 tokens', async () => {
  const tokens = prompt(700);
  const probe = prompt(3, 6);
  const logitsAfter = async (chunk: number) => {
    const sequence = engine.createSequence();
    for (let at = 0; at < tokens.length; at += chunk) {
      await engine.forward([{ sequence, tokens: tokens.slice(at, at + chunk), logits: 'none' }]);
    }
    const [logits] = await engine.forward([{ sequence, tokens: probe, logits: 'all' }]);
    sequence.free();
    return logits!;
  };
  const whole = await logitsAfter(700);
  for (const chunk of [1, 7, 64, 512]) expect(await logitsAfter(chunk)).toEqual(whole);
});
