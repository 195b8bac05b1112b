import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { join, sep } from 'node:path';
import { readDataRecord, sourcesFolder } from '../download/data-store.ts';

/** Tells of a file the licence under which `data pull` fetched it; undefined for any other file. */
export async function pulledLicences(dataFolder: string): Promise<(path: string) => string | undefined> {
  const all = sourcesFolder(dataFolder);
  const licences = new Map<string, string>();
  for (const id of existsSync(all) ? readdirSync(all) : []) {
    const record = await readDataRecord(join(all, id));
    if (record) licences.set(realpathSync(join(all, id)) + sep, record.licence);
  }
  return (path) => {
    const real = realpathSync(path);
    return [...licences].find(([folder]) => real.startsWith(folder))?.[1];
  };
}
