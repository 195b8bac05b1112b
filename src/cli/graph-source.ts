import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { loadGraph } from '../../graphs/load.ts';
import type { PathwayGraph } from '../../graphs/pathway-graph.ts';
import { openSavedGraph, openSavedSearch } from '../../graphs/saved/open-search.ts';
import { createSearch, type PathwaySearch, type Scoring } from '../../graphs/search.ts';
import type { Mode } from '../../graphs/text/line.ts';
import { directories } from '../config.ts';
import { MissingError, UsageError } from '../errors.ts';
import { packageRoot } from './package-root.ts';

/** The graph that ships with the program, and the name it goes by. */
export const curatedName = 'curated';

/** Where imported graphs lie, one folder each. */
export function graphsFolder(): string {
  return join(directories().data, 'graphs');
}

/** The path behind `--graph NAME|FILE`: the curated graph, an imported one, or a file. Throws `MissingError`. */
export function locateGraph(nameOrFile: string): string {
  if (nameOrFile === curatedName) return join(packageRoot(), 'data/pathways');
  const imported = join(graphsFolder(), nameOrFile);
  const isName = /^[\w.-]+$/.test(nameOrFile) && !/^\.+$/.test(nameOrFile);
  if (isName && existsSync(imported)) return imported;
  if (existsSync(nameOrFile)) return nameOrFile;
  throw new MissingError(`there is no graph "${nameOrFile}"`, {
    hint: 'Import one: pathact graph import FILE --name NAME. `pathact graph list` shows what is there.',
  });
}

export async function openGraph(nameOrFile: string, signal?: AbortSignal): Promise<PathwayGraph> {
  const path = locateGraph(nameOrFile);
  const named = path === nameOrFile ? {} : { name: nameOrFile };
  const load = () => loadGraph(path, named, signal);
  return isImported(path) ? openSavedGraph({ folder: path, name: nameOrFile, load, signal }) : load();
}

/** A search over `--graph NAME|FILE`; an imported graph's indexes are saved in its folder. */
export async function openGraphSearch(
  nameOrFile: string,
  how: { mode: Mode; scoring?: Scoring },
  signal?: AbortSignal,
): Promise<PathwaySearch> {
  const path = locateGraph(nameOrFile);
  if (!isImported(path)) return createSearch(await openGraph(nameOrFile, signal), how);
  const load = () => loadGraph(path, { name: nameOrFile }, signal);
  return openSavedSearch({ folder: path, name: nameOrFile, load, signal }, how);
}

const isImported = (path: string) => dirname(path) === graphsFolder();

/** How to search. Throws `UsageError` where both are asked for: the reference scores by TF-IDF alone. */
export function searchSettings(
  compat: boolean,
  scoring: Scoring = 'tfidf',
): { mode: Mode; scoring: Scoring } {
  if (compat && scoring === 'hybrid') {
    throw new UsageError('--compat and --scoring hybrid exclude each other', {
      hint: 'The reference scores by TF-IDF alone; leave out one of the two.',
    });
  }
  return { mode: compat ? 'compat' : 'better', scoring };
}
