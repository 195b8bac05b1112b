import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { benchEngine, measurementSchema } from '../../../evals/bench/engine.bench.ts';
import { measureParity } from '../../../evals/bench/engine-parity.ts';
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

test('without a peer there is a median with its spread for each thread count and task', async () => {
  const seen: string[] = [];
  const onRun = (done: number, all: number) => seen.push(`${done}/${all}`);
  const measured = await benchEngine({ modelFile, threads: [1, 2], peer: undefined, runs: 2, onRun, signal });
  expect(measured.map((m) => `${m.engine} ${m.what} ${m.threads}`)).toEqual([
    'pathact decode 1',
    'pathact prefill 1',
    'pathact decode 2',
    'pathact prefill 2',
  ]);
  for (const measurement of measured) {
    const { slowest, median, fastest } = measurementSchema.parse(measurement);
    expect(slowest).toBeLessThanOrEqual(median);
    expect(median).toBeLessThanOrEqual(fastest);
  }
  expect(seen).toEqual(['1/3', '2/3', '3/3']);
});

test('an aborted bench ends at once', async () => {
  const stop = AbortSignal.abort(new Error('stopped'));
  await expect(benchEngine({ modelFile, threads: [1], peer: undefined, signal: stop })).rejects.toThrow(
    'stopped',
  );
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
  const context: PeerContext = {
    prefill: async () => {},
    greedy: async (_, count, onToken) => {
      for (let i = 0; i < count; i++) onToken(odd);
    },
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
  return { tokenize: (text) => (text ? [odd] : []), open: async () => context, close: async () => {} };
}

test('the lines for comparing tokenizers are as many as asked for, well-formed, and the same each time', () => {
  const lines = parityLines([parityText, 'const x = 1;\n'.repeat(40)], 1000);
  expect(lines).toHaveLength(1000);
  expect(lines).toEqual(parityLines([parityText, 'const x = 1;\n'.repeat(40)], 1000));
  expect(lines.every((line) => line.isWellFormed())).toBe(true);
  expect(new Set(lines).size).toBeGreaterThan(500);
});
