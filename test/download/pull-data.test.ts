import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type DataSource, readDataSources } from '../../src/download/data-sources.ts';
import { faultsOf, readDataRecord } from '../../src/download/data-store.ts';
import { type DataPullEvent, type DataPullOptions, pullData } from '../../src/download/pull-data.ts';
import { InterruptedError, MissingError } from '../../src/errors.ts';
import { sourceWith, startPublisher } from './publisher.ts';
import { temporaryFolder } from './pull-setup.ts';
import { zipOf } from './tiny-wheel.ts';

const signal = new AbortController().signal;
const sha256 = (content: Uint8Array) => createHash('sha256').update(content).digest('hex');
const table = Buffer.from('A\tup-regulates\tB\n'.repeat(20_000));

function puller(dataFolder = temporaryFolder()) {
  const events: DataPullEvent[] = [];
  const run = (source: DataSource, options: Partial<DataPullOptions> = {}) =>
    pullData(source, {
      dataFolder,
      hubUrl: 'https://hub.invalid',
      refresh: false,
      signal,
      report: (event) => events.push(event),
      ...options,
    });
  return { run, events, folder: join(dataFolder, 'sources', 'tiny') };
}

test('a file is fetched, recorded with its hash, and kept with its licence', async () => {
  const { url } = await startPublisher({ '/t.tsv': { content: table } });
  const { run, folder } = puller();
  const { status, record } = await run(sourceWith({ name: 't.tsv', url: `${url}/t.tsv` }));
  expect(status).toBe('pulled');
  expect(readFileSync(join(folder, 't.tsv')).equals(table)).toBe(true);
  expect(record.files).toEqual([{ name: 't.tsv', bytes: table.length, sha256: sha256(table) }]);
  expect(record.downloads).toEqual([
    { url: `${url}/t.tsv`, bytes: table.length, sha256: sha256(table), pinned: false },
  ]);
  expect(readFileSync(join(folder, 'LICENCE.txt'), 'utf8')).toMatch(/Licence: CC-BY-4.0 .*\nName us\./);
  expect(readdirSync(folder).sort()).toEqual(['LICENCE.txt', 'source.json', 't.tsv']);
});

test('a break is gone on from, by byte range', async () => {
  const { url, requests } = await startPublisher({ '/t.tsv': { content: table, dropAfter: [100_000] } });
  const { run, folder } = puller();
  await run(sourceWith({ name: 't.tsv', url: `${url}/t.tsv` }));
  expect(readFileSync(join(folder, 't.tsv')).equals(table)).toBe(true);
  expect(requests.map(({ range }) => range)).toEqual([undefined, expect.stringMatching(/^bytes=\d+-$/)]);
});

test('an interrupted pull goes on where it stopped', async () => {
  const { url, requests } = await startPublisher({ '/t.tsv': { content: table } });
  const { run, events, folder } = puller();
  const stop = new AbortController();
  const source = sourceWith({ name: 't.tsv', url: `${url}/t.tsv` });
  const stopping = run(source, {
    signal: stop.signal,
    report: ({ type }) => type === 'progress' && stop.abort(),
  });
  await expect(stopping).rejects.toThrow(InterruptedError);
  await run(source);
  expect(readFileSync(join(folder, 't.tsv')).equals(table)).toBe(true);
  const [begun] = events;
  expect(begun?.type === 'file' && begun.heldBytes).toBeGreaterThan(0);
  expect(requests.map(({ range }) => range)).toEqual([undefined, expect.stringMatching(/^bytes=[1-9]/)]);
});

test('a file that is there is not fetched again, unless it is asked for; a change is told', async () => {
  const files = { '/t.tsv': { content: table } };
  const { url, requests } = await startPublisher(files);
  const { run, events } = puller();
  const source = sourceWith({ name: 't.tsv', url: `${url}/t.tsv` });
  await run(source);
  expect((await run(source)).status).toBe('present');
  expect(requests.length).toBe(1);
  files['/t.tsv'].content = Buffer.from('newer');
  expect((await run(source, { refresh: true })).status).toBe('pulled');
  expect(events).toContainEqual({
    type: 'changed',
    name: 't.tsv',
    before: sha256(table),
    now: sha256(Buffer.from('newer')),
  });
});

test('a file with another hash than the pinned one is refused', async () => {
  const { url } = await startPublisher({ '/t.tsv': { content: table } });
  const { run, folder } = puller();
  const pinned = (content: Uint8Array) =>
    sourceWith({ name: 't.tsv', url: `${url}/t.tsv`, sha256: sha256(content) });
  await expect(run(pinned(Buffer.from('other')))).rejects.toThrow(/another SHA-256 than the pinned one/);
  expect(readdirSync(folder)).toEqual([]);
  expect((await run(pinned(table))).record.downloads[0]?.pinned).toBe(true);
});

