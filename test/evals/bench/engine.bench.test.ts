import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { benchChats } from '../../../evals/bench/chats.bench.ts';
import { type BenchOptions, benchEngine } from '../../../evals/bench/engine.bench.ts';
import { measureParity } from '../../../evals/bench/engine-parity.ts';
import { type FilledEngine, filledEngines } from '../../../evals/bench/filled-engines.ts';
import {
  type Measurement,
  measurement,
  measurementSchema,
  type Subject,
  spread,
} from '../../../evals/bench/measurement.ts';
import { parityLines } from '../../../evals/bench/parity-lines.ts';
import { parityText } from '../../../evals/bench/parity-text.ts';
import { loadPeer, type Peer, type PeerContext, type PeerPrediction } from '../../../evals/bench/peer.ts';
import { loadEngine } from '../../../src/engine/load-engine.ts';
import { MissingError } from '../../../src/errors.ts';
import { writeTinyGguf } from '../../helpers/tiny-gguf.ts';

let folder: string;
let modelFile: string;
const signal = new AbortController().signal;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pathact-bench-'));
  modelFile = writeTinyGguf(join(folder, 'tiny.gguf'), { contextLength: 2400 });
});
afterAll(() => rmSync(folder, { recursive: true }));

const subject = async (): Promise<Subject> => {
  const engine = await loadEngine(modelFile);
  engine.close();
  const { facts, simd, tokenizer } = engine;
  return { file: modelFile, sha256: 'tiny', facts, simd, textTokens: tokenizer.vocabularySize };
};

const options = async (): Promise<BenchOptions> => ({
  ...{ benchFolder: folder, subject: await subject(), threads: [1, 2], peer: undefined, runs: 2 },
  ...{ depths: [0, 128, 1_000_000], prefills: [64], parts: ['decode', 'prefill', 'bandwidth', 'memory'] },
  startServer: async () => {
    throw new Error('no part asked for a server');
  },
  ...{ signal, note: () => {} },
});

async function linesOf(bench: AsyncIterable<Measurement>): Promise<Measurement[]> {
  const lines: Measurement[] = [];
  for await (const line of bench) lines.push(measurementSchema.parse(line));
  return lines;
}

test('without a peer every part has our figures, at the contexts that the model was trained on', async () => {
  const lines = await linesOf(benchEngine(await options()));
  expect(lines.map(({ what, depth, kv }) => `${what} ${depth} ${kv}`)).toEqual([
    'decode 0 full',
    'decode 128 full',
    'decode 128 specache 2-bit',
    'memory bandwidth 0 full',
    'prefill 64 full',
    'fast KV bytes 128 specache 2-bit, file',
    'fast KV bytes 128 specache 1-bit, file',
  ]);
  for (const { what, ours, oursBy, ratio, met } of lines) {
    expect(ours).toBeGreaterThan(0);
    expect(met).toBeNull();
    if (what === 'decode' || what === 'prefill') expect([oursBy.length, ratio]).toEqual([2, null]);
    for (const { slowest, median, fastest } of oursBy) {
      expect(slowest).toBeLessThanOrEqual(median);
      expect(median).toBeLessThanOrEqual(fastest);
    }
  }
});

test('a peer meets the same windows, and its best thread count is what ours is held against', async () => {
  const peer = contraryPeer((await subject()).facts.vocabularySize);
  const parts = ['decode', 'prefill'] as const;
  const lines = await linesOf(benchEngine({ ...(await options()), peer, parts, depths: [0, 128] }));
  for (const { ours, peer: theirs, peerThreads, peerBy, ratio } of lines) {
    expect(peerBy.map(({ threads }) => threads)).toEqual([1, 2]);
    expect(theirs).toBe(Math.max(...peerBy.map(({ median }) => median)));
    expect(peerBy.find(({ threads }) => threads === peerThreads)?.median).toBe(theirs);
    expect(ratio).toBeCloseTo(ours / theirs!, 10);
  }
  expect(readdirSync(join(folder, 'states-3.22.1'))).toEqual(['tiny-128-f16.state']);
});

test('a bar is met at its ratio or better, and missed beyond it', async () => {
  const default_ = { ...(await subject()), sha256: 'b179c9523d0e6a0f98a330c7562b6827' };
  const row = { what: 'decode', depth: 0, kv: 'full', unit: 'tokens/s' } as const;
  const line = (ours: number, peerBy = [spread(1, [100])]) =>
    measurement(default_, { ...row, oursBy: [spread(1, [ours])], peerBy });
  expect(line(200)).toMatchObject({ ratio: 2, bar: 2, met: true });
  expect(line(199)).toMatchObject({ bar: 2, met: false });
  expect(line(500, [])).toMatchObject({ ratio: null, met: null });
  const wait = { what: 'first token, prefix hit', depth: 0, kv: 'full', unit: 'ms', better: 'less' } as const;
  const waited = (ms: number) => measurement(default_, { ...wait, oursBy: [spread(1, [ms])], peer: 1000 });
  expect([waited(100).met, waited(101).met]).toEqual([true, false]);
});

test('memory bandwidth is measured alone, too, at the thread count that decodes best', async () => {
  const alone = { ...(await options()), parts: ['bandwidth'] as const, depths: [128] };
  const [line, ...others] = await linesOf(benchEngine(alone));
  expect([line!.what, others]).toEqual(['memory bandwidth', []]);
  expect([1, 2]).toContain(line!.threads);
  expect(line!.ratio).toBeGreaterThan(0);
});

