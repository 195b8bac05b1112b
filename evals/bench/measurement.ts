import { cpus, loadavg } from 'node:os';
import { z } from 'zod';
import type { Engine } from '../../src/engine/engine.ts';
import type { PeerFormat } from './bars.ts';
import { barOf } from './bars.ts';

export const whats = [
  'decode',
  'prefill',
  '16 chats',
  'first token, prefix hit',
  'first token, after restart',
  'fast KV bytes',
  'anonymous memory over idle',
  'memory bandwidth',
] as const;

const spreadSchema = z.object({
  threads: z.number().int(),
  median: z.number(),
  slowest: z.number(),
  fastest: z.number(),
});

/**
 * One JSON line of `bench engine --json`. `ours` and `peer` are medians at the thread count that serves each best;
 * `ratio` is ours over the peer's, or over what `peer` is said to be in `against`.
 */
export const measurementSchema = z.object({
  type: z.literal('measurement'),
  bench: z.literal('engine'),
  what: z.enum(whats),
  model: z.string(),
  quantisation: z.string(),
  /** Tokens in the context before what is measured. */
  depth: z.number().int(),
  /** Tokens that each run measures, 0 where none are. */
  tokens: z.number().int(),
  /** Ours; the peer's keys and values are f16. */
  kv: z.string(),
  /** What `peer` is: llama.cpp on the same file, on the same weights in another format, or a figure of our own. */
  against: z.string(),
  unit: z.enum(['tokens/s', 'ms', 'bytes', 'GB/s']),
  threads: z.number().int().nullable(),
  peerThreads: z.number().int().nullable(),
  ours: z.number(),
  peer: z.number().nullable(),
  ratio: z.number().nullable(),
  /** At least so much, or at most where less is better; null where none was set. */
  bar: z.number().nullable(),
  better: z.enum(['more', 'less']),
  met: z.boolean().nullable(),
  /** Every thread count, ours and the peer's. */
  oursBy: z.array(spreadSchema),
  peerBy: z.array(spreadSchema),
  runs: z.number().int(),
  warmUpRuns: z.number().int(),
  /** Other figures of the same runs. */
  beside: z.record(z.string(), z.number()),
  machine: z.object({
    cpu: z.string(),
    cores: z.number().int(),
    simd: z.string(),
    /** Of the last minute, when the row was finished. */
    load: z.number(),
  }),
});
export type Measurement = z.infer<typeof measurementSchema>;
export type Spread = z.infer<typeof spreadSchema>;

/** The model that is measured. */
export interface Subject {
  file: string;
  sha256: string;
  facts: Engine['facts'];
  /** Ids below it are in the tokenizer; models pad their vocabulary beyond. */
  textTokens: number;
  simd: string;
}

export type Row = Pick<Measurement, 'what' | 'depth' | 'kv' | 'unit'> &
  Partial<Pick<Measurement, 'tokens' | 'runs' | 'warmUpRuns' | 'beside' | 'better' | 'against'>> & {
    oursBy: Spread[];
    peerBy?: Spread[];
    peerFormat?: PeerFormat | undefined;
    /** In place of the peer's best. */
    peer?: number;
  };

/** A line: the best thread count of each side, their ratio, and the bar that the charter sets. */
export function measurement(subject: Subject, { peerFormat = 'same', ...row }: Row): Measurement {
  const { peerBy = [], oursBy, better = 'more' } = row;
  const ours = bestOf(oursBy)!;
  const theirs = bestOf(peerBy);
  const peer = row.peer ?? theirs?.median ?? null;
  const ratio = peer === null ? null : ours.median / peer;
  const bar = barOf(subject.sha256, { ...row, peerFormat });
  const met = bar === null || ratio === null ? null : better === 'more' ? ratio >= bar : ratio <= bar;
  return {
    ...{ type: 'measurement', bench: 'engine', what: row.what, depth: row.depth, kv: row.kv, unit: row.unit },
    model: subject.facts.name,
    quantisation: subject.facts.quantisation,
    tokens: row.tokens ?? 0,
    against: row.against ?? (peerFormat === 'same' ? 'llama.cpp' : `llama.cpp, ${peerFormat}`),
    threads: ours.threads,
    peerThreads: theirs?.threads ?? null,
    ...{ ours: ours.median, peer, ratio, bar, better, met, oursBy, peerBy },
    runs: row.runs ?? 1,
    warmUpRuns: row.warmUpRuns ?? 0,
    beside: row.beside ?? {},
    machine: {
      cpu: cpus()[0]?.model ?? 'unknown',
      cores: cpus().length,
      simd: subject.simd,
      load: loadavg()[0]!,
    },
  };
}

const bestOf = (spreads: readonly Spread[]) => spreads.toSorted((a, b) => b.median - a.median)[0];

export function spread(threads: number, values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { threads, median, slowest: sorted[0]!, fastest: sorted.at(-1)! };
}
