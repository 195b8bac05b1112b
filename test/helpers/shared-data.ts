import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../shared/data/', import.meta.url));

/** A file or folder of the test data that lies beside a developer's checkout. A user's clone has none. */
export function sharedData(path: string): string {
  return root + path;
}

/** True when a test that needs this data should be skipped: it is absent, and this is not CI, where it must run. */
export function lacksSharedData(path = ''): boolean {
  return !existsSync(root + path) && process.env.CI !== 'true';
}
