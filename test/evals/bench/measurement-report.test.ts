import { expect, test } from 'vitest';
import type { Measurement } from '../../../evals/bench/measurement.ts';
import { decodePlot, measurementPage } from '../../../evals/bench/measurement-report.ts';

const line = (depth: number, kv: string, ours: number, peer: number): Measurement => ({
  ...{ type: 'measurement', bench: 'engine', what: 'decode', model: 'M', quantisation: 'Q4_1' },
  ...{ depth, tokens: 48, kv, against: 'llama.cpp', unit: 'tokens/s', threads: 2, peerThreads: 1 },
  ...{ ours, peer, ratio: ours / peer, bar: 3, better: 'more', met: ours >= 3 * peer },
  ...{ oursBy: [], peerBy: [], runs: 5, warmUpRuns: 1, beside: {} },
  machine: { cpu: 'C', cores: 2, simd: 'avx2', load: 0.5 },
});
const lines = [line(0, 'full', 300, 90), line(4096, 'full', 40, 20), line(4096, 'specache 2-bit', 80, 20)];

test('a table tells every row with its ratio, bar and whether it was met', () => {
  const page = measurementPage(lines, []);
  expect(page).toContain(
    '| decode | 4,096 | full | 40 tokens/s (2 threads) | 20 (1 thread) | llama.cpp | 2.00 | ≥ 3 **missed** |',
  );
  expect(page).toContain('| 4.00 | ≥ 3 met |');
});

test('a plot has a line for each way and for the peer, with a dot at each context', () => {
  const svg = decodePlot(lines);
  expect(svg.match(/<polyline/g)).toHaveLength(3);
  expect(svg.match(/<circle/g)).toHaveLength(5);
  expect(svg).toContain('cx="540.0" cy="213.3"'); // 80 of 300 at the deepest
});
