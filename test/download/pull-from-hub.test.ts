import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { InterruptedError, MissingError, UsageError } from '../../src/errors.ts';
import { type FakeHub, type HubBehaviour, startFakeHub } from './fake-hub.ts';
import {
  deadHub,
  entryFor,
  hubSource,
  modelContent,
  pullInto,
  sha256,
  skipped,
  temporaryFolder,
} from './pull-setup.ts';

async function hubWith(behaviour: HubBehaviour): Promise<FakeHub> {
  const hub = await startFakeHub(behaviour);
  onTestFinished(() => hub.close());
  return hub;
}

test('a pull follows the hub to its storage, checks the hash and puts the file in place', async () => {
  const content = modelContent();
  const hub = await hubWith({ content });
  const { run, file, part, events } = pullInto(temporaryFolder(), entryFor(content, [hubSource]));
  const pulled = await run({ hubUrl: `${hub.url}/` });
  expect(pulled).toMatchObject({ status: 'pulled', id: 'tiny', file, sha256: sha256(content) });
  expect(readFileSync(file).equals(content)).toBe(true);
  expect(existsSync(part)).toBe(false);
  expect(hub.requests.map(({ path }) => path)).toEqual([
    '/owner/tiny-GGUF/resolve/main/tiny.gguf',
    '/stored/owner/tiny-GGUF/resolve/main/tiny.gguf',
  ]);
  expect(events.at(-1)).toEqual({
    type: 'progress',
    receivedBytes: content.length,
    totalBytes: content.length,
  });
});

test('the token goes to the hub and not to the host it redirects to', async () => {
  const content = modelContent();
  const hub = await hubWith({ content });
  await pullInto(temporaryFolder(), entryFor(content, [hubSource])).run({
    hubUrl: hub.url,
    hubToken: 'secret',
  });
  expect(hub.requests.map(({ authorization }) => authorization)).toEqual(['Bearer secret', undefined]);
});

test('a model that is there already asks nobody', async () => {
  const content = modelContent();
  const hub = await hubWith({ content });
  const { run } = pullInto(temporaryFolder(), entryFor(content, [hubSource]));
  await run({ hubUrl: hub.url });
  expect(await run({ hubUrl: hub.url })).toMatchObject({ status: 'present' });
  expect(hub.requests).toHaveLength(2);
});

test('a file that was damaged since is fetched anew', async () => {
  const content = modelContent();
  const hub = await hubWith({ content });
  const { run, file } = pullInto(temporaryFolder(), entryFor(content, [hubSource]));
  await run({ hubUrl: hub.url });
  writeFileSync(file, 'damaged');
  expect(await run({ hubUrl: hub.url })).toMatchObject({ status: 'pulled' });
  expect(readFileSync(file).equals(content)).toBe(true);
});

test('a transfer that breaks off goes on where it stopped', async () => {
  const content = modelContent();
  const hub = await hubWith({ content, dropAfter: [50_000, 30_000] });
  const { run, file } = pullInto(temporaryFolder(), entryFor(content, [hubSource]));
  await run({ hubUrl: hub.url });
  expect(readFileSync(file).equals(content)).toBe(true);
  const ranges = hub.requests.filter(({ host }) => host === 'cdn').map(({ range }) => range);
  expect(ranges).toEqual([undefined, 'bytes=50000-', 'bytes=80000-']);
});

test('a hub that keeps breaking off without a byte is left', async () => {
  const content = modelContent();
  const hub = await hubWith({ content, dropAfter: [0, 0, 0, 0, 0] });
  const { run, events } = pullInto(temporaryFolder(), entryFor(content, [hubSource]));
  await expect(run({ hubUrl: hub.url })).rejects.toBeInstanceOf(MissingError);
  expect(skipped(events)[0]).toMatch(/broke off/);
});

