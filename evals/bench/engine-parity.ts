import { z } from 'zod';
import type { Engine, Sequence } from '../../src/engine/engine.ts';
import type { Peer, PeerPrediction } from './peer.ts';

/** Where the peer's two best logits are further apart than this, our best token has to be the same. */
export const decisiveMargin = 0.5;
const teacherPieces = 256;
const continuationTokens = 64;

/** `bench parity --json`: what was compared and what differed. */
export const paritySchema = z.object({
  type: z.literal('parity'),
  model: z.string(),
  simd: z.string(),
  teacherForced: z.object({
    /** Positions whose next token was predicted by both. */
    positions: z.number().int(),
    /** Those where the peer's two best logits differ by more than 0.5, and on how many of them our best is another. */
    decisive: z.number().int(),
    decisiveDifferent: z.number().int(),
    sameBest: z.number().int(),
    perplexity: z.number(),
    peerPerplexity: z.number(),
    perplexityRatio: z.number(),
  }),
  greedy: z.object({
    prompts: z.number().int(),
    tokens: z.number().int(),
    equal: z.number().int(),
    /** At the first different token of each prompt that is not equal: best minus second-best logit on either side. */
    differences: z.array(
      z.object({ prompt: z.string(), at: z.number().int(), margin: z.number(), peerMargin: z.number() }),
    ),
  }),
  tokenizer: z.object({ lines: z.number().int(), equal: z.number().int(), different: z.array(z.string()) }),
});
export type Parity = z.infer<typeof paritySchema>;

export interface ParityInput {
  /** A text of at least 2,000 tokens, teacher-forced. */
  text: string;
  prompts: readonly string[];
  lines: readonly string[];
  signal: AbortSignal;
}

/**
 * Holds our engine against llama.cpp on the same file: logits over a text, greedy continuations, token ids. Flash
 * attention is off on the peer's side, so that both keep f16 keys and values and full-precision sums.
 */
export async function measureParity(engine: Engine, peer: Peer, input: ParityInput): Promise<Parity> {
  const context = await peer.open({ threads: 2, contextLength: 2304, flashAttention: false });
  try {
    const { signal } = input;
    const tokens = engine.tokenizer.encode(input.text).slice(0, 2001);
    const predictions = await context.teacherForced(tokens);
    signal.throwIfAborted();
    const teacherForced = await compareTeacherForced(engine, tokens, predictions, signal);
    const differences: Parity['greedy']['differences'] = [];
    for (const prompt of input.prompts) {
      signal.throwIfAborted();
      const ids = engine.tokenizer.encode(prompt);
      const theirs: number[] = [];
      await context.greedy(ids, continuationTokens, (token) => theirs.push(token));
      const at = await firstDifference(engine, ids, theirs);
      if (at === undefined) continue;
      const [beforeIt] = (await context.teacherForced([...ids, ...theirs.slice(0, at.index + 1)])).slice(-1);
      differences.push({ prompt, at: at.index, margin: at.margin, peerMargin: margin(beforeIt!) });
    }
    const { prompts } = input;
    return {
      type: 'parity',
      model: engine.facts.name,
      simd: engine.simd,
      teacherForced,
      greedy: {
        prompts: prompts.length,
        tokens: continuationTokens,
        equal: prompts.length - differences.length,
        differences,
      },
      tokenizer: compareTokens(engine, peer, input.lines),
    };
  } finally {
    await context.close();
  }
}

const margin = ({ best }: PeerPrediction) => best[0][1] - best[1][1];

async function compareTeacherForced(
  engine: Engine,
  tokens: readonly number[],
  theirs: readonly PeerPrediction[],
  signal: AbortSignal,
): Promise<Parity['teacherForced']> {
  const counts = { decisive: 0, decisiveDifferent: 0, sameBest: 0 };
  let ours = 0;
  let peers = 0;
  let position = 0;
  for await (const logits of logitRows(engine, tokens.slice(0, -1), signal)) {
    const prediction = theirs[position]!;
    const best = indexOfBest(logits);
    const decisive = margin(prediction) > decisiveMargin;
    counts.decisive += Number(decisive);
    counts.sameBest += Number(best === prediction.best[0][0]);
    counts.decisiveDifferent += Number(decisive && best !== prediction.best[0][0]);
    ours -= logProbability(logits, best, tokens[position + 1]!);
    peers -= prediction.logProbability;
    position++;
  }
  return {
    positions: position,
    ...counts,
    perplexity: Math.exp(ours / position),
    peerPerplexity: Math.exp(peers / position),
    perplexityRatio: Math.exp((ours - peers) / position),
  };
}

async function* logitRows(
  engine: Engine,
  tokens: readonly number[],
  signal: AbortSignal,
): AsyncGenerator<Float32Array> {
  const { vocabularySize } = engine.facts;
  const sequence = engine.createSequence();
  try {
    for (let at = 0; at < tokens.length; at += teacherPieces) {
      signal.throwIfAborted();
      const piece = tokens.slice(at, at + teacherPieces);
      const [logits] = await engine.forward([{ sequence, tokens: piece, logits: 'all' }]);
      for (let i = 0; i < piece.length; i++) {
        yield logits!.subarray(i * vocabularySize, (i + 1) * vocabularySize);
      }
    }
  } finally {
    sequence.free();
  }
}

/** Where our greedy continuation leaves theirs, with our margin there; undefined where it never does. */
async function firstDifference(
  engine: Engine,
  prompt: readonly number[],
  theirs: readonly number[],
): Promise<{ index: number; margin: number } | undefined> {
  const sequence = engine.createSequence();
  try {
    let tokens = prompt;
    for (const [index, token] of theirs.entries()) {
      const logits = await lastLogits(engine, sequence, tokens);
      const best = indexOfBest(logits);
      if (best !== token) return { index, margin: logits[best]! - secondBest(logits, best) };
      tokens = [token];
    }
    return undefined;
  } finally {
    sequence.free();
  }
}

async function lastLogits(
  engine: Engine,
  sequence: Sequence,
  tokens: readonly number[],
): Promise<Float32Array> {
  const [logits] = await engine.forward([{ sequence, tokens, logits: 'last' }]);
  return logits!;
}

function compareTokens(engine: Engine, peer: Peer, lines: readonly string[]): Parity['tokenizer'] {
  const different = lines.filter((line) => {
    const [ours, theirs] = [engine.tokenizer.encode(line), peer.tokenize(line)];
    return ours.length !== theirs.length || ours.some((token, i) => token !== theirs[i]);
  });
  return { lines: lines.length, equal: lines.length - different.length, different: different.slice(0, 20) };
}

export function indexOfBest(logits: Float32Array): number {
  let best = 0;
  for (let i = 1; i < logits.length; i++) if (logits[i]! > logits[best]!) best = i;
  return best;
}

function secondBest(logits: Float32Array, best: number): number {
  let second = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < logits.length; i++) if (i !== best && logits[i]! > second) second = logits[i]!;
  return second;
}

function logProbability(logits: Float32Array, best: number, token: number): number {
  let total = 0;
  for (let i = 0; i < logits.length; i++) total += Math.exp(logits[i]! - logits[best]!);
  return logits[token]! - logits[best]! - Math.log(total);
}
