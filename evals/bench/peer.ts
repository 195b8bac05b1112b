import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MissingError } from '../../src/errors.ts';

/** llama.cpp as npm users get it, at the version that all our figures name. */
export const enginePeer = { name: 'node-llama-cpp', version: '3.22.1' } as const;

export interface PeerOptions {
  threads: number;
  contextLength: number;
  flashAttention: boolean;
}

/** What the peer thinks of the token that follows a position. */
export interface PeerPrediction {
  /** The best tokens and their logits, best first. */
  best: readonly (readonly [token: number, logit: number])[];
  /** Natural logarithm of the probability of the token asked for, and of the best token's. */
  logProbability: number;
  bestLogProbability: number;
}

/** One conversation of the peer. */
export interface PeerContext {
  /** Forgets everything, then reads these tokens. */
  prefill(tokens: readonly number[]): Promise<void>;
  /** Reads `prompt`, then picks the best token again and again; calls `onToken` as each arrives. */
  greedy(prompt: readonly number[], count: number, onToken: (token: number) => void): Promise<void>;
  /** Forgets everything, reads `tokens` and says for each but the last how likely it found the next, and its `top` best. */
  teacherForced(tokens: readonly number[], top?: number): Promise<PeerPrediction[]>;
  close(): Promise<void>;
}

export interface Peer {
  /** Special tokens are read as plain text. */
  tokenize(text: string): number[];
  open(options: PeerOptions): Promise<PeerContext>;
  close(): Promise<void>;
}

/** Where `bench setup engine` installs the peer. */
export const peerFolder = (benchFolder: string) => join(benchFolder, enginePeer.name);

/**
 * Loads the peer and a model on the CPU; its vocabulary alone where that will do. Throws `MissingError` naming the
 * setup command where it is not installed.
 */
export async function loadPeer(benchFolder: string, modelFile: string, vocabOnly = false): Promise<Peer> {
  const entry = join(peerFolder(benchFolder), 'node_modules', enginePeer.name, 'dist/index.js');
  if (!existsSync(entry)) throw missingPeer();
  const library = (await import(pathToFileURL(entry).href)) as PeerLibrary;
  // maxThreads 0: a context's thread count is used as it is given.
  // It complains of the weights that a file of a vocabulary alone does not have, then loads it.
  const logLevel = vocabOnly ? 'disabled' : 'error';
  const llama = await library.getLlama({ gpu: false, build: 'never', maxThreads: 0, logLevel });
  const model = await llama.loadModel({ modelPath: modelFile, vocabOnly });
  return {
    tokenize: (text) => model.tokenize(text),
    open: (options) => openContext(model, options),
    close: () => llama.dispose(),
  };
}

export function missingPeer(): MissingError {
  return new MissingError(`the peer ${enginePeer.name} ${enginePeer.version} is not installed`, {
    hint: 'Get it with `pathact bench setup engine`.',
  });
}

async function openContext(model: LlamaModel, options: PeerOptions): Promise<PeerContext> {
  const context = await model.createContext({
    contextSize: options.contextLength,
    threads: { ideal: options.threads, min: options.threads },
    flashAttention: options.flashAttention,
    batchSize: 512,
  });
  const sequence = context.getSequence();
  return {
    async prefill(tokens) {
      await sequence.clearHistory();
      await sequence.evaluateWithoutGeneratingNewTokens(tokens);
    },
    async greedy(prompt, count, onToken) {
      await sequence.clearHistory();
      let left = count;
      for await (const token of sequence.evaluate(prompt, { temperature: 0, yieldEogToken: true })) {
        onToken(token);
        if (--left === 0) break;
      }
    },
    teacherForced: (tokens, top = 2) => teacherForced(sequence, tokens, top),
    close: () => context.dispose(),
  };
}

async function teacherForced(
  sequence: LlamaSequence,
  tokens: readonly number[],
  top: number,
): Promise<PeerPrediction[]> {
  await sequence.clearHistory();
  const input = tokens.slice(0, -1).map((token, i): ControlledItem => {
    const filter = { tokens: [tokens[i + 1]!], includeTop: top };
    return [token, { generateNext: { logits: { filter }, totalLogitWeight: true } }];
  });
  const output = await sequence.controlledEvaluate(input);
  return output.map((item, i) => prediction(item!.next, tokens[i + 1]!, top));
}

function prediction(
  { logits, totalLogitWeight }: ControlledNext,
  asked: number,
  top: number,
): PeerPrediction {
  const best = [...logits.entries()].slice(0, top);
  const bestLogProbability = -Math.log(totalLogitWeight);
  const logProbability = logits.get(asked)! - best[0]![1] + bestLogProbability;
  return { best, logProbability, bestLogProbability };
}

/** The part of the peer's API that is used here. */
interface PeerLibrary {
  getLlama(options: {
    gpu: false;
    build: 'never';
    maxThreads: number;
    logLevel: 'error' | 'disabled';
  }): Promise<Llama>;
}
interface Llama {
  loadModel(options: { modelPath: string; vocabOnly: boolean }): Promise<LlamaModel>;
  dispose(): Promise<void>;
}
interface LlamaModel {
  tokenize(text: string): number[];
  createContext(options: {
    contextSize: number;
    threads: { ideal: number; min: number };
    flashAttention: boolean;
    batchSize: number;
  }): Promise<LlamaContext>;
}
interface LlamaContext {
  getSequence(): LlamaSequence;
  dispose(): Promise<void>;
}
interface LlamaSequence {
  clearHistory(): Promise<void>;
  evaluateWithoutGeneratingNewTokens(tokens: readonly number[]): Promise<void>;
  evaluate(
    tokens: readonly number[],
    options: { temperature: number; yieldEogToken: boolean },
  ): AsyncGenerator<number>;
  controlledEvaluate(input: readonly ControlledItem[]): Promise<({ next: ControlledNext } | undefined)[]>;
}
type ControlledItem = [
  token: number,
  options: {
    generateNext: {
      logits: { filter: { tokens: readonly number[]; includeTop: number } };
      totalLogitWeight: boolean;
    };
  },
];
interface ControlledNext {
  logits: Map<number, number>;
  totalLogitWeight: number;
}