test('a file that is made as it is asked for needs no length, and begins anew after a break', async () => {
  const { url, requests } = await startPublisher({
    '/made': { content: table, unsized: true, dropAfter: [5_000] },
  });
  const { run, folder } = puller();
  await run(sourceWith({ name: 't.tsv', url: `${url}/made`, generated: true }));
  expect(readFileSync(join(folder, 't.tsv')).equals(table)).toBe(true);
  expect(requests.map(({ range }) => range)).toEqual([undefined, undefined]);
});

test('the latest of a listing is taken', async () => {
  const listing = '<a href="p-20240110.zip">p-20240110.zip</a> <a href="p-20240210.zip">p-20240210.zip</a>';
  const { url } = await startPublisher({
    '/current/': { content: Buffer.from(listing) },
    '/current/p-20240210.zip': { content: table },
  });
  const { run } = puller();
  const file = { name: 'p.zip', url: `${url}/current/` };
  const { record } = await run(sourceWith({ ...file, latest: 'p-\\d{8}\\.zip' }));
  expect(record.downloads[0]?.url).toBe(`${url}/current/p-20240210.zip`);
  await expect(puller().run(sourceWith({ ...file, latest: 'q-\\d+' }))).rejects.toThrow(
    /lists no file like q/,
  );
});

test('an archive is unpacked to what is wanted of it', async () => {
  const content = zipOf({
    'gpml/WP1.gpml': Buffer.from('<Pathway/>'),
    'gpml/WP2.gpml': Buffer.from('<Pathway Name="2"/>'),
    'README.txt': Buffer.from('read me'),
  });
  const { url } = await startPublisher({ '/a.zip': { content } });
  const { run, folder } = puller();
  const source = sourceWith({
    name: 'a.zip',
    url: `${url}/a.zip`,
    unpack: { members: '\\.gpml$', folder: 'gpml' },
  });
  const { record } = await run(source);
  expect(record.files.map(({ name }) => name)).toEqual(['gpml/WP1.gpml', 'gpml/WP2.gpml']);
  expect(readdirSync(folder).sort()).toEqual(['LICENCE.txt', 'gpml', 'source.json']);
  expect(record.downloads[0]?.sha256).toBe(sha256(content));
});

test.each([
  ['leads out of its folder', zipOf({ '../../evil.gpml': Buffer.from('x') })],
  ['holds nothing that is wanted', zipOf({ 'README.txt': Buffer.from('x') })],
  ['is no archive', Buffer.from('<html>down for maintenance</html>')],
  ['holds two members of one name', zipOf({ 'a/x.gpml': Buffer.from('x'), 'b/x.gpml': Buffer.from('y') })],
])('an archive that %s is refused and leaves nothing', async (_, content) => {
  const { url } = await startPublisher({ '/a.zip': { content } });
  const { run, folder } = puller();
  const unpack = { members: '\\.gpml$', folder: 'gpml' };
  await expect(run(sourceWith({ name: 'a.zip', url: `${url}/a.zip`, unpack }))).rejects.toThrow(MissingError);
  expect(readdirSync(folder)).toEqual([]);
});

test('a publisher that lacks the file, or gives an empty one, is told of', async () => {
  const { url } = await startPublisher({ '/empty': { content: Buffer.alloc(0) } });
  const { run } = puller();
  await expect(run(sourceWith({ name: 't', url: `${url}/none` }))).rejects.toThrow(/does not have the file/);
  await expect(run(sourceWith({ name: 't', url: `${url}/empty` }))).rejects.toThrow(/gave an empty file/);
  await expect(run(sourceWith({ name: 't', url: 'http://127.0.0.1:9/x' }))).rejects.toThrow(MissingError);
});

test('files that were changed or removed after the pull are found', async () => {
  const { url } = await startPublisher({ '/a': { content: table }, '/b': { content: table } });
  const { run, folder } = puller();
  const source = sourceWith({ name: 'a', url: `${url}/a` }, { name: 'b', url: `${url}/b` });
  await run(source);
  const record = await readDataRecord(folder);
  expect(await faultsOf(folder, record!, signal)).toEqual([]);
  const changed = Buffer.from(table);
  changed[5] = 0x58;
  writeFileSync(join(folder, 'a'), changed);
  expect(await faultsOf(folder, record!, signal)).toEqual([{ name: 'a', fault: 'changed' }]);
});

test('the list that ships names origin, licence and a file for every source', () => {
  const sources = readDataSources(join(import.meta.dirname, '../../data/sources.json'));
  const ids = ['wikipathways', 'reactome', 'signor', 'omnipath', 'hgnc', 'chebi', 'biomaze'];
  expect(sources.map(({ id }) => id)).toEqual(ids);
  for (const { files } of sources) {
    for (const { url, latest, unpack } of files) {
      expect(url).toMatch(/^https:/);
      for (const pattern of [latest, unpack?.members]) expect(() => new RegExp(pattern ?? '')).not.toThrow();
    }
  }
});
