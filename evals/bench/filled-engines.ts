import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BlockName, Engine, EngineOptions, Sequence } from '../../src/engine/engine.ts';
import { KV_BLOCK_TOKENS } from '../../src/engine/engine.ts';
import { loadEngine } from '../../src/engine/load-engine.ts';
import { someTokens } from './some-tokens.ts';

export interface FilledEngine {
  engine: Engine;
  threads: number;
  sequence: Sequence;
}

export interface FillOptions {
  modelFile: string;
  threads: readonly number[];
  /** Tokens that each sequence holds: whole blocks. */
  depth: number;
  /** That a run adds. */
  room: number;
  lowBit: EngineOptions['lowBit'];
  signal: AbortSignal;
  note: (text: string) => void;
}

const pieceTokens = 1024;

/** Engines with these thread counts, each with one sequence; the tokens are computed once, by the most threads. */
export async function filledEngines(options: FillOptions): Promise<FilledEngine[]> {
  const { modelFile, depth, room, lowBit } = options;
  const folder = await mkdtemp(join(tmpdir(), 'pathact-fill-'));
  const filled: FilledEngine[] = [];
  try {
    const names = namesOf(folder, depth);
    for (const threads of options.threads.toSorted((a, b) => b - a)) {
      const engine = await loadEngine(modelFile, { threads, contextLength: depth + room, lowBit });
      filled.push({ engine, threads, sequence: engine.createSequence() });
      const own = filled.at(-1)!;
      if (filled.length > 1) own.sequence = engine.createSequence([(await engine.loadBlocks(names)).part]);
      else await fill(own, options);
      if (filled.length < options.threads.length) await engine.keepBlocks(own.sequence, 0, names);
    }
    return filled;
  } catch (error) {
    for (const { engine } of filled) engine.close();
    throw error;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Reads `depth` tokens in pieces. */
export async function fill({ engine, sequence }: FilledEngine, options: FillOptions): Promise<void> {
  const { depth, signal, note } = options;
  const tokens = someTokens(depth, engine.facts.vocabularySize);
  for (let from = 0; from < depth; from += pieceTokens) {
    signal.throwIfAborted();
    await engine.forward([{ sequence, tokens: tokens.slice(from, from + pieceTokens), logits: 'none' }]);
    if (depth > pieceTokens) note(`pathact has read ${sequence.length} of ${depth} tokens`);
  }
}

function namesOf(folder: string, depth: number): BlockName[] {
  return Array.from({ length: depth / KV_BLOCK_TOKENS }, (_, i) => {
    const key = new Uint8Array(32);
    new DataView(key.buffer).setUint32(0, i, true);
    return { path: join(folder, `${i}.kv`), key };
  });
}
