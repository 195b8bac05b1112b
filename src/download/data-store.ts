import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { DataSource } from './data-sources.ts';
import { sha256OfFile } from './sha256.ts';

const recordedFileSchema = z.object({
  /** Relative to the source's folder: `gpml/WP1.gpml`. */
  name: z.string().regex(/^[A-Za-z0-9][^/\\]*(\/[^/\\]+)?$/),
  bytes: z.number(),
  sha256: z.string(),
});
export type RecordedFile = z.infer<typeof recordedFileSchema>;

/** What was pulled, from where and under which terms: `<data>/sources/<id>/source.json`. */
export const dataRecordSchema = z.object({
  id: z.string(),
  title: z.string(),
  licence: z.string(),
  licenceUrl: z.string(),
  pulledAt: z.string(),
  downloads: z.array(
    z.object({ url: z.string(), bytes: z.number(), sha256: z.string(), pinned: z.boolean() }),
  ),
  files: z.array(recordedFileSchema),
});
export type DataRecord = z.infer<typeof dataRecordSchema>;

const recordName = 'source.json';
export const noticeName = 'LICENCE.txt';

/** Where pulled sources lie, a folder each. */
export function sourcesFolder(dataFolder: string): string {
  return join(dataFolder, 'sources');
}

export function sourceFolder(dataFolder: string, id: string): string {
  return join(sourcesFolder(dataFolder), id);
}

/** The record of a pulled source; undefined where there is none, or none that can be read. */
export async function readDataRecord(folder: string): Promise<DataRecord | undefined> {
  try {
    return dataRecordSchema.parse(JSON.parse(await readFile(join(folder, recordName), 'utf8')));
  } catch {
    return undefined;
  }
}

/** Writes the record, and the licence notice beside the files for whoever finds them there. */
export async function writeDataRecord(folder: string, record: DataRecord, source: DataSource): Promise<void> {
  const notice = [
    source.title,
    `Origin: ${record.downloads.map(({ url }) => url).join('\n        ')}`,
    `Pulled: ${record.pulledAt}`,
    `Licence: ${source.licence} (${source.licenceUrl})`,
    source.notice,
  ];
  await writeFile(join(folder, noticeName), `${notice.join('\n')}\n`);
  await writeFile(join(folder, `${recordName}.new`), `${JSON.stringify(record, null, 2)}\n`);
  await rename(join(folder, `${recordName}.new`), join(folder, recordName));
}

export async function recordFile(folder: string, name: string, signal: AbortSignal): Promise<RecordedFile> {
  const path = join(folder, name);
  return { name, bytes: (await stat(path)).size, sha256: await sha256OfFile(path, signal) };
}

/** True where every recorded file is there in its size. `faultsOf` looks closer. */
export async function isComplete(folder: string, { files }: DataRecord): Promise<boolean> {
  for (const { name, bytes } of files) {
    if ((await sizeOf(join(folder, name))) !== bytes) return false;
  }
  return true;
}

/** What is wrong with the files of a source: absent ones, and those with another content than was recorded. */
export async function faultsOf(
  folder: string,
  { files }: DataRecord,
  signal: AbortSignal,
): Promise<{ name: string; fault: 'absent' | 'changed' }[]> {
  const faults: { name: string; fault: 'absent' | 'changed' }[] = [];
  for (const { name, bytes, sha256 } of files) {
    const path = join(folder, name);
    const size = await sizeOf(path);
    if (size === undefined) faults.push({ name, fault: 'absent' });
    else if (size !== bytes || (await sha256OfFile(path, signal)) !== sha256)
      faults.push({ name, fault: 'changed' });
  }
  return faults;
}

async function sizeOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ size }) => size,
    () => undefined,
  );
}
