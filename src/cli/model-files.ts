import { join } from 'node:path';
import { directories, type Environment } from '../config.ts';
import { readCatalogue } from '../download/catalogue.ts';
import { catalogueEntry, type FoundModel, findModel, type ModelPlaces } from '../download/installed.ts';
import { type PulledModel, pullModel } from '../download/pull.ts';
import { publicHub, type SourceSettings } from '../download/sources.ts';
import { UsageError } from '../errors.ts';
import { packageRoot } from './package-root.ts';
import { pullReporter, throughProxy } from './pull-progress.ts';

export function modelPlaces(env: Environment = process.env): ModelPlaces {
  return {
    catalogue: readCatalogue(join(packageRoot(), 'data/models/catalogue.json')),
    cacheFolder: directories(env).cache,
  };
}

/**
 * The file behind `--model`: a catalogue id, the id of an added model, or a path.
 * Throws `MissingError` (exit 4) that says how to get it.
 */
export function locateModel(idOrFile: string, signal: AbortSignal): Promise<FoundModel> {
  return findModel(idOrFile, modelPlaces(), signal);
}

/** Makes sure that a catalogue model is on this machine, with progress on stderr. Returns at once when it is. */
export async function pullWithProgress(
  id: string,
  options: { signal: AbortSignal; allowUnpinned?: boolean },
): Promise<PulledModel> {
  const places = modelPlaces();
  // An unknown id, or a model that was added by hand, ends or answers right here.
  const entry = catalogueEntry(places, id);
  if (!entry) return { ...(await findModel(id, places, options.signal)), status: 'present' };
  return throughProxy(() =>
    pullModel(entry, {
      places,
      settings: sourceSettings(),
      allowUnpinned: options.allowUnpinned ?? false,
      signal: options.signal,
      report: pullReporter(id),
    }),
  );
}

function sourceSettings(env: Environment = process.env): SourceSettings {
  const hubUrl = env.HF_ENDPOINT || publicHub;
  if (!/^https?:$/.test(URL.parse(hubUrl)?.protocol ?? '')) {
    throw new UsageError('HF_ENDPOINT is not an http(s) address');
  }
  const offline = /^(1|true|yes|on)$/i.test(env.HF_HUB_OFFLINE ?? '');
  return { hubUrl, hubToken: env.HF_TOKEN || undefined, hubOffline: offline, python: 'python3', env };
}