test('Ctrl-C keeps the part, and the next pull asks only for the rest', async () => {
  const content = modelContent();
  const hub = await hubWith({ content, dropAfter: [60_000] });
  const { run, part, file } = pullInto(temporaryFolder(), entryFor(content, [hubSource]));
  const stop = new AbortController();
  const report = (event: { type: string }) => event.type === 'progress' && stop.abort();
  await expect(run({ hubUrl: hub.url }, { signal: stop.signal, report })).rejects.toBeInstanceOf(
    InterruptedError,
  );
  const held = statSync(part).size;
  expect(held).toBeGreaterThan(0);
  expect(existsSync(join(dirname(part), '.lock'))).toBe(false);
  await run({ hubUrl: hub.url });
  expect(hub.requests.at(-1)?.range).toBe(`bytes=${held}-`);
  expect(readFileSync(file).equals(content)).toBe(true);
});

test('a part of another version of the file is thrown away', async () => {
  const content = modelContent();
  const { run, part, file } = pullInto(temporaryFolder(), entryFor(content, [hubSource]));
  mkdirSync(dirname(part), { recursive: true });
  writeFileSync(part, 'older bytes');
  writeFileSync(`${part}.json`, JSON.stringify({ identity: 'older', bytes: content.length }));
  const hub = await hubWith({ content });
  await run({ hubUrl: hub.url });
  expect(readFileSync(file).equals(content)).toBe(true);
});

test('a part that was finished but wrong is fetched once more', async () => {
  const content = modelContent();
  const { run, part, file } = pullInto(temporaryFolder(), entryFor(content, [hubSource]));
  mkdirSync(dirname(part), { recursive: true });
  writeFileSync(part, modelContent(content.length));
  writeFileSync(`${part}.json`, JSON.stringify({ identity: sha256(content), bytes: content.length }));
  const hub = await hubWith({ content });
  await run({ hubUrl: hub.url });
  expect(readFileSync(file).equals(content)).toBe(true);
});

test('a file with another hash is refused and nothing is left of it', async () => {
  const content = modelContent();
  const hub = await hubWith({ content: modelContent(), linkedEtag: null });
  const { run, events, file, part } = pullInto(temporaryFolder(), entryFor(content, [hubSource]));
  await expect(run({ hubUrl: hub.url })).rejects.toThrow(/another SHA-256/);
  expect(skipped(events)).toEqual(['gave a file with another SHA-256 than the pinned one']);
  expect(existsSync(file) || existsSync(part)).toBe(false);
});

test('a hub that names another hash is refused before the first byte', async () => {
  const content = modelContent();
  const hub = await hubWith({ content: modelContent() });
  const { run, events } = pullInto(temporaryFolder(), entryFor(content, [hubSource]));
  await expect(run({ hubUrl: hub.url })).rejects.toBeInstanceOf(MissingError);
  expect(skipped(events)).toEqual(['offers a file with another SHA-256 than the pinned one']);
  expect(events.some(({ type }) => type === 'progress')).toBe(false);
});

test('a hub that offers another size is refused before the first byte', async () => {
  const hub = await hubWith({ content: modelContent(1_000) });
  const { run } = pullInto(temporaryFolder(), entryFor(modelContent(), [hubSource]));
  await expect(run({ hubUrl: hub.url })).rejects.toThrow(/offers 1000 bytes where 200000 are expected/);
});

