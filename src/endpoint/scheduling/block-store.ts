import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { type BlockName, KV_BLOCK_TOKENS } from '../../engine/engine.ts';

export interface BlockStoreOptions {
  /** Several servers may share it. */
  folder: string;
  /** Everything but the tokens that keys and values depend on: model, version, settings. */
  identity: string;
  budgetBytes: number;
}

const ENDING = '.kv';
/** When the budget is passed, the files unused for longest go until so much of it is used. */
const TRIMMED = 0.9;

/**
 * Names for blocks of keys and values on disk: one file for 64 tokens, named by the hash of all tokens up to its end,
 * so that conversations which begin alike share files, and servers too. What is in a file is the engine's business, and
 * so is not to believe it. Any file may vanish at any time.
 */
export class BlockStore {
  readonly folder: string;
  readonly #root: Buffer;
  readonly #budgetBytes: number;
  /** An estimate: other servers write here too. */
  #bytes: number;

  /** Throws where the folder cannot be made. */
  constructor({ folder, identity, budgetBytes }: BlockStoreOptions) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.folder = folder;
    this.#root = createHash('sha256').update(identity).digest();
    this.#budgetBytes = budgetBytes;
    this.#removeAbandoned();
    this.#bytes = this.#files().reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Of the whole blocks of these tokens, from the `first` on. */
  names(tokens: readonly number[], first: number): BlockName[] {
    const names: BlockName[] = [];
    let key = this.#root;
    for (let end = KV_BLOCK_TOKENS; end <= tokens.length; end += KV_BLOCK_TOKENS) {
      const block = Int32Array.from(tokens.slice(end - KV_BLOCK_TOKENS, end));
      key = createHash('sha256').update(key).update(block).digest();
      if (end > first * KV_BLOCK_TOKENS) names.push({ path: this.#pathOf(key), key });
    }
    return names;
  }

  has({ path }: BlockName): boolean {
    return existsSync(path);
  }

  /** These were used: they stay for longer. */
  touch(names: readonly BlockName[]): void {
    const now = new Date();
    for (const { path } of names) ignoreFailure(() => utimesSync(path, now, now));
  }

  /** Files of these names were written; those unused for longest make room for them. */
  added(names: readonly BlockName[]): void {
    for (const { path } of names) this.#bytes += sizeOf(path);
    if (this.#bytes <= this.#budgetBytes) return;
    const files = this.#files().toSorted((a, b) => a.usedMs - b.usedMs);
    this.#bytes = files.reduce((sum, { bytes }) => sum + bytes, 0);
    for (const { path, bytes } of files) {
      if (this.#bytes <= this.#budgetBytes * TRIMMED) return;
      ignoreFailure(() => rmSync(path));
      this.#bytes -= bytes;
    }
  }

  remove(names: readonly BlockName[]): void {
    for (const { path } of names) ignoreFailure(() => rmSync(path));
  }

  #pathOf(key: Buffer): string {
    return join(this.folder, key.toString('hex') + ENDING);
  }

  #files(): { path: string; bytes: number; usedMs: number }[] {
    return readdirSync(this.folder)
      .filter((name) => name.endsWith(ENDING))
      .flatMap((name) => {
        const path = join(this.folder, name);
        const stats = statSync(path, { throwIfNoEntry: false });
        return stats ? [{ path, bytes: stats.size, usedMs: stats.mtimeMs }] : [];
      });
  }

  /** What a process was writing when it was killed. */
  #removeAbandoned(): void {
    for (const name of readdirSync(this.folder)) {
      const pid = /^tmp-(\d+)-\d+$/.exec(name)?.[1];
      if (pid !== undefined && !isAlive(Number(pid))) ignoreFailure(() => rmSync(join(this.folder, name)));
    }
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Another server may have been faster. */
function ignoreFailure(act: () => void): void {
  try {
    act();
  } catch {}
}
