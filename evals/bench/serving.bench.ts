import { cpus, loadavg } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { Scheduler } from '../../src/endpoint/scheduling/scheduler.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { loadEngine } from '../../src/engine/load-engine.ts';
import { greedySettings, Sampler } from '../../src/engine/sampler.ts';

const kinds = [
  'first token, cold',
  'first token, next turn',
  'first token, same prompt',
  'cancel to free slot',
  'between tokens beside a prompt',
  'event loop delay',
] as const;

/** One JSON line of `bench serving --json`; milliseconds. */
export const servingMeasurementSchema = z.object({
  type: z.literal('measurement'),
  bench: z.literal('serving'),
  what: z.enum(kinds),
  model: z.string(),
  quantisation: z.string(),
  /** Tokens of the prompt, or already there when it is cancelled. */
  depth: z.number().int(),
  unit: z.literal('ms'),
  median: z.number(),
  p95: z.number(),
  least: z.number(),
  most: z.number(),
  samples: z.number().int(),
  machine: z.object({
    cpu: z.string(),
    cores: z.number().int(),
    simd: z.string(),
    /** Of the last minute, before the first run. */
    load: z.number(),
  }),
});
export type ServingMeasurement = z.infer<typeof servingMeasurementSchema>;

export interface ServingBenchOptions {
  modelFile: string;
  threads?: number | undefined;
  /** Tokens of the long prompt. */
  depth?: number;
  runs?: number;
  onRun?: (done: number, all: number) => void;
  signal: AbortSignal;
}

const turnTokens = 250;
const replyTokens = 24;

type Samples = Record<(typeof kinds)[number], number[]>;

/**
 * What a client of the scheduler waits for: the first token of a long prompt with and without its prefix in the cache,
 * the end of a pass that was aborted deep in a prompt, and the next token of a stream while another prompt is computed.
 */
export async function benchServing(options: ServingBenchOptions): Promise<ServingMeasurement[]> {
  const { depth = 4096, runs = 3, signal, onRun } = options;
  const load = loadavg()[0]!;
  const engine = await loadEngine(options.modelFile, { threads: options.threads });
  const samples = Object.fromEntries(kinds.map((kind) => [kind, [] as number[]])) as Samples;
  const delay = monitorEventLoopDelay({ resolution: 1 });
  try {
    await firstToken(new Scheduler(engine, { slots: 1, queueLimit: 0 }), someTokens(300, 0, engine), signal);
    delay.enable();
    for (let run = 0; run < runs; run++) {
      signal.throwIfAborted();
      await measureTurns(engine, depth, samples, signal);
      await measureCancel(engine, depth, samples);
      await measureStream(engine, depth, samples, signal);
      onRun?.(run + 1, runs);
    }
    delay.disable();
    for (let percent = 1; percent <= 100; percent++) {
      samples['event loop delay'].push(delay.percentile(percent) / 1e6);
    }
    const machine = { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, simd: engine.simd, load };
    const { name: model, quantisation } = engine.facts;
    return kinds.map((what) => ({
      ...{ type: 'measurement', bench: 'serving', what, model, quantisation, depth, unit: 'ms', machine },
      ...spread(samples[what]),
    }));
  } finally {
    engine.close();
  }
}

async function measureTurns(
  engine: Engine,
  depth: number,
  samples: Samples,
  signal: AbortSignal,
): Promise<void> {
  const scheduler = new Scheduler(engine, { slots: 1, queueLimit: 0 });
  const prompt = someTokens(depth, 1, engine);
  const cold = await firstToken(scheduler, prompt, signal);
  samples['first token, cold'].push(cold.ms);
  const next = [...prompt, ...cold.tokens, ...someTokens(turnTokens, 2, engine)];
  samples['first token, next turn'].push((await firstToken(scheduler, next, signal)).ms);
  samples['first token, same prompt'].push((await firstToken(scheduler, prompt, signal)).ms);
  await scheduler.drain();
}

/** A pass over a piece of a prompt at this depth, aborted somewhere in its middle, until it has ended. */
async function measureCancel(engine: Engine, depth: number, samples: Samples): Promise<void> {
  const sequence = engine.createSequence();
  await engine.forward([{ sequence, tokens: someTokens(depth, 3, engine), logits: 'none' }]);
  const tokens = someTokens(256, 4, engine);
  const start = performance.now();
  await engine.forward([{ sequence, tokens, logits: 'none' }]);
  const whole = performance.now() - start;
  for (const part of [0.1, 0.3, 0.5, 0.7]) {
    sequence.truncate(depth);
    const stop = new AbortController();
    const pass = engine.forward([{ sequence, tokens, logits: 'none', signal: stop.signal }]);
    await sleep(whole * part);
    const aborted = performance.now();
    stop.abort();
    await pass;
    samples['cancel to free slot'].push(performance.now() - aborted);
  }
  sequence.free();
}

async function measureStream(
  engine: Engine,
  depth: number,
  samples: Samples,
  signal: AbortSignal,
): Promise<void> {
  const scheduler = new Scheduler(engine, { slots: 2, queueLimit: 0 });
  const stop = new AbortController();
  let last: number | undefined;
  const stream = scheduler.run({
    prompt: someTokens(20, 5, engine),
    maxTokens: scheduler.contextLength - 20,
    chooser: new Sampler(greedySettings),
    signal: AbortSignal.any([signal, stop.signal]),
    accept() {
      const now = performance.now();
      if (last !== undefined && scheduler.load.running > 1) {
        samples['between tokens beside a prompt'].push(now - last);
      }
      last = now;
      return true;
    },
  });
  await sleep(200);
  await firstToken(scheduler, someTokens(depth, 6, engine), signal);
  stop.abort();
  await stream.catch(() => {}); // as asked
  await scheduler.drain();
}

async function firstToken(scheduler: Scheduler, prompt: readonly number[], signal: AbortSignal) {
  const tokens: number[] = [];
  const start = performance.now();
  let ms = 0;
  await scheduler.run({
    prompt,
    maxTokens: replyTokens,
    chooser: new Sampler(greedySettings),
    signal,
    accept(token) {
      if (tokens.push(token) === 1) ms = performance.now() - start;
      return true;
    },
  });
  return { tokens, ms };
}

/** Token ids in no particular order, others for another `seed`. */
const someTokens = (count: number, seed: number, { facts }: Engine) =>
  Array.from({ length: count }, (_, i) => (i * 7919 * (seed + 1) + 1000 + seed) % facts.vocabularySize);

function spread(samples: readonly number[]) {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (part: number) => sorted[Math.min(Math.floor(part * sorted.length), sorted.length - 1)] ?? 0;
  return { median: at(0.5), p95: at(0.95), least: at(0), most: at(1), samples: sorted.length };
}
