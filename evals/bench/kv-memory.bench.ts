import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FETCHED_POSITIONS } from '../../src/engine/engine.ts';
import { fastTierBytes, quantisedTokens } from '../../src/engine/kv-memory.ts';
import { loadEngine } from '../../src/engine/load-engine.ts';
import { ourContestant, windowTokens } from './decode.bench.ts';
import type { BenchOptions } from './engine.bench.ts';
import { fill } from './filled-engines.ts';
import { interleave } from './interleave.ts';
import { type Measurement, measurement, spread } from './measurement.ts';

/**
 * Bytes in memory that keys and values of one conversation take where the full-precision ones lie in files, against
 * all of them in f16. `beside`: what section 1.10 of our specification gives, and how fast this mode decodes.
 */
export async function benchKvMemory(options: BenchOptions, depth: number, bits: 1 | 2): Promise<Measurement> {
  const { subject, signal, note } = options;
  const threads = Math.max(...options.threads);
  const folder = await mkdtemp(join(tmpdir(), 'pathact-kv-'));
  const lowBit = { bits, fetch: FETCHED_POSITIONS, slow: { tier: 'file', folder } } as const;
  const contextLength = depth + windowTokens + 16;
  const engine = await loadEngine(subject.file, { threads, contextLength, lowBit });
  try {
    const sequence = engine.createSequence();
    const filled = { engine, threads, sequence };
    await fill(filled, { ...options, modelFile: subject.file, depth, room: 0, lowBit });
    const kv = `specache ${bits}-bit, file`;
    const runs = Math.min(options.runs, 3);
    const onRun = (done: number, all: number) => note(`${kv}, decode at ${depth}: run ${done} of ${all}`);
    const [rate] = await interleave([ourContestant(filled, kv)], { runs, warmUpRuns: 1, signal, onRun });
    const { kvBytes, kvTokenBytes } = engine;
    const quantised = quantisedTokens(depth);
    const formulaBytes = fastTierBytes(
      kvTokenBytes,
      bits,
      quantised,
      depth - quantised + FETCHED_POSITIONS + 2,
    );
    const beside = { formulaBytes, tokensPerSecond: rate!.median };
    const row = { what: 'fast KV bytes', depth, kv, unit: 'bytes', better: 'less' } as const;
    const sides = { oursBy: [spread(threads, [kvBytes])], peer: kvTokenBytes * depth };
    return measurement(subject, { ...row, ...sides, against: 'f16', beside });
  } finally {
    engine.close();
    await rm(folder, { recursive: true });
  }
}
