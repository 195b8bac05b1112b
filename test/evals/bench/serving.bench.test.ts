import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { benchServing, servingMeasurementSchema } from '../../../evals/bench/serving.bench.ts';
import { writeTinyGguf } from '../../helpers/tiny-gguf.ts';

let folder: string;
let modelFile: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pathact-serving-'));
  modelFile = writeTinyGguf(join(folder, 'tiny.gguf'), { contextLength: 2400, width: 128, layers: 4 });
});
afterAll(() => rmSync(folder, { recursive: true }));

test('every wait is measured, with its spread', async () => {
  const { signal } = new AbortController();
  const measured = await benchServing({ modelFile, threads: 1, depth: 1000, runs: 1, signal });
  expect(new Set(measured.map(({ what }) => what)).size).toBe(6);
  for (const each of measured) {
    const { least, median, p95, most, samples } = servingMeasurementSchema.parse(each);
    expect(samples).toBeGreaterThan(0);
    expect([least, median, p95, most]).toEqual([least, median, p95, most].toSorted((a, b) => a - b));
  }
});
