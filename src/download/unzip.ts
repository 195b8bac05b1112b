import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { type Entry, open, type ZipFile } from 'yauzl';
import { SourceFailedError } from './source-failed.ts';

const maxEntries = 10_000;

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
  let zip: ZipFile | undefined;
  try {
    zip = await openZip(archive);
    const entry = await findEntry(zip, member);
    if (entry.uncompressedSize !== bytes) {
      throw new SourceFailedError(`${member} unpacks to ${entry.uncompressedSize} bytes, not ${bytes}`);
    }
    const content = await promisify(zip.openReadStream.bind(zip) as OpenEntry)(entry);
    await pipeline(content, createWriteStream(target), { signal });
  } catch (error) {
    if (signal.aborted || error instanceof SourceFailedError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new SourceFailedError(`the archive cannot be unpacked: ${why}`, { cause: error });
  } finally {
    zip?.close();
  }
}

export type OpenEntry = (
  entry: Entry,
  done: (error: Error | null, stream: NodeJS.ReadableStream) => void,
) => void;

export function openZip(archive: string): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    open(archive, { lazyEntries: true, autoClose: false }, (error, zip) =>
      error ? reject(error) : resolve(zip),
    );
  });
}

function findEntry(zip: ZipFile, member: string): Promise<Entry> {
  if (zip.entryCount > maxEntries) throw new SourceFailedError('the archive has too many members');
  return new Promise((resolve, reject) => {
    zip.on('entry', (entry: Entry) => (entry.fileName === member ? resolve(entry) : zip.readEntry()));
    zip.on('end', () => reject(new SourceFailedError(`the archive holds no ${member}`)));
    zip.on('error', reject);
    zip.readEntry();
  });
}
