import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readGguf } from '../../src/engine/gguf.ts';
import { loadTokenizer } from '../../src/engine/load-tokenizer.ts';
import type { Tokenizer } from '../../src/engine/tokenizer.ts';
import { type TinyOptions, writeTinyGguf } from './tiny-gguf.ts';

/** The tokenizer of a tiny model, read from a file as any other. */
export function tinyTokenizer(options: TinyOptions = {}): Tokenizer {
  const folder = mkdtempSync(join(tmpdir(), 'tiny-tokenizer-'));
  try {
    return loadTokenizer(readGguf(writeTinyGguf(join(folder, 'tiny.gguf'), options)).metadata);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
