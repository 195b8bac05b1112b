import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { type Entry, open, type ZipFile } from 'yauzl';
import { ensureFreeSpace } from './disk-space.ts';
import { SourceFailedError } from './source-failed.ts';

const maxEntries = 50_000;
const maxBytes = 8 * 2 ** 30;

/**
 * Unpacks one member of a zip file to `target`. `bytes` is what it must unpack to, so a member that
 * inflates without end is never started. Throws `SourceFailedError`.
 */
export async function unzipMember(
  archive: string,
  member: string,
  bytes: number,
  target: string,
  signal: AbortSignal,
): Promise<void> {
  await withZip(archive, signal, async (entries, unpack) => {
    const entry = entries.find(({ fileName }) => fileName === member);
    if (entry === undefined) throw new SourceFailedError(`the archive holds no ${member}`);
    if (entry.uncompressedSize !== bytes) {
      throw new SourceFailedError(`${member} unpacks to ${entry.uncompressedSize} bytes, not ${bytes}`);
    }
    await unpack(entry, target);
  });
}

/**
 * Unpacks the members of a zip file whose names match into `folder`, which is emptied first, under their last names
 * alone: no member can be put elsewhere. Returns the names. Throws `SourceFailedError`.
 */
export async function unzipMatching(
  archive: string,
  members: RegExp,
  folder: string,
  signal: AbortSignal,
): Promise<string[]> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  return withZip(archive, signal, async (entries, unpack) => {
    const wanted = entries.filter(({ fileName }) => members.test(fileName));
    refuseUnfit(wanted);
    await ensureFreeSpace(folder, unpackedBytes(wanted));
    for (const entry of wanted) await unpack(entry, join(folder, nameOf(entry)));
    return wanted.map(nameOf);
  });
}

type Unpack = (entry: Entry, target: string) => Promise<void>;
type OpenEntry = (entry: Entry, done: (error: Error | null, stream: NodeJS.ReadableStream) => void) => void;

/** What goes wrong inside is the archive's fault: a source that failed. */
async function withZip<T>(
  archive: string,
  signal: AbortSignal,
  work: (entries: Entry[], unpack: Unpack) => Promise<T>,
): Promise<T> {
  let zip: ZipFile | undefined;
  try {
    zip = await openZip(archive);
    const entries = await listEntries(zip);
    const openEntry = promisify(zip.openReadStream.bind(zip) as OpenEntry);
    return await work(entries, async (entry, target) => {
      await pipeline(await openEntry(entry), createWriteStream(target), { signal });
    });
  } catch (error) {
    if (signal.aborted || error instanceof SourceFailedError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new SourceFailedError(`the archive cannot be unpacked: ${why}`, { cause: error });
  } finally {
    zip?.close();
  }
}

function openZip(archive: string): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    open(archive, { lazyEntries: true, autoClose: false }, (error, zip) =>
      error ? reject(error) : resolve(zip),
    );
  });
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

const nameOf = ({ fileName }: Entry) => basename(fileName);

const unpackedBytes = (entries: readonly Entry[]) =>
  entries.reduce((sum, { uncompressedSize }) => sum + uncompressedSize, 0);

function refuseUnfit(wanted: readonly Entry[]): void {
  if (wanted.length === 0) throw new SourceFailedError('the archive holds nothing of what is expected in it');
  const names = new Set(wanted.map(nameOf));
  if (names.size < wanted.length) throw new SourceFailedError('the archive holds two members of one name');
  if (unpackedBytes(wanted) > maxBytes) {
    throw new SourceFailedError('the archive unpacks to more than any data set');
  }
}
