import { cpus, loadavg } from 'node:os';
import { z } from 'zod';
import type { Engine } from '../../src/engine/engine.ts';
import { loadEngine } from '../../src/engine/load-engine.ts';
import { indexOfBest } from './logit-rows.ts';
import { enginePeer, type Peer, type PeerContext } from './peer.ts';

/** One JSON line of `bench engine --json`: a median with the slowest and the fastest of its runs. */
export const measurementSchema = z.object({
  type: z.literal('measurement'),
  bench: z.literal('engine'),
  what: z.enum(['decode', 'prefill']),
  engine: z.string(),
  model: z.string(),
  quantisation: z.string(),
  threads: z.number().int(),
  /** Tokens that each run measures. */
  tokens: z.number().int(),
  unit: z.literal('tokens/s'),
  median: z.number(),
  slowest: z.number(),
  fastest: z.number(),
  runs: z.number().int(),
  warmUpRuns: z.number().int(),
  machine: z.object({
    cpu: z.string(),
    cores: z.number().int(),
    simd: z.string(),
    /** Of the last minute, before the first run. */
    load: z.number(),
  }),
});
export type Measurement = z.infer<typeof measurementSchema>;
export type BenchTask = Measurement['what'];

export interface EngineBenchOptions {
  modelFile: string;
  threads: readonly number[];
  /** Undefined: our figures only. */
  peer: Peer | undefined;
  runs?: number;
  onRun?: (done: number, all: number) => void;
  signal: AbortSignal;
}

const prefillTokens = 512;
const decodeTokens = 48;
const decodePrompt = 8;
const contextLength = 1024;
const warmUpRuns = 1;

/** One engine at one thread count, ready to be timed. */
interface Contestant {
  engine: string;
  threads: number;
  /** Reads a prompt into an empty context; returns tokens a second. */
  prefill(): Promise<number>;
  /** Picks the best token again and again after a short prompt; returns tokens a second. */
  decode(): Promise<number>;
  close(): Promise<void>;
}

/**
 * Decode and prefill of our engine and of llama.cpp, on the same file and tokens. Every run times all contestants
 * one after the other, so that a noisy neighbour meets them alike; only ratios within one call mean anything.
 */
export async function benchEngine(options: EngineBenchOptions): Promise<Measurement[]> {
  const { runs = 5, signal, onRun } = options;
  const contestants: Contestant[] = [];
  const load = loadavg()[0]!;
  try {
    let facts: Pick<Engine, 'facts' | 'simd'> | undefined;
    for (const threads of options.threads) {
      const engine = await loadEngine(options.modelFile, { threads, contextLength });
      facts = engine;
      contestants.push(ours(engine, threads));
      if (options.peer) contestants.push(await theirs(options.peer, engine.facts.vocabularySize, threads));
    }
    const results = contestants.map(() => ({ decode: [] as number[], prefill: [] as number[] }));
    for (let run = -warmUpRuns; run < runs; run++) {
      for (const [i, contestant] of contestants.entries()) {
        signal.throwIfAborted();
        const rates = { prefill: await contestant.prefill(), decode: await contestant.decode() };
        if (run < 0) continue;
        results[i]!.prefill.push(rates.prefill);
        results[i]!.decode.push(rates.decode);
      }
      onRun?.(run + warmUpRuns + 1, runs + warmUpRuns);
    }
    return contestants.flatMap(({ engine, threads }, i) =>
      (['decode', 'prefill'] as const).map(
        (what): Measurement => ({
          type: 'measurement',
          bench: 'engine',
          what,
          engine,
          model: facts!.facts.name,
          quantisation: facts!.facts.quantisation,
          threads,
          tokens: what === 'decode' ? decodeTokens : prefillTokens,
          unit: 'tokens/s',
          ...spread(results[i]![what]),
          runs,
          warmUpRuns,
          machine: { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, simd: facts!.simd, load },
        }),
      ),
    );
  } finally {
    for (const contestant of contestants) await contestant.close();
  }
}

/** Token ids in no particular order; speed does not depend on which. */
const someTokens = (count: number, vocabularySize: number) =>
  Array.from({ length: count }, (_, i) => (i * 7919 + 1000) % vocabularySize);

function ours(engine: Engine, threads: number): Contestant {
  const sequence = engine.createSequence();
  const feed = async (tokens: readonly number[]) => {
    const [logits] = await engine.forward([{ sequence, tokens, logits: 'last' }]);
    return indexOfBest(logits!);
  };
  return {
    engine: 'pathact',
    threads,
    async prefill() {
      sequence.truncate(0);
      const tokens = someTokens(prefillTokens, engine.facts.vocabularySize);
      return rate(prefillTokens, () => feed(tokens));
    },
    async decode() {
      sequence.truncate(0);
      let token = await feed(someTokens(decodePrompt, engine.facts.vocabularySize));
      return rate(decodeTokens, async () => {
        for (let i = 0; i < decodeTokens; i++) token = await feed([token]);
      });
    },
    close: async () => engine.close(),
  };
}

async function theirs(peer: Peer, vocabularySize: number, threads: number): Promise<Contestant> {
  const context: PeerContext = await peer.open({ threads, contextLength, flashAttention: true });
  return {
    engine: enginePeer.name,
    threads,
    prefill: () => rate(prefillTokens, () => context.prefill(someTokens(prefillTokens, vocabularySize))),
    async decode() {
      const times: number[] = [];
      const prompt = someTokens(decodePrompt, vocabularySize);
      await context.greedy(prompt, decodeTokens + 1, () => times.push(performance.now()));
      return (decodeTokens * 1000) / (times.at(-1)! - times[0]!);
    },
    close: () => context.close(),
  };
}

async function rate(tokens: number, work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (tokens * 1000) / (performance.now() - start);
}

function spread(rates: readonly number[]): { median: number; slowest: number; fastest: number } {
  const sorted = rates.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { median, slowest: sorted[0]!, fastest: sorted.at(-1)! };
}
