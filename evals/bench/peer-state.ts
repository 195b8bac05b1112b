import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { enginePeer, type Peer } from './peer.ts';
import type { LlamaKvType } from './peer-library.ts';
import { someTokens } from './some-tokens.ts';

export interface PeerStateOptions {
  benchFolder: string;
  peer: Peer;
  /** SHA-256 of the model file. */
  modelHash: string;
  vocabularySize: number;
  /** Tokens that are read. */
  depth: number;
  kvType: LlamaKvType;
  /** Conversations of the contexts that it is for: llama.cpp reads it into no others. Default: 1. */
  chats?: number;
  signal: AbortSignal;
  note: (text: string) => void;
}

const pieceTokens = 1024;
const fillThreads = 2;

/** Where the peer's state of this model, depth and KV type lies. */
export function peerStateFile({
  benchFolder,
  modelHash,
  depth,
  kvType,
  chats = 1,
}: PeerStateOptions): string {
  const name = `${modelHash.slice(0, 16)}-${depth}-${kvType.toLowerCase()}${chats > 1 ? `-${chats}` : ''}.state`;
  return join(benchFolder, `states-${enginePeer.version}`, name);
}

/**
 * The file of the peer's state after `depth` of `someTokens`. Filled with two threads where it is not there yet, which
 * takes minutes, for long contexts many.
 */
export async function peerState(options: PeerStateOptions): Promise<string> {
  const file = peerStateFile(options);
  if (existsSync(file)) return file;
  const { benchFolder, peer, vocabularySize, depth, kvType, chats = 1, signal, note } = options;
  await mkdir(join(benchFolder, `states-${enginePeer.version}`), { recursive: true });
  const contextLength = depth + 64;
  const settings = { threads: fillThreads, contextLength, flashAttention: true, kvType };
  const open = await peer.openChats(chats, settings);
  const context = open.chats[0]!;
  const unfinished = `${file}.${process.pid}`;
  try {
    const tokens = someTokens(depth, vocabularySize);
    for (let from = 0; from < depth; from += pieceTokens) {
      signal.throwIfAborted();
      await context.append(tokens.slice(from, from + pieceTokens));
      note(`${enginePeer.name} has read ${Math.min(from + pieceTokens, depth)} of ${depth} tokens`);
    }
    await context.save(unfinished);
    await rename(unfinished, file);
  } finally {
    await rm(unfinished, { force: true });
    await open.close();
  }
  return file;
}
