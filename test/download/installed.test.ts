import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { nearIds, readCatalogue, recommendModel } from '../../src/download/catalogue.ts';
import {
  addModel,
  findModel,
  listInstalled,
  type ModelPlaces,
  removeModel,
} from '../../src/download/installed.ts';
import { MissingError, UsageError } from '../../src/errors.ts';
import { entryFor, hubSource, modelContent, sha256, temporaryFolder } from './pull-setup.ts';

const catalogue = readCatalogue(new URL('../../data/models/catalogue.json', import.meta.url).pathname);
const signal = new AbortController().signal;

function emptyPlaces(content = modelContent()): ModelPlaces {
  const models = [entryFor(content, [hubSource])];
  return { catalogue: { default: 'tiny', models }, cacheFolder: temporaryFolder() };
}

function fileWith(content: Uint8Array, name = 'My Model.gguf'): string {
  const file = join(temporaryFolder(), name);
  writeFileSync(file, content);
  return file;
}

test('the catalogue has unique ids, its default, and something to run at every memory size', () => {
  const ids = catalogue.models.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids).toContain(catalogue.default);
  const at = (gigabytes: number) => recommendModel(catalogue, gigabytes * 2 ** 30, ['llama', 'qwen2']);
  expect([4, 8, 16, 32].map((gigabytes) => at(gigabytes)?.memoryGb)).toEqual([4, 8, 16, 32]);
  expect(at(7.6)?.memoryGb).toBe(8);
  expect(at(2)?.id).toBe(catalogue.default);
  for (const family of ['qwen', 'llama', 'gemma', 'smollm'])
    expect(ids.some((id) => id.startsWith(family))).toBe(true);
});

test('only what was checked against the file carries a checksum', () => {
  for (const entry of catalogue.models) expect(entry.verified).toBe(entry.sha256 !== null);
});

test('a model that is not here says how to pull it', async () => {
  const failure = await findModel('tiny', emptyPlaces(), signal).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(MissingError);
  expect((failure as MissingError).hint).toContain('pathact models pull tiny');
});

test('a mistyped name is answered with the near ones', async () => {
  const failure = await findModel('tinny', emptyPlaces(), signal).catch((error: unknown) => error);
  expect((failure as MissingError).hint).toContain('Did you mean tiny?');
  const ids = catalogue.models.map(({ id }) => id);
  expect(nearIds('smolm2-135m-instruct', ids)[0]).toBe('smollm2-135m-instruct');
  expect(nearIds('gpt-oss', ids)).toEqual([]);
  expect(nearIds('qwen2.5-7b', ids)).toEqual(['qwen2.5-7b-instruct']);
});

test('a file of the catalogue is known by its content and added under its id', async () => {
  const content = modelContent();
  const places = emptyPlaces(content);
  const added = await addModel(fileWith(content), undefined, places, signal);
  expect(added).toMatchObject({ id: 'tiny', sha256: sha256(content) });
  expect(await findModel('tiny', places, signal)).toMatchObject({ file: added.file });
});

test('any other file takes the name it is given, or its own', async () => {
  const places = emptyPlaces();
  const content = modelContent();
  expect(await addModel(fileWith(content), undefined, places, signal)).toMatchObject({ id: 'my-model' });
  expect(await addModel(fileWith(content), 'mine-1b', places, signal)).toMatchObject({ id: 'mine-1b' });
  expect((await listInstalled(places, signal)).map(({ id }) => id)).toEqual(['mine-1b', 'my-model']);
  expect(await findModel('mine-1b', places, signal)).toMatchObject({ sha256: sha256(content) });
});

test.each([
  ['../escape', /cannot be a model's id/],
  ['', /cannot be a model's id/],
  ['tiny', /not the file that the catalogue pins/],
])('the name %j is refused', async (id, reason) => {
  const adding = addModel(fileWith(modelContent()), id, emptyPlaces(), signal);
  await expect(adding).rejects.toBeInstanceOf(UsageError);
  await expect(addModel(fileWith(modelContent()), id, emptyPlaces(), signal)).rejects.toThrow(reason);
});

test('what is no GGUF file is not added', async () => {
  await expect(addModel(fileWith(Buffer.from('PK')), 'x', emptyPlaces(), signal)).rejects.toThrow(
    /not a GGUF file/,
  );
});

test('a path to a file is a model too, and its hash is read once', async () => {
  const places = emptyPlaces();
  const content = modelContent();
  const file = fileWith(content);
  expect(await findModel(file, places, signal)).toMatchObject({
    id: 'my-model',
    file,
    sha256: sha256(content),
  });
  expect(await findModel(file, places, signal)).toMatchObject({ sha256: sha256(content) });
  writeFileSync(file, modelContent(300));
  expect((await findModel(file, places, signal)).sha256).toBe(sha256(readFileSync(file)));
});

test('removing a model frees its folder and nothing else', async () => {
  const places = emptyPlaces();
  const { file } = await addModel(fileWith(modelContent()), 'mine', places, signal);
  mkdirSync(join(places.cacheFolder, 'other'));
  expect(await removeModel('mine', places)).toBeGreaterThan(200_000);
  expect(existsSync(file)).toBe(false);
  await expect(removeModel('mine', places)).rejects.toBeInstanceOf(MissingError);
  await expect(removeModel('../other', places)).rejects.toBeInstanceOf(MissingError);
  await expect(removeModel('..', places)).rejects.toBeInstanceOf(MissingError);
});
