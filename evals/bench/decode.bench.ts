import { type EngineOptions, FETCHED_POSITIONS } from '../../src/engine/engine.ts';
import type { BenchOptions } from './engine.bench.ts';
import { type FilledEngine, filledEngines } from './filled-engines.ts';
import { type Contestant, interleave, only, rateOf } from './interleave.ts';
import { indexOfBest } from './logit-rows.ts';
import { type Measurement, measurement } from './measurement.ts';
import type { Peer, PeerContext } from './peer.ts';
import { peerState } from './peer-state.ts';

export const windowTokens = 48;
const firstToken = 1;
export const twoBit = { bits: 2, fetch: FETCHED_POSITIONS } as const satisfies EngineOptions['lowBit'];

/** Tokens a second after `depth` tokens, in windows: full keys and values, their 2-bit copy, and the peer. */
export async function* benchDecode(options: BenchOptions, depth: number): AsyncGenerator<Measurement> {
  const { subject, threads, peer, peerFormat, runs, signal, note } = options;
  const room = windowTokens + 16;
  const lowBit = depth > 0 ? twoBit : undefined;
  const modelFile = subject.file;
  const ours = await filledEngines({ modelFile, threads, depth, room, lowBit, signal, note });
  const theirs: { context: PeerContext; threads: number }[] = [];
  try {
    for (const count of peer ? threads : []) {
      theirs.push({ context: await peerAt(options, peer!, depth, count), threads: count });
    }
    const peers = theirs.map((each) => peerContestant(each.context, each.threads));
    const full = ours.map((filled) => ourContestant(filled, 'full'));
    const low = lowBit ? ours.map((filled) => ourContestant(filled, 'specache 2-bit')) : [];
    const onRun = (done: number, all: number) => note(`decode at ${depth}: run ${done} of ${all}`);
    const timed = await interleave([...full, ...low, ...peers], { runs, warmUpRuns: 1, signal, onRun });
    for (const kv of lowBit ? ['full', 'specache 2-bit'] : ['full']) {
      const sides = { oursBy: only(timed, 'ours', kv), peerBy: only(timed, 'peer') };
      const row = { what: 'decode', depth, kv, unit: 'tokens/s', tokens: windowTokens } as const;
      yield measurement(subject, { ...row, ...sides, peerFormat, runs, warmUpRuns: 1 });
    }
  } finally {
    for (const { engine } of ours) engine.close();
    for (const { context } of theirs) await context.close();
  }
}

/** The peer after `depth` tokens, which it read earlier or reads now. */
export async function peerAt(
  { benchFolder, subject, peerFormat, signal, note }: BenchOptions,
  peer: Peer,
  depth: number,
  threads: number,
): Promise<PeerContext> {
  const { vocabularySize } = subject.facts;
  const about = { benchFolder, peer, modelHash: subject.sha256, vocabularySize, depth };
  const kvType = peerFormat === 'Q8_0 KV' ? 'Q8_0' : peerFormat === 'Q4_0 KV' ? 'Q4_0' : 'F16';
  const file = depth > 0 ? await peerState({ ...about, kvType, signal, note }) : undefined;
  const context = await peer.open({ threads, contextLength: depth + 128, flashAttention: true, kvType });
  if (file) await context.load(file);
  return context;
}

export function ourContestant({ engine, threads, sequence }: FilledEngine, kv: string): Contestant {
  const start = sequence.length;
  const lowBit = kv !== 'full';
  const next = async (token: number) => {
    const [logits] = await engine.forward([{ sequence, tokens: [token], logits: 'last', lowBit }]);
    return indexOfBest(logits!);
  };
  return {
    ...{ side: 'ours', kv, threads },
    async run() {
      let token = await next(firstToken);
      const rate = await rateOf(windowTokens, async () => {
        for (let i = 0; i < windowTokens; i++) token = await next(token);
      });
      sequence.truncate(start);
      return rate;
    },
  };
}

export function peerContestant(context: PeerContext, threads: number): Contestant {
  return {
    ...{ side: 'peer', kv: 'f16', threads },
    async run() {
      const times: number[] = [];
      await context.greedyBranch([firstToken], windowTokens + 1, () => times.push(performance.now()));
      return (windowTokens * 1000) / (times.at(-1)! - times[0]!);
    },
  };
}
