import { UsageError } from '../errors.ts';
import type { RunRecord } from '../store/runs.ts';
import type { Store } from '../store/store.ts';
import { openUserStore } from './run-biomaze.ts';

export const runHelp = 'a run id, the start of one, or "latest"';

type Action<A extends unknown[]> = (store: Store, ...words: A) => void | Promise<void>;

/** Opens the store for one command and closes it. */
export function withStore<A extends unknown[]>(action: Action<A>): (...words: A) => Promise<void> {
  return async (...words) => {
    const store = openUserStore();
    try {
      await action(store, ...words);
    } finally {
      store.close();
    }
  };
}

/** By id, by the start of one, or `latest`. Throws `UsageError` when there is none or more than one. */
export function findRun(store: Store, word: string): RunRecord {
  const found = word === 'latest' ? store.runs.list(1) : store.runs.startingWith(word, 3);
  const [run, another] = found;
  const exact = found.find(({ id }) => id === word);
  if (exact || (run && !another)) return exact ?? run!;
  const hint = '`pathact runs list` shows all.';
  if (!run)
    throw new UsageError(word === 'latest' ? 'no run is stored yet' : `there is no run "${word}"`, { hint });
  throw new UsageError(`several runs start with "${word}": ${found.map(({ id }) => id).join(', ')}, …`, {
    hint,
  });
}
