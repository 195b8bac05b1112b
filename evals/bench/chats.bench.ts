import type { Sequence } from '../../src/engine/engine.ts';
import { loadEngine } from '../../src/engine/load-engine.ts';
import { twoBit } from './decode.bench.ts';
import type { BenchOptions } from './engine.bench.ts';
import { type Contestant, interleave, only, rateOf } from './interleave.ts';
import { indexOfBest } from './logit-rows.ts';
import { type Measurement, measurement } from './measurement.ts';
import type { PeerContext } from './peer.ts';
import { peerState } from './peer-state.ts';
import { anonymousBytes } from './resident.ts';
import { someTokens } from './some-tokens.ts';

const chats = 16;
const replyTokens = 64;
const mostRuns = 3;

/**
 * Total tokens a second of 16 replies that are computed together, each after `depth` tokens. Our contexts all differ;
 * the peer's hold the same tokens, each in cells of its own, since that is what it costs and its prefill takes long.
 * `beside`: bytes of all keys and values, and what the process grew by for them, weights not among it.
 */
export async function* benchChats(options: BenchOptions, depth: number): AsyncGenerator<Measurement> {
  const { subject, threads, peer, signal, note } = options;
  const runs = Math.min(options.runs, mostRuns);
  const most = Math.max(...threads);
  const engine = await loadEngine(subject.file, {
    threads: most,
    contextLength: depth + 128,
    lowBit: twoBit,
  });
  const open: { close(): unknown }[] = [engine];
  const before = anonymousBytes(); // weights are no part of it, as they are none of the peer's
  try {
    const sequences: Sequence[] = [];
    for (let chat = 0; chat < chats; chat++) {
      signal.throwIfAborted();
      const sequence = engine.createSequence();
      const tokens = someTokens(depth, subject.facts.vocabularySize, chat);
      await engine.forward([{ sequence, tokens, logits: 'none' }]);
      sequences.push(sequence);
      note(`pathact has read ${chat + 1} of ${chats} chats of ${depth} tokens`);
    }
    const memory = () => ({ kvBytes: engine.kvBytes, anonymousBytes: anonymousBytes() - before });
    const full = memory();
    await replyTogether(sequences, true, 1); // makes the low-bit copy
    const beside = { full, 'specache 2-bit': memory() };
    const contestants: Contestant[] = [];
    for (const kv of ['full', 'specache 2-bit']) {
      const run = () =>
        rateOf(chats * replyTokens, () => replyTogether(sequences, kv !== 'full', replyTokens));
      contestants.push({ side: 'ours', kv, threads: most, run });
    }
    let peerBytes = 0;
    for (const count of peer ? threads : []) {
      const start = anonymousBytes();
      const filled = await peerChats(options, depth, count);
      peerBytes = anonymousBytes() - start;
      open.push(filled);
      const run = () => rateOf(chats * replyTokens, () => branchTogether(filled.chats));
      contestants.push({ side: 'peer', kv: 'f16', threads: count, run });
    }
    const onRun = (done: number, all: number) => note(`16 chats: run ${done} of ${all}`);
    const timed = await interleave(contestants, { runs, warmUpRuns: 0, signal, onRun });
    for (const kv of ['full', 'specache 2-bit'] as const) {
      const sides = { oursBy: only(timed, 'ours', kv), peerBy: only(timed, 'peer') };
      const row = { what: '16 chats', depth, kv, unit: 'tokens/s', tokens: chats * replyTokens } as const;
      yield measurement(subject, {
        ...{ ...row, ...sides, runs },
        beside: { ...beside[kv], peerAnonymousBytes: peerBytes },
      });
    }
  } finally {
    for (const each of open) await each.close();
  }

  async function replyTogether(sequences: readonly Sequence[], lowBit: boolean, count: number) {
    const next = sequences.map((_, chat) => chat + 1);
    for (let i = 0; i < count; i++) {
      signal.throwIfAborted();
      const batch = sequences.map((sequence, chat) => ({ sequence, tokens: [next[chat]!], lowBit }));
      const rows = await engine.forward(batch.map((entry) => ({ ...entry, logits: 'last' as const })));
      for (const [chat, row] of rows.entries()) next[chat] = indexOfBest(row);
    }
    for (const sequence of sequences) sequence.truncate(depth);
  }
}

const branchTogether = (contexts: readonly PeerContext[]) =>
  Promise.all(contexts.map((context, chat) => context.greedyBranch([chat + 1], replyTokens, () => {})));

async function peerChats(options: BenchOptions, depth: number, threads: number) {
  const { benchFolder, subject, signal, note } = options;
  const peer = options.peer!;
  const about = { benchFolder, peer, modelHash: subject.sha256, depth, kvType: 'F16', chats } as const;
  const file = await peerState({ ...about, vocabularySize: subject.facts.vocabularySize, signal, note });
  const filled = await peer.openChats(chats, { threads, contextLength: depth + 128, flashAttention: true });
  for (const chat of filled.chats) await chat.load(file);
  return filled;
}
