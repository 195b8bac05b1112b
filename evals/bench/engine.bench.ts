import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { convertModel, planConversion } from '../../src/engine/convert-model.ts';
import { benchBandwidth } from './bandwidth.bench.ts';
import { fastBudgetMb, hasQ4Bars, type PeerFormat } from './bars.ts';
import { benchChats } from './chats.bench.ts';
import { benchDecode } from './decode.bench.ts';
import { benchKvMemory } from './kv-memory.bench.ts';
import type { Measurement, Subject } from './measurement.ts';
import { loadPeer, type Peer } from './peer.ts';
import { benchPrefill } from './prefill.bench.ts';
import { benchServed, type StartServer } from './served.bench.ts';

export const parts = [
  'decode',
  'prefill',
  'q4',
  'bandwidth',
  'memory',
  'served',
  'chats',
  'peer-kv',
] as const;
export type Part = (typeof parts)[number];

export interface BenchOptions {
  benchFolder: string;
  subject: Subject;
  threads: readonly number[];
  /** Undefined: our figures only. */
  peer: Peer | undefined;
  /** The file that the peer reads. Default: `same`. */
  peerFormat?: PeerFormat;
  runs: number;
  /** Tokens in the context; those beyond the trained length are left out. */
  depths: readonly number[];
  /** Of prompts for prefill. */
  prefills: readonly number[];
  parts: readonly Part[];
  startServer: StartServer;
  signal: AbortSignal;
  note: (text: string) => void;
}

const chatDepth = 4096;
const prefixDepth = 4096;

/**
 * The measurements of our engine beside llama.cpp on the same file and tokens, one after the other, each when it is
 * there. Ratios compare medians of runs that took turns.
 */
export async function* benchEngine(all: BenchOptions): AsyncGenerator<Measurement> {
  const trained = all.subject.facts.contextLength;
  const options = { ...all, depths: all.depths.filter((depth) => depth <= trained) };
  const has = (part: Part) => options.parts.includes(part);
  let empty: Measurement | undefined;
  for (const depth of has('decode') ? options.depths : []) {
    for await (const row of benchDecode(options, depth)) {
      if (depth === 0) empty = row;
      yield row;
    }
  }
  if (has('bandwidth')) yield await benchBandwidth(options, empty ?? (await ourDecode(options)));
  for (const depth of has('prefill') ? options.prefills : []) {
    if (depth <= trained) yield await benchPrefill(options, depth);
  }
  if (has('q4') && options.peer && hasQ4Bars(options.subject.sha256)) yield* benchAgainstQ4(options);
  const long = Math.max(...options.depths);
  for (const bits of has('memory') && long > 0 ? ([2, 1] as const) : []) {
    yield await benchKvMemory(options, long, bits);
  }
  if (has('served')) yield* benchAllServed(options, long);
  if (has('chats') && chatDepth <= trained) yield* benchChats(options, chatDepth);
  if (has('peer-kv') && options.peer) yield* benchAgainstQuantisedKv(options);
}

/** Decoding in an empty context, where it was not measured beside the peer. */
async function ourDecode(options: BenchOptions): Promise<Measurement> {
  for await (const row of benchDecode({ ...options, peer: undefined }, 0)) return row;
  throw new Error('decoding in an empty context gives one row');
}

/** The same weights as Q4_0, which llama.cpp repacks: its fastest format. */
async function* benchAgainstQ4(options: BenchOptions): AsyncGenerator<Measurement> {
  const file = await q4File(options);
  const peer = await loadPeer(options.benchFolder, file);
  try {
    const against = { ...options, peer, peerFormat: 'Q4_0' } as const;
    yield* benchDecode(against, 0);
    yield await benchPrefill(against, 512);
  } finally {
    await peer.close();
  }
}

/** llama.cpp reads into quantised keys and values many times slower than into f16: short contexts only. */
async function* benchAgainstQuantisedKv(options: BenchOptions): AsyncGenerator<Measurement> {
  for (const depth of options.depths.filter((tokens) => tokens > 0 && tokens <= 8192)) {
    for (const peerFormat of ['Q8_0 KV', 'Q4_0 KV'] as const)
      yield* benchDecode({ ...options, peerFormat }, depth);
  }
}

async function q4File({ benchFolder, subject, signal, note }: BenchOptions): Promise<string> {
  const out = join(benchFolder, 'models', `${subject.sha256.slice(0, 16)}-q4_0.gguf`);
  if (existsSync(out)) return out;
  await mkdir(join(benchFolder, 'models'), { recursive: true });
  note(`writing the same weights as Q4_0 to ${out}`);
  await convertModel(await planConversion(subject.file, 'q4_0'), out, { signal });
  return out;
}

/** Prompts of 4,096 tokens in every mode, and of the longest context where that is more. */
async function* benchAllServed(options: BenchOptions, long: number): AsyncGenerator<Measurement> {
  const disk = ['--kv-disk-mb', '8192'];
  const full = { kv: 'full', flags: ['--kv', 'full', ...disk] };
  const file = { kv: 'specache 2-bit, file', flags: ['--kv', 'specache', '--kv-slow', 'file', ...disk] };
  const prefix = Math.min(prefixDepth, options.subject.facts.contextLength - 256);
  yield* benchServed(options, prefix, full);
  yield* benchServed(options, prefix, file);
  if (long <= prefix) return;
  const fastMb = fastBudgetMb(options.subject.sha256, long);
  const flags = fastMb === undefined ? file.flags : [...file.flags, '--kv-fast-mb', String(fastMb)];
  yield* benchServed(options, long, { ...file, flags, fastMb });
}
