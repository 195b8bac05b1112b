import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { indexOfBest } from '../../evals/bench/logit-rows.ts';
import { parityText } from '../../evals/bench/parity-text.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { loadEngine } from '../../src/engine/load-engine.ts';
import { defaultModelFile, lacksDefaultModel } from '../helpers/default-model.ts';

const golden = z
  .object({ best: z.array(z.number().nullable()), perplexity: z.number() })
  .parse(JSON.parse(readFileSync(new URL('../goldens/engine-parity.json', import.meta.url), 'utf8')));

/** What this process has in memory of a file that it maps. */
function residentBytesOf(file: string): number {
  const sections = readFileSync('/proc/self/smaps', 'utf8').split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m);
  const mapped = sections.filter((section) => section.split('\n')[0]!.endsWith(file));
  expect(mapped.length).toBeGreaterThan(0);
  return mapped.reduce((sum, section) => sum + 1024 * Number(/^Rss:\s+(\d+) kB$/m.exec(section)![1]), 0);
}

describe.skipIf(lacksDefaultModel)('the default model', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await loadEngine(defaultModelFile);
  });
  afterAll(() => engine?.close());

  test('says what it is', () => {
    expect(engine.facts).toMatchObject({
      architecture: 'llama',
      parameters: 134_515_008,
      contextLength: 8192,
      vocabularySize: 49_152,
      layers: 30,
      fileBytes: 98_362_432,
      quantisation: 'Q4_1',
    });
  });

  test.skipIf(process.platform !== 'linux')('has its weights in memory once: the file is let go', () => {
    expect(residentBytesOf(defaultModelFile)).toBeLessThan(engine.facts.fileBytes / 4);
  });

  test("picks llama.cpp's best token wherever that one is sure, with the same perplexity within 1 %", async () => {
    const tokens = engine.tokenizer.encode(parityText).slice(0, golden.best.length + 1);
    const sequence = engine.createSequence();
    const [logits] = await engine.forward([{ sequence, tokens: tokens.slice(0, -1), logits: 'all' }]);
    sequence.free();
    const { vocabularySize } = engine.facts;
    let surprise = 0;
    golden.best.forEach((theirs, i) => {
      const row = logits!.subarray(i * vocabularySize, (i + 1) * vocabularySize);
      const best = indexOfBest(row);
      if (theirs !== null) expect(best).toBe(theirs);
      const total = row.reduce((sum, logit) => sum + Math.exp(logit - row[best]!), 0);
      surprise += row[best]! + Math.log(total) - row[tokens[i + 1]!]!;
    });
    const ratio = Math.exp(surprise / golden.best.length) / golden.perplexity;
    expect(Math.abs(ratio - 1)).toBeLessThan(0.01);
  });

  test('every SIMD level of this machine agrees on the first tokens of an answer', async () => {
    const prompt = '<|im_start|>user\nWhat is the capital of France?<|im_end|>\n<|im_start|>assistant\n';
    for (const simd of ['scalar', 'avx2', 'avx512'] as const) {
      const other = await loadEngine(defaultModelFile, { simd }).catch(() => undefined);
      if (!other) continue;
      const answer: number[] = [];
      const sequence = other.createSequence();
      let tokens = other.tokenizer.encode(prompt, { special: true });
      for (let i = 0; i < 7; i++) {
        const [logits] = await other.forward([{ sequence, tokens, logits: 'last' }]);
        tokens = [indexOfBest(logits!)];
        answer.push(...tokens);
      }
      expect(other.tokenizer.decode(answer)).toBe('The capital of France is Paris.');
      other.close();
    }
  });
});
