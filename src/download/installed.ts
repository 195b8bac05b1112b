import { createHash } from 'node:crypto';
import { constants, existsSync } from 'node:fs';
import { copyFile, mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { MissingError, UsageError } from '../errors.ts';
import { type Catalogue, type CatalogueEntry, nearIds } from './catalogue.ts';
import { ensureFolder, ensureFreeSpace } from './disk-space.ts';
import { sha256OfFile, stampedSha256 } from './sha256.ts';

/** Where models are looked for: the catalogue that ships, and `<cache>/models/<id>/<file>`. */
export interface ModelPlaces {
  catalogue: Catalogue;
  cacheFolder: string;
}

/** What the cache remembers of a model that was pulled or added: `<cache>/models/<id>/model.json`. */
const recordSchema = z.object({
  id: z.string(),
  file: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/),
  sha256: z.string(),
  bytes: z.number(),
  /** Words for the reader: which source it came from. */
  origin: z.string(),
});
export type ModelRecord = z.infer<typeof recordSchema>;

export interface FoundModel {
  id: string;
  file: string;
  sha256: string;
  bytes: number;
  entry: CatalogueEntry | undefined;
  origin: string | undefined;
}

export function modelFolder(places: ModelPlaces, id: string): string {
  return join(places.cacheFolder, 'models', id);
}

export function catalogueEntry(places: ModelPlaces, id: string): CatalogueEntry | undefined {
  return places.catalogue.models.find((entry) => entry.id === id);
}

/**
 * The model that `idOrFile` names: a catalogue id, the id of a model that was added, or a path to a GGUF file.
 * Throws `MissingError` (exit 4) that says how to get it, or which known names are near.
 */
export async function findModel(
  idOrFile: string,
  places: ModelPlaces,
  signal: AbortSignal,
): Promise<FoundModel> {
  const installed = await findInstalled(idOrFile, places, signal);
  if (installed) return installed;
  const entry = catalogueEntry(places, idOrFile);
  if (entry) {
    throw new MissingError(`model ${entry.id} is not on this machine`, {
      hint: `\`pathact models pull ${entry.id}\` gets it (${Math.round(entry.bytes / 1e6)} MB, ${entry.licence}).`,
    });
  }
  if (existsSync(idOrFile)) return foreignFile(idOrFile, places, signal);
  throw unknownModel(idOrFile, places);
}

/** The model of this id if its file is in the cache and is the one it should be. */
export async function findInstalled(
  id: string,
  places: ModelPlaces,
  signal: AbortSignal,
): Promise<FoundModel | undefined> {
  if (!/^[a-z0-9][a-z0-9._-]*$/.test(id)) return undefined;
  const entry = catalogueEntry(places, id);
  const record = await readRecord(places, id);
  const name = entry?.file ?? record?.file;
  if (!name) return undefined;
  const file = join(modelFolder(places, id), name);
  const bytes = await fileBytes(file);
  if (bytes === undefined) return undefined;
  const sha256 = await stampedSha256(file, `${file}.sha256.json`, signal);
  if (sha256 !== (entry?.sha256 ?? record?.sha256 ?? sha256)) return undefined;
  return { id, file, sha256, bytes, entry, origin: record?.origin };
}

/** All models in the cache, by id. */
export async function listInstalled(places: ModelPlaces, signal: AbortSignal): Promise<FoundModel[]> {
  const ids = (await readdir(join(places.cacheFolder, 'models')).catch(() => [])).sort();
  const found = await Promise.all(ids.map((id) => findInstalled(id, places, signal)));
  return found.filter((model) => model !== undefined);
}

/**
 * Copies a file the user already has into the cache. A file of the catalogue is known by its SHA-256 and takes
 * that entry's id; any other takes `id`, or its own name. Throws `MissingError`, `UsageError`.
 */
export async function addModel(
  source: string,
  id: string | undefined,
  places: ModelPlaces,
  signal: AbortSignal,
): Promise<FoundModel> {
  const bytes = await fileBytes(source);
  if (bytes === undefined) throw new MissingError(`there is no file ${source}`);
  await refuseNonGguf(source);
  const sha256 = await sha256OfFile(source, signal);
  const entry = places.catalogue.models.find((known) => known.sha256 === sha256);
  const chosen = entry?.id ?? id ?? idFromFile(source);
  refuseWrongId(chosen, id, entry, places);
  const folder = modelFolder(places, chosen);
  const file = entry?.file ?? catalogueEntry(places, chosen)?.file ?? `${chosen}.gguf`;
  await ensureFolder(folder);
  await ensureFreeSpace(folder, bytes);
  await copyFile(source, join(folder, `${file}.part`), constants.COPYFILE_FICLONE);
  await rename(join(folder, `${file}.part`), join(folder, file));
  await writeRecord(places, { id: chosen, file, sha256, bytes, origin: `added from ${resolve(source)}` });
  return (await findInstalled(chosen, places, signal))!;
}

