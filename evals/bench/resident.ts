import { readFileSync } from 'node:fs';

/** Resident bytes of a process that lie in no file; 0 where the system does not tell (it is Linux that does). */
export function anonymousBytes(pid: number | 'self' = 'self'): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return 1024 * Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0);
  } catch {
    return 0;
  }
}