test('chats are timed both ways, with the bytes that full keys and values take without the copy', async () => {
  const short = writeTinyGguf(join(folder, 'chats.gguf'), { contextLength: 576 });
  const all = { ...(await options()), runs: 1 };
  const lines = await linesOf(benchChats({ ...all, subject: { ...all.subject, file: short } }, 384));
  expect(lines.map(({ what, kv }) => `${what}, ${kv}`)).toEqual([
    '16 chats, full',
    '16 chats, specache 2-bit',
  ]);
  const [full, low] = lines.map(({ beside }) => beside.kvBytes!);
  const engine = await loadEngine(short);
  expect(full).toBe(16 * 384 * engine.kvTokenBytes);
  expect(low).toBeGreaterThan(full!);
  engine.close();
});

test('our sequences of one depth hold the same tokens at every thread count', async () => {
  const { file } = await subject();
  const fill = { modelFile: file, threads: [1, 2], depth: 128, room: 8, signal, note: () => {} };
  const engines = await filledEngines({ ...fill, lowBit: { bits: 2, fetch: 64 } });
  const next = ({ engine, sequence }: FilledEngine) =>
    engine.forward([{ sequence, tokens: [1], logits: 'last', lowBit: true }]);
  const [[two], [one]] = [await next(engines[0]!), await next(engines[1]!)];
  expect(engines.map(({ sequence }) => sequence.length)).toEqual([129, 129]);
  expect(one).toEqual(two);
  for (const { engine } of engines) engine.close();
});

test('an aborted bench ends at once', async () => {
  const stopped = { ...(await options()), signal: AbortSignal.abort(new Error('stopped')) };
  await expect(linesOf(benchEngine(stopped))).rejects.toThrow('stopped');
});

test('a peer with quantised keys and values reads into its own kind of state, and no bar is set against it', async () => {
  const engine = await loadEngine(modelFile);
  engine.close();
  const peer = contraryPeer(engine.facts.vocabularySize);
  const opened: unknown[] = [];
  const open: Peer['open'] = async (how) => {
    opened.push(how.kvType);
    return peer.open(how);
  };
  const all = {
    ...(await options()),
    peer: { ...peer, open },
    depths: [0, 256],
    parts: ['peer-kv'] as const,
  };
  const lines = await linesOf(benchEngine({ ...all, threads: [1] }));
  expect(lines.map(({ against, kv, depth, bar }) => [against, kv, depth, bar])).toEqual([
    ['llama.cpp, Q8_0 KV', 'full', 256, null],
    ['llama.cpp, Q8_0 KV', 'specache 2-bit', 256, null],
    ['llama.cpp, Q4_0 KV', 'full', 256, null],
    ['llama.cpp, Q4_0 KV', 'specache 2-bit', 256, null],
  ]);
  expect(opened).toEqual(['Q8_0', 'Q4_0']);
  const states = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  for (const kv of ['q8_0', 'q4_0'])
    expect(states.some((name) => name.endsWith(`-256-${kv}.state`))).toBe(true);
});

test('a peer that is not installed is missing, with the command that gets it', async () => {
  const error = await loadPeer(folder, modelFile).catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(MissingError);
  expect((error as MissingError).hint).toContain('pathact bench setup engine');
});

test('parity counts where a peer is sure and differs, and where continuations part', async () => {
  const engine = await loadEngine(modelFile);
  const lines = parityLines([parityText], 50);
  const prompts = ['The receptor', 'In the evening'];
  const result = await measureParity(engine, contraryPeer(engine.facts.vocabularySize), {
    text: 'the protein and the user are in the world',
    prompts,
    lines,
    signal,
  });
  expect(result.teacherForced.decisive).toBe(result.teacherForced.positions);
  expect(result.teacherForced.decisiveDifferent).toBe(result.teacherForced.positions);
  expect(result.teacherForced.peerPerplexity).toBeCloseTo(Math.E, 6);
  expect(result.greedy.equal).toBe(0);
  expect(result.greedy.differences.map(({ at, peerMargin }) => [at, peerMargin])).toEqual([
    [0, 2],
    [0, 2],
  ]);
  expect(result.tokenizer.equal).toBe(lines.filter((line) => line === '').length);
  engine.close();
});

/** Sure of a token that nobody asked for, and one token for every text that is not empty. */
function contraryPeer(vocabularySize: number): Peer {
  const odd = vocabularySize - 1;
  const waits = () => sleep(1);
  const say = async (_: readonly number[], count: number, onToken: (token: number) => void) => {
    for (let i = 0; i < count; i++) {
      await waits();
      onToken(odd);
    }
  };
  const context: PeerContext = {
    prefill: waits,
    append: waits,
    greedy: say,
    greedyBranch: say,
    save: async (file) => writeFileSync(file, 'read'),
    load: async () => {},
    teacherForced: async (tokens) =>
      tokens.slice(1).map(
        (): PeerPrediction => ({
          best: [
            [odd, 3],
            [0, 1],
          ],
          logProbability: -1,
          bestLogProbability: -0.5,
        }),
      ),
    close: async () => {},
  };
  return {
    tokenize: (text) => (text ? [odd] : []),
    open: async () => context,
    openChats: async (count) => ({
      chats: Array.from({ length: count }, () => context),
      close: async () => {},
    }),
    close: async () => {},
  };
}

test('the lines for comparing tokenizers are as many as asked for, well-formed, and the same each time', () => {
  const lines = parityLines([parityText, 'const x = 1;\n'.repeat(40)], 1000);
  expect(lines).toHaveLength(1000);
  expect(lines).toEqual(parityLines([parityText, 'const x = 1;\n'.repeat(40)], 1000));
  expect(lines.every((line) => line.isWellFormed())).toBe(true);
  expect(new Set(lines).size).toBeGreaterThan(500);
});
