import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import type { Entry, ZipFile } from 'yauzl';
import { ensureFreeSpace } from './disk-space.ts';
import { SourceFailedError } from './source-failed.ts';
import { type OpenEntry, openZip } from './unzip.ts';

const maxEntries = 50_000;
const maxBytes = 8 * 2 ** 30;

/**
 * Unpacks the members of a zip file whose names match into `folder`, which is emptied first, under their last names
 * alone: no member can be put elsewhere. Returns the names. Throws `SourceFailedError`.
 */
export async function unpackZip(
  archive: string,
  members: RegExp,
  folder: string,
  signal: AbortSignal,
): Promise<string[]> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  let zip: ZipFile | undefined;
  try {
    zip = await openZip(archive);
    const wanted = (await listEntries(zip)).filter(({ fileName }) => members.test(fileName));
    refuseUnfit(wanted);
    await ensureFreeSpace(
      folder,
      wanted.reduce((sum, { uncompressedSize }) => sum + uncompressedSize, 0),
    );
    const openEntry = promisify(zip.openReadStream.bind(zip) as OpenEntry);
    for (const entry of wanted) {
      await pipeline(await openEntry(entry), createWriteStream(join(folder, nameOf(entry))), { signal });
    }
    return wanted.map(nameOf);
  } catch (error) {
    if (signal.aborted || error instanceof SourceFailedError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new SourceFailedError(`the archive cannot be unpacked: ${why}`, { cause: error });
  } finally {
    zip?.close();
  }
}

const nameOf = ({ fileName }: Entry) => basename(fileName);

function refuseUnfit(wanted: readonly Entry[]): void {
  if (wanted.length === 0) throw new SourceFailedError('the archive holds nothing of what is expected in it');
  const names = new Set(wanted.map(nameOf));
  if (names.size < wanted.length) throw new SourceFailedError('the archive holds two members of one name');
  const bytes = wanted.reduce((sum, { uncompressedSize }) => sum + uncompressedSize, 0);
  if (bytes > maxBytes) throw new SourceFailedError('the archive unpacks to more than any data set');
}

/** All files in the archive. yauzl refuses names that lead out of a folder. */
function listEntries(zip: ZipFile): Promise<Entry[]> {
  if (zip.entryCount > maxEntries) throw new SourceFailedError('the archive has too many members');
  const entries: Entry[] = [];
  return new Promise((resolve, reject) => {
    zip.on('entry', (entry: Entry) => {
      if (!entry.fileName.endsWith('/')) entries.push(entry);
      zip.readEntry();
    });
    zip.on('end', () => resolve(entries));
    zip.on('error', reject);
    zip.readEntry();
  });
}
