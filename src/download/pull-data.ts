import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { InterruptedError, MissingError } from '../errors.ts';
import type { DataFile, DataSource } from './data-sources.ts';
import {
  type DataRecord,
  isComplete,
  type RecordedFile,
  readDataRecord,
  recordFile,
  sourceFolder,
  writeDataRecord,
} from './data-store.ts';
import { ensureFolder } from './disk-space.ts';
import { latestAddress } from './latest-address.ts';
import { holdLock } from './lock.ts';
import { SourceFailedError } from './source-failed.ts';
import { publicHub } from './sources.ts';
import { forgetPart, partBytes, transferFile } from './transfer.ts';
import { unzipMatching } from './unzip.ts';

export type DataPullEvent =
  | { type: 'waiting'; pid: number | undefined }
  | { type: 'file'; name: string; url: string; heldBytes: number }
  | { type: 'progress'; receivedBytes: number; totalBytes: number | undefined }
  /** The publisher's file is another than the one that was pulled before. */
  | { type: 'changed'; name: string; before: string; now: string };

export interface DataPullOptions {
  /** The user's data folder; the source gets `sources/<id>` in it. */
  dataFolder: string;
  /** Where addresses of the public hub are asked for instead. */
  hubUrl: string;
  /** Pull again what is there already. */
  refresh: boolean;
  signal: AbortSignal;
  report: (event: DataPullEvent) => void;
}

export interface PulledData {
  folder: string;
  record: DataRecord;
  status: 'present' | 'pulled';
}

/** A server that makes its file first may take its time. */
const generatingMs = 120_000;

/**
 * Makes sure that a data source is there: each file goes on where an earlier pull stopped, is held to its SHA-256 where
 * one is pinned, and gets its name when it is whole; what came is recorded with its hash, origin and licence. Throws
 * `MissingError` when a publisher cannot give a file, `InterruptedError` on abort.
 */
export async function pullData(source: DataSource, options: DataPullOptions): Promise<PulledData> {
  const folder = sourceFolder(options.dataFolder, source.id);
  const { signal, report } = options;
  try {
    await ensureFolder(folder);
    const release = await holdLock(join(folder, '.lock'), signal, (pid) => report({ type: 'waiting', pid }));
    try {
      const known = await readDataRecord(folder);
      const isThere = known !== undefined && (await isComplete(folder, known));
      if (isThere && !options.refresh) return { folder, record: known, status: 'present' };
      const record = await pullFiles(source, folder, known, options);
      return { folder, record, status: 'pulled' };
    } finally {
      await release();
    }
  } catch (error) {
    if (signal.aborted) throw stopped(source, error);
    throw error instanceof SourceFailedError ? unavailable(source, error) : error;
  }
}

async function pullFiles(
  source: DataSource,
  folder: string,
  known: DataRecord | undefined,
  options: DataPullOptions,
): Promise<DataRecord> {
  const downloads: DataRecord['downloads'] = [];
  const files: RecordedFile[] = [];
  for (const file of source.files) {
    const { url, fetched } = await fetchFile(file, folder, options);
    downloads.push({ url, bytes: fetched.bytes, sha256: fetched.sha256, pinned: file.sha256 !== null });
    const before = known?.downloads[downloads.length - 1]?.sha256;
    if (before !== undefined && before !== fetched.sha256)
      options.report({ type: 'changed', name: file.name, before, now: fetched.sha256 });
    files.push(...(await settle(file, folder, fetched, options.signal)));
  }
  const { id, title, licence, licenceUrl } = source;
  const record = { id, title, licence, licenceUrl, pulledAt: new Date().toISOString(), downloads, files };
  await writeDataRecord(folder, record, source);
  return record;
}

/** The whole file as `NAME.part`, checked. One that an earlier process began and that came out wrong is fetched anew. */
async function fetchFile(
  file: DataFile,
  folder: string,
  options: DataPullOptions,
): Promise<{ url: string; fetched: RecordedFile }> {
  const { signal, report, hubUrl } = options;
  const address = file.url.replace(publicHub, hubUrl.replace(/\/+$/, ''));
  const url = file.latest === undefined ? address : await latestAddress(address, file.latest, signal);
  const part = join(folder, `${file.name}.part`);
  for (let resumed = (await partBytes(part)) > 0; ; resumed = false) {
    report({ type: 'file', name: file.name, url, heldBytes: await partBytes(part) });
    await transferFile({
      url,
      headers: {},
      part,
      expected: { sha256: file.sha256 ?? undefined },
      unsized: file.generated ? { firstByteMs: generatingMs } : undefined,
      signal,
      onProgress: (receivedBytes, totalBytes) => report({ type: 'progress', receivedBytes, totalBytes }),
    });
    const fetched = await recordFile(folder, `${file.name}.part`, signal);
    if (fetched.bytes > 0 && fetched.sha256 === (file.sha256 ?? fetched.sha256)) return { url, fetched };
    await forgetPart(part);
    if (fetched.bytes === 0) throw new SourceFailedError(`gave an empty file (${url})`);
    if (!resumed)
      throw new SourceFailedError(`gave a file with another SHA-256 than the pinned one (${url})`);
  }
}

/** Gives the file its name, or unpacks it and removes the archive. Returns what is there now. */
async function settle(
  file: DataFile,
  folder: string,
  fetched: RecordedFile,
  signal: AbortSignal,
): Promise<RecordedFile[]> {
  const part = join(folder, `${file.name}.part`);
  if (!file.unpack) {
    await rename(part, join(folder, file.name));
    await forgetPart(part);
    return [{ ...fetched, name: file.name }];
  }
  const into = file.unpack.folder;
  const fresh = join(folder, `${into}.new`);
  try {
    const names = await unzipMatching(part, new RegExp(file.unpack.members), fresh, signal);
    await rm(join(folder, into), { recursive: true, force: true });
    await rename(fresh, join(folder, into));
    await forgetPart(part);
    const settled: RecordedFile[] = [];
    for (const name of names) settled.push(await recordFile(folder, `${into}/${name}`, signal));
    return settled;
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    // A broken archive would be taken for a finished download by the next pull.
    if (error instanceof SourceFailedError) await forgetPart(part);
    throw error;
  }
}

function stopped({ id }: DataSource, cause: unknown): InterruptedError {
  return new InterruptedError(`stopped pulling ${id}`, {
    hint: 'What was fetched is kept: the same command goes on from there.',
    cause,
  });
}

function unavailable({ id, homepage }: DataSource, cause: SourceFailedError): MissingError {
  return new MissingError(`could not get ${id}: the publisher ${cause.message}`, {
    hint: `Check the network and try again, or fetch it by hand from ${homepage}.`,
    cause,
  });
}