function refuseWrongId(
  chosen: string,
  asked: string | undefined,
  entry: CatalogueEntry | undefined,
  places: ModelPlaces,
): void {
  if (!/^[a-z0-9][a-z0-9._-]{0,99}$/.test(chosen)) {
    throw new UsageError(`"${chosen}" cannot be a model's id`, {
      hint: 'Lower-case letters, digits, dots, dashes and underscores, for example `--id my-model-1b`.',
    });
  }
  if (entry && asked !== undefined && asked !== entry.id) {
    throw new UsageError(`this file is ${entry.id} of the catalogue`, { hint: 'Leave out --id.' });
  }
  if (!entry && catalogueEntry(places, chosen)?.sha256) {
    throw new UsageError(`this is not the file that the catalogue pins as ${chosen}`, {
      hint: 'Give it a name of its own with --id.',
    });
  }
}

/** Removes a model's folder, parts included. Returns the bytes that it held; throws `MissingError`. */
export async function removeModel(id: string, places: ModelPlaces): Promise<number> {
  const folder = modelFolder(places, id);
  const known = /^[a-z0-9][a-z0-9._-]*$/.test(id) && existsSync(folder);
  if (!known)
    throw new MissingError(`model ${id} is not in the cache`, {
      hint: '`pathact models list` shows what is.',
    });
  const names = await readdir(folder);
  const sizes = await Promise.all(names.map((name) => fileBytes(join(folder, name))));
  await rm(folder, { recursive: true });
  return sizes.reduce<number>((sum, bytes) => sum + (bytes ?? 0), 0);
}

export async function readRecord(places: ModelPlaces, id: string): Promise<ModelRecord | undefined> {
  try {
    return recordSchema.parse(
      JSON.parse(await readFile(join(modelFolder(places, id), 'model.json'), 'utf8')),
    );
  } catch {
    return undefined;
  }
}

export function writeRecord(places: ModelPlaces, record: ModelRecord): Promise<void> {
  return writeFile(
    join(modelFolder(places, record.id), 'model.json'),
    `${JSON.stringify(record, null, 2)}\n`,
  );
}

async function foreignFile(path: string, places: ModelPlaces, signal: AbortSignal): Promise<FoundModel> {
  const file = resolve(path);
  const bytes = await fileBytes(file);
  if (bytes === undefined) throw new UsageError(`${path} is not a file`);
  const stamps = join(places.cacheFolder, 'models', '.stamps');
  await mkdir(stamps, { recursive: true }).catch(() => undefined);
  const stamp = join(stamps, `${createHash('sha256').update(file).digest('hex').slice(0, 32)}.json`);
  const sha256 = await stampedSha256(file, stamp, signal);
  const entry = places.catalogue.models.find((known) => known.sha256 === sha256);
  return { id: entry?.id ?? idFromFile(file), file, sha256, bytes, entry, origin: dirname(file) };
}

function unknownModel(name: string, places: ModelPlaces): MissingError {
  const near = nearIds(
    name,
    places.catalogue.models.map(({ id }) => id),
  );
  const hint =
    near.length > 0 ? `Did you mean ${near.join(', ')}?` : 'It is neither a known model nor a file.';
  return new MissingError(`unknown model "${name}"`, { hint: `${hint} \`pathact models list\` shows all.` });
}

async function refuseNonGguf(file: string): Promise<void> {
  const head = Buffer.alloc(4);
  const handle = await open(file);
  try {
    await handle.read(head, 0, 4, 0);
  } finally {
    await handle.close();
  }
  if (head.toString('latin1') !== 'GGUF') throw new UsageError(`${file} is not a GGUF file`);
}

function idFromFile(file: string): string {
  return basename(file)
    .replace(/\.gguf$/i, '')
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[^a-z0-9]+/, '');
}

async function fileBytes(file: string): Promise<number | undefined> {
  const found = await stat(file).catch(() => undefined);
  return found?.isFile() ? found.size : undefined;
}
