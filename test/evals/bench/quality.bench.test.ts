import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { haystack } from '../../../evals/bench/haystack.ts';
import { readLongTexts } from '../../../evals/bench/long-texts.ts';
import { answerTokens, measureNeedles } from '../../../evals/bench/needle.ts';
import { measurePerplexity } from '../../../evals/bench/perplexity.ts';
import { Divergence, pairedDifference } from '../../../evals/bench/quality-figures.ts';
import { loadEngine } from '../../../src/engine/load-engine.ts';
import { writeTinyGguf } from '../../helpers/tiny-gguf.ts';

let folder: string;
let modelFile: string;
const signal = new AbortController().signal;
const note = () => {};
const sentence = (i: number) => `The receptor ${i} binds the kinase ${i * 7919} in the cell.`;
const book = { name: 'book', text: Array.from({ length: 3000 }, (_, i) => sentence(i)).join(' ') };
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pathact-quality-'));
  modelFile = writeTinyGguf(join(folder, 'tiny.gguf'), { contextLength: 8192 });
});
afterAll(() => rmSync(folder, { recursive: true }));

test('divergence is zero for equal logits, and what the definition gives for others', () => {
  const even = new Float32Array([0, 0]);
  const odd = new Float32Array([Math.log(3), 0]); // 3/4 and 1/4
  const same = new Divergence();
  same.add(odd, new Float32Array([Math.log(3) + 5, 5]), 0);
  expect(same.figures.meanKl).toBeCloseTo(0, 6);
  expect(same.figures).toMatchObject({ positions: 1, sameBest: 1 });
  const other = new Divergence();
  other.add(odd, even, 1);
  other.add(even, odd, 1);
  const kls = [0.75 * Math.log(1.5) + 0.25 * Math.log(0.5), 0.5 * Math.log(2 / 3) + 0.5 * Math.log(2)];
  expect(other.figures.meanKl).toBeCloseTo((kls[0]! + kls[1]!) / 2, 6);
  expect(other.figures.p99Kl).toBeCloseTo(Math.max(...kls), 6);
  expect(other.figures.perplexity).toBeCloseTo(Math.sqrt(2 * 4), 5);
  expect(other.figures.perplexityRatio).toBeCloseTo(1, 6);
});

test('a paired difference counts what each way alone finds, and is never surer than one more pair allows', () => {
  const pairs = [
    ...Array.from({ length: 590 }, () => ({ full: true, low: true })),
    ...Array.from({ length: 6 }, () => ({ full: true, low: false })),
    ...Array.from({ length: 4 }, () => ({ full: false, low: true })),
  ].map((pair, group) => ({ ...pair, group }));
  const { n, gained, lost, difference, lower, upper } = pairedDifference(pairs);
  expect([n, gained, lost]).toEqual([600, 4, 6]);
  expect(difference).toBeCloseTo(-2 / 600, 10);
  expect(upper - difference).toBeCloseTo(1.96 * Math.sqrt((11 / 600 - (2 / 600) ** 2) / 600), 10);
  expect(difference - lower).toBeCloseTo(upper - difference, 10);
  expect(pairedDifference(pairs.slice(0, 590)).lower).toBeLessThan(0);
});

test('failures that come in one group make a paired difference less sure', () => {
  const pairs = Array.from({ length: 600 }, (_, i) => ({ full: true, low: i >= 10 }));
  const apart = pairedDifference(pairs.map((pair, i) => ({ ...pair, group: i % 50 })));
  const together = pairedDifference(pairs.map((pair, i) => ({ ...pair, group: Math.floor(i / 12) })));
  expect([apart.groups, together.groups]).toEqual([50, 50]);
  expect(together.difference).toBe(apart.difference);
  // All ten in one of 50 groups of 12: sums of 12 × 10/600 - 10 once and 12 × 10/600 otherwise.
  const squares = 9.8 ** 2 + 49 * 0.2 ** 2;
  expect(together.difference - together.lower).toBeCloseTo(
    1.96 * Math.sqrt(((50 / 49) * squares) / 600 ** 2),
  );
  expect(apart.lower).toBeGreaterThan(together.lower);
});

test('haystacks are the same for the same seed, long enough, and hold every value once', async () => {
  const engine = await loadEngine(modelFile);
  const { tokenizer } = engine;
  for (const index of [0, 3]) {
    const { text, needles } = haystack([book], tokenizer, 1, index);
    expect(haystack([book], tokenizer, 1, index)).toEqual({ text, needles });
    expect(haystack([book], tokenizer, 2, index).text).not.toBe(text);
    expect(needles.map(({ kind }) => kind).filter((kind) => kind === 'single')).toHaveLength(index ? 1 : 0);
    expect(needles).toHaveLength(index ? 1 : 16);
    for (const value of needles.flatMap(({ values }) => values)) expect(text.split(value)).toHaveLength(2);
  }
  engine.close();
});

test('haystack, question and answer are 2,048 to 7,500 tokens', async () => {
  const engine = await loadEngine(modelFile);
  for (let index = 0; index < 12; index++) {
    const { text, needles } = haystack([book], engine.tokenizer, 1, index);
    const length = engine.tokenizer.encode(text).length;
    const question = Math.max(...needles.map((needle) => engine.tokenizer.encode(needle.question).length));
    expect(length).toBeGreaterThanOrEqual(2048);
    expect(length + question + answerTokens).toBeLessThanOrEqual(7500);
  }
  engine.close();
});

test('where everything is fetched the low-bit copy costs nothing', async () => {
  const measured = { modelFile, texts: [book], signal, note };
  const all = { bits: 1, fetch: 1024 } as const;
  const exact = await measurePerplexity({ ...measured, windows: 2, from: 300, to: 320, lowBit: all });
  expect(exact.positions).toBe(2 * 19);
  expect(exact.meanKl).toBeLessThan(1e-5);
  const none = { bits: 1, fetch: 0 } as const;
  const rough = await measurePerplexity({ ...measured, windows: 2, from: 300, to: 320, lowBit: none });
  expect(rough.meanKl).toBeGreaterThan(exact.meanKl);
  expect(rough.fullPerplexity).toBe(exact.fullPerplexity);
});

test('every needle is asked for both ways, and a model of random weights finds none', async () => {
  const lowBit = { bits: 2, fetch: 64 } as const;
  const rates = await measureNeedles({ modelFile, texts: [book], seed: 1, trials: 16, lowBit, signal, note });
  expect(rates.map(({ kind, n, fullRate, lowRate }) => [kind, n, fullRate, lowRate])).toEqual([
    ['all', 16, 0, 0],
    ['multi-key', 12, 0, 0],
    ['multi-value', 4, 0, 0],
  ]);
});

test('a book is read without what its publisher puts around it, also packed', () => {
  const file = join(folder, 'book.txt.gz');
  const text = 'licence\r\n*** START OF THIS BOOK ***\r\nIt begins.\r\n*** END OF THIS BOOK ***\r\nmore';
  writeFileSync(file, gzipSync(text));
  expect(readLongTexts([file])).toEqual([{ name: 'book.txt.gz', text: '\nIt begins.\n' }]);
  expect(() => readLongTexts([join(folder, 'none')])).toThrow('cannot read the text');
});
