import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadGraph } from '../../graphs/load.ts';
import type { PathwayGraph } from '../../graphs/pathway-graph.ts';
import { directories } from '../config.ts';
import { MissingError } from '../errors.ts';
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
  return loadGraph(path, named, signal);
}
