import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from './package-root.ts';

export interface GitState {
  commit: string;
  /** Tracked files differ from the commit. */
  dirty: boolean;
}

/** The commit of the checkout this program runs from; null for an installed package, or without git. */
export function gitState(): GitState | null {
  // Only our own repository counts, not one that happens to hold node_modules.
  if (!existsSync(join(packageRoot(), '.git'))) return null;
  try {
    const status = git('status', '--porcelain', '--untracked-files=no');
    return { commit: git('rev-parse', 'HEAD'), dirty: status !== '' };
  } catch {
    return null;
  }
}

function git(...words: string[]): string {
  const output = execFileSync('git', words, {
    cwd: packageRoot(),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 5000,
  });
  return output.trim();
}
