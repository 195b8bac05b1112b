import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { UsageError } from '../errors.ts';
import { curatedName, graphsFolder } from './graph-source.ts';

/** `about.json` in an imported graph's folder, and each graph of `graph list --json`. */
export const aboutGraphSchema = z.object({
  name: z.string(),
  source: z.string(),
  nodes: z.number(),
  edges: z.number(),
  hash: z.string(),
});
export type AboutGraph = z.infer<typeof aboutGraphSchema>;

/** The imported graphs, by name. A folder without a readable `about.json` is not one. */
export function importedGraphs(): AboutGraph[] {
  const folder = graphsFolder();
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      try {
        return [aboutGraphSchema.parse(JSON.parse(readFileSync(join(folder, name, 'about.json'), 'utf8')))];
      } catch {
        return [];
      }
    });
}

/** Refuses names that are no plain folder names, and names that are taken. */
export function checkName(name: string, replace: boolean): void {
  if (!/^[A-Za-z0-9][\w.-]{0,63}$/.test(name) || name === curatedName) {
    throw new UsageError(`"${name}" cannot be a graph's name`, {
      hint: `Give one with --name: letters, digits, dots, dashes; not "${curatedName}".`,
    });
  }
  if (existsSync(join(graphsFolder(), name)) && !replace) {
    throw new UsageError(`there is a graph "${name}" already`, { hint: 'Use --replace, or another --name.' });
  }
}

/** Lets `fill` write into a folder beside the final one and renames it, so that a broken import leaves nothing there. */
export async function keepGraph(name: string, fill: (folder: string) => Promise<AboutGraph>): Promise<void> {
  mkdirSync(graphsFolder(), { recursive: true });
  const waiting = mkdtempSync(join(graphsFolder(), '.import-'));
  try {
    const about = await fill(waiting);
    writeFileSync(join(waiting, 'about.json'), `${JSON.stringify(about, null, 2)}\n`);
    rmSync(join(graphsFolder(), name), { recursive: true, force: true });
    renameSync(waiting, join(graphsFolder(), name));
  } finally {
    rmSync(waiting, { recursive: true, force: true });
  }
}
