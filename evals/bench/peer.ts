import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MissingError } from '../../src/errors.ts';
import type {
  ControlledItem,
  ControlledNext,
  LlamaKvType,
  LlamaModel,
  LlamaSequence,
  PeerLibrary,
} from './peer-library.ts';

/** llama.cpp as npm users get it, at the version that all our figures name. */
export const enginePeer = { name: 'node-llama-cpp', version: '3.22.1' } as const;

export interface PeerOptions {
  threads: number;
  /** Of each conversation. */
  contextLength: number;
  flashAttention: boolean;
  /** Of keys and values. Default: F16. */
  kvType?: LlamaKvType | undefined;
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
  /** Reads `tokens` after what it has read before. */
  append(tokens: readonly number[]): Promise<void>;
  /** Reads `prompt`, then picks the best token again and again; calls `onToken` as each arrives. */
  greedy(prompt: readonly number[], count: number, onToken: (token: number) => void): Promise<void>;
  /** Like `greedy` after what it has read before; then forgets `prompt` and what it picked. */
  greedyBranch(prompt: readonly number[], count: number, onToken: (token: number) => void): Promise<void>;
  /** Forgets everything, reads `tokens` and says for each but the last how likely it found the next, and its `top` best. */
  teacherForced(tokens: readonly number[], top?: number): Promise<PeerPrediction[]>;
  /** Writes what it has read; another context of the same model and KV type can begin with it. */
  save(file: string): Promise<void>;
  load(file: string): Promise<void>;
  close(): Promise<void>;
}

/** Several conversations that are computed together. */
export interface PeerChats {
  chats: PeerContext[];
  close(): Promise<void>;
}

export interface Peer {
  /** Special tokens are read as plain text. */
  tokenize(text: string): number[];
  open(options: PeerOptions): Promise<PeerContext>;
  openChats(count: number, options: PeerOptions): Promise<PeerChats>;
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
    open: async (options) => (await openChats(model, 1, options)).chats[0]!,
    openChats: (count, options) => openChats(model, count, options),
    close: () => llama.dispose(),
  };
}

export function missingPeer(): MissingError {
  return new MissingError(`the peer ${enginePeer.name} ${enginePeer.version} is not installed`, {
    hint: 'Get it with `pathact bench setup engine`.',
  });
}

async function openChats(model: LlamaModel, count: number, options: PeerOptions): Promise<PeerChats> {
  const { threads, contextLength, flashAttention, kvType = 'F16' } = options;
  const context = await model.createContext({
    sequences: count,
    contextSize: contextLength,
    threads: { ideal: threads, min: threads },
    flashAttention,
    batchSize: 512,
    experimentalKvCacheKeyType: kvType,
    experimentalKvCacheValueType: kvType,
  });
  const close = () => context.dispose();
  const chats = Array.from({ length: count }, () => conversation(context.getSequence(), close));
  return { chats, close };
}

function conversation(sequence: LlamaSequence, close: () => Promise<void>): PeerContext {
  const greedy = async (prompt: readonly number[], count: number, onToken: (token: number) => void) => {
    let left = count;
    for await (const token of sequence.evaluate(prompt, { temperature: 0, yieldEogToken: true })) {
      onToken(token);
      if (--left === 0) break;
    }
  };
  return {
    async prefill(tokens) {
      await sequence.clearHistory();
      await sequence.evaluateWithoutGeneratingNewTokens(tokens);
    },
    append: (tokens) => sequence.evaluateWithoutGeneratingNewTokens(tokens),
    async greedy(prompt, count, onToken) {
      await sequence.clearHistory();
      await greedy(prompt, count, onToken);
    },
    async greedyBranch(prompt, count, onToken) {
      const start = sequence.nextTokenIndex;
      await greedy(prompt, count, onToken);
      await sequence.eraseContextTokenRanges([{ start, end: sequence.nextTokenIndex }]);
    },
    teacherForced: (tokens, top = 2) => teacherForced(sequence, tokens, top),
    async save(file) {
      await sequence.saveStateToFile(file);
    },
    load: (file) => sequence.loadStateFromFile(file, { acceptRisk: true }),
    close,
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
