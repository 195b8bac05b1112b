import fc from 'fast-check';
import { expect, test } from 'vitest';
import { blocksOf, Hold, PrefixTree } from '../../../src/endpoint/scheduling/prefix-tree.ts';
import type { Sequence } from '../../../src/engine/engine.ts';
import { ToyEngine } from '../../helpers/toy-engine.ts';

function setUp(budgetBlocks = 1e6) {
  const engine = new ToyEngine();
  const tree = new PrefixTree(engine, budgetBlocks * engine.kvBlockBytes);
  const begin = (tokens: readonly number[], { hold = new Hold(), key }: Options = {}) => {
    const sequence = tree.begin(tokens, hold, key);
    return { sequence, held: tokensOf(sequence), hold };
  };
  /** As a request does: begins with what is there, computes the rest and leaves all of it behind. */
  const use = async (tokens: readonly number[], options: Options = {}) => {
    const { sequence, held, hold } = begin(tokens, options);
    await engine.forward([{ sequence, tokens: tokens.slice(held.length), logits: 'none' }]);
    tree.insert(tokens, sequence, hold, options.key);
    sequence.free();
    if (!options.hold) hold.release();
    return held.length;
  };
  return { engine, tree, begin, use };
}

interface Options {
  hold?: Hold;
  key?: string;
}

/** The toy's keys and values are its tokens. */
const tokensOf = (sequence: Sequence) => [...(sequence as Sequence & { tokens: number[] }).tokens];

const run = (length: number, first = 0) => Array.from({ length }, (_, i) => (first + i * 7) % 200);

function commonLength(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((token, i) => token !== b[i]);
  return at < 0 ? a.length : at;
}

test('a prompt finds what it shares with any earlier one, to the token', async () => {
  const { tree, use } = setUp();
  expect(await use(run(200))).toBe(0);
  expect(await use([...run(100), 5])).toBe(100);
  expect(await use([...run(150), 6])).toBe(150);
  expect(await use(run(200))).toBe(200);
  expect(await use([...run(100), 5, 7])).toBe(101);
  expect(tree.measure(run(50))).toBe(50);
  expect(tree.measure([9])).toBe(0);
});

// Few tokens and repeats of them: prompts that share much, and part everywhere.
const prompts = fc.array(
  fc
    .array(fc.tuple(fc.nat(2), fc.integer({ min: 1, max: 70 })), { maxLength: 6 })
    .map((runs) => runs.flatMap(([token, count]) => Array<number>(count).fill(token))),
  { minLength: 1, maxLength: 12 },
);

test('it holds exactly what was put in while there is room, and lets go of all', async () => {
  await fc.assert(
    fc.asyncProperty(prompts, async (all) => {
      const { engine, tree, begin, use } = setUp();
      for (const [i, tokens] of all.entries()) {
        const expected = all.slice(0, i).map((earlier) => commonLength(tokens, earlier));
        expect(await use(tokens)).toBe(Math.max(0, ...expected));
      }
      for (const tokens of all) {
        const { sequence, held, hold } = begin([...tokens, 99]);
        expect(held).toEqual(tokens);
        sequence.free();
        hold.release();
      }
      tree.clear();
      expect(engine.alive.size).toBe(0);
    }),
  );
});

test('it stays within its budget, counts truly, and what it gives out is right', async () => {
  await fc.assert(
    fc.asyncProperty(prompts, fc.nat(8), async (all, budgetBlocks) => {
      const { engine, tree, begin, use } = setUp(budgetBlocks);
      for (const tokens of all) {
        await use(tokens);
        const { sequence, held, hold } = begin(tokens);
        expect(held).toEqual(tokens.slice(0, held.length));
        sequence.free();
        hold.release();
        // All that is alive is the tree's own, and no block is held twice.
        expect(engine.kvBytes).toBe(tree.bytes);
        expect(tree.bytes).toBeLessThanOrEqual(tree.budgetBytes);
      }
    }),
  );
});

test('past the budget the conversation unused for longest loses its end', async () => {
  const { tree, use } = setUp(6);
  await use(run(192, 1));
  await use(run(192, 2));
  await use(run(192, 1));
  await use(run(64, 3));
  expect([1, 2, 3].map((first) => tree.measure(run(192, first)))).toEqual([192, 128, 64]);
});

test('what a running request stands on stays, and then there may be no room for another', async () => {
  const { tree, use } = setUp(3);
  const hold = new Hold();
  await use(run(192, 1), { hold });
  await use(run(192, 2));
  expect([1, 2].map((first) => tree.measure(run(192, first)))).toEqual([192, 0]);
  hold.release();
  await use(run(130, 2));
  expect([1, 2].map((first) => tree.measure(run(192, first)))).toEqual([0, 130]);
});

test('a hold is kept when its conversation is cut in two by another', async () => {
  const { tree, use } = setUp(5);
  const hold = new Hold();
  await use(run(192, 1), { hold });
  await use([...run(192, 1).slice(0, 100), ...run(60, 2)]);
  await use(run(640, 3));
  expect(tree.measure(run(192, 1))).toBe(192);
  hold.release();
});

test('a conversation with a key outlives others that were used later', async () => {
  const { tree, use } = setUp(4);
  await use(run(128, 1), { key: 'mine' });
  for (let i = 2; i < 12; i++) await use(run(128, i));
  expect(tree.measure(run(128, 1))).toBe(128);
  for (let i = 12; i < 60; i++) await use(run(128, i));
  expect(tree.measure(run(128, 1))).toBe(0);
});

test('the end of a prompt that its block shares with another is held once for each', async () => {
  const { engine, tree, use } = setUp();
  await use(run(100));
  await use([...run(90), ...run(10, 5)]);
  expect(tree.bytes).toBe((blocksOf(64) + 2) * engine.kvBlockBytes);
});