test.each([
  [401, /HTTP 401.*HF_TOKEN/],
  [404, /does not have the file/],
  [503, /HTTP 503/],
])('an answer %i is one line of reason, and the error says what else can be done', async (status, reason) => {
  const content = modelContent();
  const hub = await hubWith({ content, status });
  const { run, events } = pullInto(temporaryFolder(), entryFor(content, [hubSource]));
  const failure = await run({ hubUrl: hub.url }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(MissingError);
  expect((failure as MissingError).hint).toContain('pathact models add FILE');
  expect(skipped(events)[0]).toMatch(reason);
});

test('a hub that cannot be reached is left within a second', async () => {
  const { run, events } = pullInto(temporaryFolder(), entryFor(modelContent(), [hubSource]));
  const began = performance.now();
  await expect(run({ hubUrl: deadHub })).rejects.toBeInstanceOf(MissingError);
  expect(performance.now() - began).toBeLessThan(1_000);
  expect(skipped(events)[0]).toMatch(/cannot be reached \(ECONNREFUSED\)/);
});

test('a hub that accepts and says nothing is left after some seconds', { timeout: 20_000 }, async () => {
  const content = modelContent();
  const hub = await hubWith({ content, silent: true });
  const { run, events } = pullInto(temporaryFolder(), entryFor(content, [hubSource]));
  await expect(run({ hubUrl: hub.url })).rejects.toBeInstanceOf(MissingError);
  expect(skipped(events)[0]).toMatch(/did not answer within 8 s/);
});

test('HF_HUB_OFFLINE leaves the hub alone', async () => {
  const content = modelContent();
  const hub = await hubWith({ content });
  const { run, events } = pullInto(temporaryFolder(), entryFor(content, [hubSource]));
  await expect(run({ hubUrl: hub.url, hubOffline: true })).rejects.toBeInstanceOf(MissingError);
  expect(hub.requests).toEqual([]);
  expect(skipped(events)[0]).toMatch(/HF_HUB_OFFLINE/);
});

test('without room on the disk nothing is fetched', async () => {
  const hub = await hubWith({ content: modelContent() });
  const entry = { ...entryFor(modelContent(), [hubSource]), bytes: 2 ** 52 };
  const { run } = pullInto(temporaryFolder(), entry);
  await expect(run({ hubUrl: hub.url })).rejects.toThrow(/not enough disk space/);
  expect(hub.requests).toEqual([]);
});

test('a cache folder that cannot be made is one clear error', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'models'), 'a file in the way');
  const { run } = pullInto(folder, entryFor(modelContent(), [hubSource]));
  await expect(run({})).rejects.toThrow(/cannot write to .*models.tiny/);
});

test('two pulls at once fetch the file once', async () => {
  const content = modelContent();
  const hub = await hubWith({ content });
  const { run, events } = pullInto(temporaryFolder(), entryFor(content, [hubSource]));
  const both = await Promise.all([run({ hubUrl: hub.url }), run({ hubUrl: hub.url })]);
  expect(both.map(({ status }) => status).sort()).toEqual(['present', 'pulled']);
  expect(events).toContainEqual({ type: 'waiting', pid: process.pid });
  expect(hub.requests).toHaveLength(2);
});

test('the lock of a process that died is taken over', async () => {
  const content = modelContent();
  const hub = await hubWith({ content });
  const { run, part } = pullInto(temporaryFolder(), entryFor(content, [hubSource]));
  mkdirSync(dirname(part), { recursive: true });
  const { hostname } = await import('node:os');
  writeFileSync(join(dirname(part), '.lock'), JSON.stringify({ pid: 2 ** 22 + 1, host: hostname() }));
  expect(await run({ hubUrl: hub.url })).toMatchObject({ status: 'pulled' });
});

test('an unpinned model is refused, then taken when asked for, and held to its hash from then on', async () => {
  const content = modelContent();
  const entry = entryFor(content, [hubSource], false);
  const hub = await hubWith({ content });
  const { run, file } = pullInto(temporaryFolder(), entry);
  await expect(run({ hubUrl: hub.url })).rejects.toBeInstanceOf(UsageError);
  expect(hub.requests).toEqual([]);
  expect(await run({ hubUrl: hub.url }, { allowUnpinned: true })).toMatchObject({ sha256: sha256(content) });
  writeFileSync(file, 'damaged');
  const other = await hubWith({ content: modelContent() });
  await expect(run({ hubUrl: other.url })).rejects.toThrow(/another SHA-256/);
});
