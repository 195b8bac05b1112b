import { readGguf } from '../../src/engine/gguf.ts';
import { ensureCore } from '../../src/engine/load-engine.ts';
import type { BenchOptions } from './engine.bench.ts';
import { type Measurement, measurement, spread } from './measurement.ts';

const bufferBytes = 512 * 1024 * 1024;

/**
 * What decoding in an empty context reads of memory a second, against what a plain read of a large buffer does with
 * as many threads. `decode`: the measurement of decoding in an empty context.
 */
export async function benchBandwidth(options: BenchOptions, decode: Measurement): Promise<Measurement> {
  const { subject, runs } = options;
  const threads = decode.threads ?? 1;
  const { module } = await ensureCore();
  const rates: number[] = [];
  for (let run = 0; run < runs; run++) rates.push(module.readBandwidth(bufferBytes, threads) / 1e9);
  const plain = spread(threads, rates);
  const tokenBytes = weightBytes(subject.file);
  const row = { what: 'memory bandwidth', depth: 0, kv: 'full', unit: 'GB/s', runs } as const;
  const sides = { oursBy: [spread(threads, [(tokenBytes * decode.ours) / 1e9])], peer: plain.median };
  return measurement(subject, {
    ...row,
    ...sides,
    against: 'a plain read',
    beside: { weightBytesPerToken: tokenBytes, plainSlowest: plain.slowest, plainFastest: plain.fastest },
  });
}

/** Bytes of weights that a decoded token reads: all, but of an embedding that is no head one row. */
function weightBytes(file: string): number {
  const { tensors } = readGguf(file);
  const isUntied = tensors.has('output.weight');
  return [...tensors.values()]
    .filter(({ name }) => !(isUntied && name === 'token_embd.weight'))
    .reduce((sum, { byteLength }) => sum + byteLength, 0);
}
