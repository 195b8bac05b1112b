import { type Dirent, existsSync } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';

/** One thing to read: a file, or a folder of our tables or of a stored graph. */
export interface FoundFile {
  path: string;
  /** The user named it, rather than a folder that holds it. */
  isNamed: boolean;
}

export interface FoundFiles {
  files: FoundFile[];
  /** Links that lead out of the folder that the user named, or in a circle, and what cannot be read. */
  failed: { file: string; error: string }[];
}

/**
 * The files behind paths, folders walked to their ends, in the order of their names. A link within a folder is followed
 * where it stays inside; out of the folder or in a circle it is refused. Hidden files are skipped.
 */
export async function findFiles(paths: readonly string[], signal?: AbortSignal): Promise<FoundFiles> {
  const found: FoundFiles = { files: [], failed: [] };
  for (const path of paths) await new Walk(await realpath(path), found, signal).visit(path, true);
  const once = new Map<string, FoundFile>();
  for (const file of found.files) {
    const real = await realpath(file.path);
    if (!once.has(real)) once.set(real, file);
  }
  return { ...found, files: [...once.values()] };
}

class Walk {
  readonly #root: string;
  readonly #found: FoundFiles;
  readonly #signal: AbortSignal | undefined;
  /** Real paths of the folders above the one that is walked. */
  readonly #above: string[] = [];

  constructor(root: string, found: FoundFiles, signal: AbortSignal | undefined) {
    this.#root = root;
    this.#found = found;
    this.#signal = signal;
  }

  async visit(path: string, isNamed: boolean): Promise<void> {
    this.#signal?.throwIfAborted();
    try {
      const real = await realpath(path);
      if (real !== this.#root && !real.startsWith(this.#root + sep)) {
        return this.#fail(path, 'the link leads out of the folder that was named');
      }
      const facts = await stat(real);
      if (facts.isDirectory()) await this.#visitFolder(path, real, isNamed);
      else if (facts.isFile()) this.#found.files.push({ path, isNamed });
      else if (isNamed) this.#fail(path, 'neither a file nor a folder');
    } catch (error) {
      this.#signal?.throwIfAborted();
      this.#fail(path, `cannot be read (${error instanceof Error ? error.message : error})`);
    }
  }

  async #visitFolder(path: string, real: string, isNamed: boolean): Promise<void> {
    if (this.#above.includes(real)) return this.#fail(path, 'the link leads back to a folder above it');
    if (isGraphFolder(path)) {
      this.#found.files.push({ path, isNamed });
      return;
    }
    this.#above.push(real);
    const entries = (await readdir(path, { withFileTypes: true })).filter(isVisible).sort(byName);
    for (const entry of entries) await this.visit(join(path, entry.name), false);
    this.#above.pop();
  }

  #fail(file: string, error: string): void {
    this.#found.failed.push({ file, error });
  }
}

/** Whether a folder is one graph: our tables, or a stored one. */
export function isGraphFolder(path: string): boolean {
  const has = (name: string) => existsSync(join(path, name));
  return has('nodes.tsv')
    ? has('edges.tsv') && has('processes.tsv')
    : has('nodes.jsonl') && has('edges.jsonl');
}

function isVisible({ name }: Dirent): boolean {
  return !name.startsWith('.');
}

function byName(a: Dirent, b: Dirent): number {
  return a.name < b.name ? -1 : 1;
}
