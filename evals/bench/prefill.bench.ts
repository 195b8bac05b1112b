import { loadEngine } from '../../src/engine/load-engine.ts';
import type { BenchOptions } from './engine.bench.ts';
import { type Contestant, interleave, only, rateOf } from './interleave.ts';
import { type Measurement, measurement } from './measurement.ts';
import { someTokens } from './some-tokens.ts';

/** Tokens a second of a prompt of `depth` tokens in an empty context. */
export async function benchPrefill(options: BenchOptions, depth: number): Promise<Measurement> {
  const { subject, threads, peer, peerFormat, runs, signal, note } = options;
  const contestants: Contestant[] = [];
  const open: { close(): unknown }[] = [];
  const contextLength = depth + 128;
  const tokens = someTokens(depth, subject.facts.vocabularySize);
  try {
    for (const count of threads) {
      const engine = await loadEngine(subject.file, { threads: count, contextLength });
      open.push(engine);
      const sequence = engine.createSequence();
      const read = () => {
        sequence.truncate(0);
        return rateOf(depth, () => engine.forward([{ sequence, tokens, logits: 'last' }]));
      };
      contestants.push({ side: 'ours', kv: 'full', threads: count, run: read });
      const context = await peer?.open({ threads: count, contextLength, flashAttention: true });
      if (!context) continue;
      open.push(context);
      const run = () => rateOf(depth, () => context.prefill(tokens));
      contestants.push({ side: 'peer', kv: 'f16', threads: count, run });
    }
    const onRun = (done: number, all: number) => note(`prefill of ${depth}: run ${done} of ${all}`);
    const warmUpRuns = depth > 1024 ? 0 : 1;
    const timed = await interleave(contestants, { runs, warmUpRuns, signal, onRun });
    const sides = { oursBy: only(timed, 'ours'), peerBy: only(timed, 'peer') };
    const row = { what: 'prefill', depth, tokens: depth, kv: 'full', unit: 'tokens/s' } as const;
    return measurement(subject, { ...row, ...sides, peerFormat, runs, warmUpRuns });
  } finally {
    for (const each of open) await each.close();
  }
}
