import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { loadEngine } from '../../src/engine/load-engine.ts';
import { logitRows } from './logit-rows.ts';
import { loadPeer, type Peer, type PeerPrediction } from './peer.ts';
import { randomSource, type TinyOptions, writeTinyGguf } from './tiny-gguf.ts';

const tokenCount = 256;
const topTokens = 20;

/** Random models, small enough to be written anew: what no real file within reach shows. */
const models: Readonly<Record<string, TinyOptions>> = {
  'llama F32': {},
  'llama F16': { weights: 'F16', embedding: 'F16' },
  'llama F32, frequency factors': { ropeFactors: true, headDim: 32 },
  'llama F16, frequency factors': { ropeFactors: true, headDim: 32, weights: 'F16', embedding: 'F16' },
  'qwen2 F32': { architecture: 'qwen2', pre: 'qwen2' },
  'qwen3 F32': { architecture: 'qwen3', pre: 'qwen2', headDim: 32 },
  'qwen3 F16': { architecture: 'qwen3', pre: 'qwen2', headDim: 32, weights: 'F16', embedding: 'F16' },
  'gemma3 F32': { architecture: 'gemma3', layers: 7, kvHeads: 1, headDim: 32, window: 40, tied: true },
  'gemma3 F16': {
    architecture: 'gemma3',
    layers: 7,
    kvHeads: 1,
    headDim: 32,
    window: 40,
    tied: true,
    weights: 'F16',
    embedding: 'F16',
  },
};

/** `bench parity --tiny --json` */
export const tinyParitySchema = z.object({
  type: z.literal('tiny-parity'),
  /** Largest difference of a log-probability that is allowed. */
  allowed: z.number(),
  models: z.array(
    z.object({
      model: z.string(),
      tokens: z.number().int(),
      /** Over the peer's 20 best tokens of every position. */
      largestDifference: z.number(),
    }),
  ),
});
export type TinyParity = z.infer<typeof tinyParitySchema>;

/** Holds our engine against the peer on random models of every architecture. */
export async function measureTinyParity(benchFolder: string, signal: AbortSignal): Promise<TinyParity> {
  const folder = await mkdtemp(join(tmpdir(), 'pathact-tiny-'));
  try {
    const measured: TinyParity['models'] = [];
    for (const [model, options] of Object.entries(models)) {
      signal.throwIfAborted();
      const file = writeTinyGguf(join(folder, 'tiny.gguf'), { gain: 1, ...options });
      const largestDifference = await compareTiny(file, benchFolder, signal);
      measured.push({ model, tokens: tokenCount, largestDifference });
    }
    return { type: 'tiny-parity', allowed: 0.02, models: measured };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function compareTiny(file: string, benchFolder: string, signal: AbortSignal): Promise<number> {
  const engine = await loadEngine(file, { contextLength: 512 });
  const peer = await loadPeer(benchFolder, file);
  try {
    const random = randomSource(11);
    const tokens = Array.from({ length: tokenCount + 1 }, () =>
      Math.floor(random() * engine.facts.vocabularySize),
    );
    const theirs = await predictions(peer, tokens);
    let largest = 0;
    let position = 0;
    for await (const logits of logitRows(engine, tokens.slice(0, -1), signal)) {
      largest = Math.max(largest, largestDifference(logits, theirs[position++]!));
    }
    return largest;
  } finally {
    engine.close();
    await peer.close();
  }
}

async function predictions(peer: Peer, tokens: readonly number[]): Promise<PeerPrediction[]> {
  const context = await peer.open({ threads: 1, contextLength: 512, flashAttention: false });
  try {
    return await context.teacherForced(tokens, topTokens);
  } finally {
    await context.close();
  }
}

function largestDifference(logits: Float32Array, { best, bestLogProbability }: PeerPrediction): number {
  const most = logits.reduce((a, b) => Math.max(a, b));
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit - most), 0);
  const differences = best.map(([token, logit]) => {
    const ours = logits[token]! - most - Math.log(total);
    return Math.abs(ours - (logit - best[0]![1] + bestLogProbability));
  });
  return Math.max(...differences);
}
