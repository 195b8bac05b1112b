import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { CatalogueEntry, ModelSource } from '../../src/download/catalogue.ts';
import type { ModelPlaces } from '../../src/download/installed.ts';
import { type PullEvent, type PullOptions, pullModel } from '../../src/download/pull.ts';

export const sha256 = (content: Uint8Array) => createHash('sha256').update(content).digest('hex');

/** Content that stands for a model file: it begins as one, the rest is noise. */
export function modelContent(bytes = 200_000): Buffer {
  return Buffer.concat([Buffer.from('GGUF'), randomBytes(bytes - 4)]);
}

/** A loopback port that nothing listens on (port 1 would be refused by fetch itself). */
export const deadHub = 'http://127.0.0.1:49';

export const hubSource: ModelSource = {
  kind: 'hub',
  repository: 'owner/tiny-GGUF',
  file: 'tiny.gguf',
  revision: 'main',
};

export function wheelSource(wheel: Uint8Array): ModelSource {
  return {
    kind: 'wheel',
    package: 'tiny-model',
    version: '1.0',
    bytes: wheel.length,
    sha256: sha256(wheel),
    member: 'tiny_model/model.gguf',
  };
}

export function entryFor(content: Uint8Array, sources: ModelSource[], pinned = true): CatalogueEntry {
  return {
    id: 'tiny',
    title: 'Tiny',
    parameters: 1000,
    architecture: 'llama',
    quantisation: 'Q4_1',
    file: 'tiny.gguf',
    bytes: content.length,
    sha256: pinned ? sha256(content) : null,
    licence: 'MIT',
    memoryGb: 1,
    verified: pinned,
    recommended: false,
    sources,
  };
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'pathact-download-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A pull into an empty cache folder, with a python that does not exist unless `settings` says otherwise. */
export function pullInto(cacheFolder: string, entry: CatalogueEntry) {
  const places: ModelPlaces = { catalogue: { default: entry.id, models: [entry] }, cacheFolder };
  const folder = join(cacheFolder, 'models', entry.id);
  const events: PullEvent[] = [];
  const run = (settings: Partial<PullOptions['settings']>, options: Partial<PullOptions> = {}) =>
    pullModel(entry, {
      places,
      settings: {
        hubUrl: deadHub,
        hubToken: undefined,
        hubOffline: false,
        python: '/nonexistent/python3',
        env: { HOME: cacheFolder, PIP_CONFIG_FILE: '/dev/null' },
        ...settings,
      },
      allowUnpinned: false,
      signal: new AbortController().signal,
      report: (event) => events.push(event),
      ...options,
    });
  return { places, run, events, file: join(folder, entry.file), part: join(folder, `${entry.file}.part`) };
}

export function skipped(events: readonly PullEvent[]): string[] {
  return events.flatMap((event) => (event.type === 'skipped' ? [event.reason] : []));
}
