import { z } from 'zod';
import type { Engine, Sequence } from '../../src/engine/engine.ts';
import { indexOfBest, logitRows, logProbability } from './logit-rows.ts';
import type { Peer, PeerPrediction } from './peer.ts';
import { compareTokens, tokenizerParitySchema } from './tokenizer-parity.ts';

/**
 * How near our engine has to be. Where the peer's two best logits are further apart than the margin, our best token
 * has to be the same; perplexities may differ by this part. Quantised weights meet activations that each engine
 * rounds in its own way.
 */
const allowedOf = (quantisation: string) =>
  /^(F32|F16|BF16)$/.test(quantisation)
    ? { margin: 0.1, perplexity: 0.001 }
    : { margin: 0.5, perplexity: 0.01 };
const continuationTokens = 64;

/** `bench parity --json`: what was compared and what differed. */
export const paritySchema = z.object({
  type: z.literal('parity'),
  model: z.string(),
  simd: z.string(),
  quantisation: z.string(),
  teacherForced: z.object({
    /** Positions whose next token was predicted by both. */
    positions: z.number().int(),
    /** Those where the peer's two best logits differ by more than the margin, and on how many of them our best is another. */
    margin: z.number(),
    decisive: z.number().int(),
    decisiveDifferent: z.number().int(),
    /** Those of them: best minus second-best logit on either side. */
    differences: z.array(
      z.object({ position: z.number().int(), margin: z.number(), peerMargin: z.number() }),
    ),
    sameBest: z.number().int(),
    perplexity: z.number(),
    peerPerplexity: z.number(),
    perplexityRatio: z.number(),
    perplexityAllowed: z.number(),
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
  tokenizer: tokenizerParitySchema,
});
export type Parity = z.infer<typeof paritySchema>;

export interface ParityInput {
  /** A text of at least 2,000 tokens, teacher-forced. */
  text: string;
  prompts: readonly string[];
  lines: readonly string[];
  signal: AbortSignal;
  /** What is being done. */
  note?: (text: string) => void;
}

/**
 * Holds our engine against llama.cpp on the same file: logits over a text, greedy continuations, token ids. Flash
 * attention is off on the peer's side, so that both keep f16 keys and values and full-precision sums.
 */
export async function measureParity(engine: Engine, peer: Peer, input: ParityInput): Promise<Parity> {
  const context = await peer.open({ threads: 1, contextLength: 2304, flashAttention: false });
  try {
    const { signal, note } = input;
    note?.('comparing token ids');
    const tokenizer = compareTokens(engine.tokenizer, peer, input.lines);
    note?.('comparing logits');
    const tokens = engine.tokenizer.encode(input.text, { addBos: true }).slice(0, 2001);
    const predictions = await context.teacherForced(tokens);
    signal.throwIfAborted();
    const teacherForced = await compareTeacherForced(engine, tokens, predictions, signal);
    const differences: Parity['greedy']['differences'] = [];
    for (const [i, prompt] of input.prompts.entries()) {
      note?.(`comparing continuation ${i + 1} of ${input.prompts.length}`);
      signal.throwIfAborted();
      const ids = engine.tokenizer.encode(prompt, { addBos: true });
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
      quantisation: engine.facts.quantisation,
      teacherForced,
      greedy: {
        prompts: prompts.length,
        tokens: continuationTokens,
        equal: prompts.length - differences.length,
        differences,
      },
      tokenizer,
    };
  } finally {
    await context.close();
  }
}

/** True where every limit is kept. */
export function isNear({ teacherForced: forced, tokenizer }: Parity): boolean {
  const samePerplexity = Math.abs(forced.perplexityRatio - 1) <= forced.perplexityAllowed;
  return forced.decisiveDifferent === 0 && samePerplexity && tokenizer.equal === tokenizer.lines;
}

const margin = ({ best }: PeerPrediction) => best[0]![1] - best[1]![1];

async function compareTeacherForced(
  engine: Engine,
  tokens: readonly number[],
  theirs: readonly PeerPrediction[],
  signal: AbortSignal,
): Promise<Parity['teacherForced']> {
  const allowed = allowedOf(engine.facts.quantisation);
  const counts = { decisive: 0, sameBest: 0 };
  const differences: Parity['teacherForced']['differences'] = [];
  let ours = 0;
  let peers = 0;
  let position = 0;
  for await (const logits of logitRows(engine, tokens.slice(0, -1), signal)) {
    const prediction = theirs[position]!;
    const best = indexOfBest(logits);
    const decisive = margin(prediction) > allowed.margin;
    counts.decisive += Number(decisive);
    counts.sameBest += Number(best === prediction.best[0]![0]);
    if (decisive && best !== prediction.best[0]![0]) {
      const ourMargin = logits[best]! - secondBest(logits, best);
      differences.push({ position, margin: ourMargin, peerMargin: margin(prediction) });
    }
    ours -= logProbability(logits, best, tokens[position + 1]!);
    peers -= prediction.logProbability;
    position++;
  }
  return {
    positions: position,
    margin: allowed.margin,
    ...counts,
    decisiveDifferent: differences.length,
    differences: differences.slice(0, 20),
    perplexity: Math.exp(ours / position),
    peerPerplexity: Math.exp(peers / position),
    perplexityRatio: Math.exp((ours - peers) / position),
    perplexityAllowed: allowed.perplexity,
  };
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

function secondBest(logits: Float32Array, best: number): number {
  let second = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < logits.length; i++) if (i !== best && logits[i]! > second) second = logits[i]!;
  return second;
}
