import { rmSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { copyKeys } from '../../src/engine/convert-model.ts';
import { readGguf } from '../../src/engine/gguf.ts';
import { encodeValue, layOutGguf } from '../../src/engine/gguf-writer.ts';
import { loadTokenizer } from '../../src/engine/load-tokenizer.ts';
import type { Tokenizer } from '../../src/engine/tokenizer.ts';
import { loadPeer, type Peer } from './peer.ts';

export const tokenizerParitySchema = z.object({
  lines: z.number().int(),
  equal: z.number().int(),
  /** The first of those that are not. */
  different: z.array(z.string()),
});
export type TokenizerParity = z.infer<typeof tokenizerParitySchema>;

export function compareTokens(
  tokenizer: Tokenizer,
  peer: Pick<Peer, 'tokenize'>,
  lines: readonly string[],
): TokenizerParity {
  const different = lines.filter((line) => {
    const [ours, theirs] = [tokenizer.encode(line), peer.tokenize(line)];
    return ours.length !== theirs.length || ours.some((token, i) => token !== theirs[i]);
  });
  return { lines: lines.length, equal: lines.length - different.length, different: different.slice(0, 20) };
}

/**
 * The token ids of both for a model's vocabulary behind another pre-tokenizer, such as `llama-bpe`, for which there
 * may be no model at hand: a file of the vocabulary alone is written for the purpose.
 */
export async function comparePreTokenizer(
  modelFile: string,
  pre: string,
  benchFolder: string,
  lines: readonly string[],
): Promise<TokenizerParity> {
  const folder = await mkdtemp(join(tmpdir(), 'pathact-vocabulary-'));
  try {
    const keys = await copyKeys(readGguf(modelFile));
    keys.set('tokenizer.ggml.pre', encodeValue({ string: pre }));
    const file = join(folder, 'vocabulary.gguf');
    writeFileSync(file, layOutGguf(keys, []).header);
    const tokenizer = loadTokenizer(readGguf(file).metadata);
    const peer = await loadPeer(benchFolder, file, true);
    try {
      return compareTokens(tokenizer, peer, lines);
    } finally {
      await peer.close();
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}
