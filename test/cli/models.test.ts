import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { describeModelFile } from '../../src/cli/describe-model.ts';
import { installedModelSchema, modelListSchema } from '../../src/cli/models.ts';
import { startFakeHub } from '../download/fake-hub.ts';
import { defaultModelFile, lacksDefaultModel } from '../helpers/default-model.ts';
import { emptyHome, runPathact } from './run-pathact.ts';

test('models list names what to use at every memory size, with licence and repository', async () => {
  const { stdout, code } = await runPathact(['models', 'list'], { PATHACT_HOME: emptyHome() });
  expect(code).toBe(0);
  for (const gigabytes of [4, 8, 16, 32]) expect(stdout).toContain(`With ${gigabytes} GB of memory`);
  expect(stdout).toMatch(/smollm2-135m-instruct\s+135M\s+Q4_1\s+98 MB\s+Apache-2.0.*smoke-scale/);
});

test('models list --json is one document of the published shape', async () => {
  const { stdout } = await runPathact(['models', 'list', '--json'], { PATHACT_HOME: emptyHome() });
  const listed = modelListSchema.parse(JSON.parse(stdout));
  expect(listed.installed).toEqual([]);
  expect(listed.catalogue.find(({ id }) => id === listed.default)?.present).toBe(false);
});

test('a pull that finds another file than the pinned one exits 4 and says what else can be done', async () => {
  const hub = await startFakeHub({ content: Buffer.from('GGUF but another'), linkedEtag: null });
  onTestFinished(() => hub.close());
  const home = emptyHome();
  const env = {
    PATHACT_HOME: home,
    HF_ENDPOINT: hub.url,
    HF_TOKEN: 'hf_secret',
    PATH: '/nonexistent',
    HOME: home,
  };
  const { code, stdout, stderr } = await runPathact(['models', 'pull'], {
    ...env,
    PIP_CONFIG_FILE: '/dev/null',
  });
  expect(code).toBe(4);
  expect(stdout).toBe('');
  expect(stderr).toMatch(/offers 16 bytes where 98362432 are expected; moving on/);
  expect(stderr).toMatch(/pathact models add FILE/);
  expect(stderr).not.toContain('hf_secret');
});

test('an unpinned model is pulled when asked for, with a line for every tenth, and found afterwards', async () => {
  const hub = await startFakeHub({ content: Buffer.concat([Buffer.from('GGUF'), Buffer.alloc(400_000)]) });
  onTestFinished(() => hub.close());
  const env = { PATHACT_HOME: emptyHome(), HF_ENDPOINT: hub.url };
  const refused = await runPathact(['models', 'pull', 'llama-3.2-1b-instruct'], env);
  expect([refused.code, hub.requests.length]).toEqual([2, 0]);
  const pulled = await runPathact(['models', 'pull', 'llama-3.2-1b-instruct', '--allow-unpinned'], env);
  expect(pulled.code).toBe(0);
  expect(pulled.stderr).toContain('100 % of 401 kB');
  expect(pulled.stdout).toContain('recorded SHA-256');
  const again = await runPathact(['models', 'pull', 'llama-3.2-1b-instruct', '--json'], env);
  expect(JSON.parse(again.stdout)).toMatchObject({ status: 'present', id: 'llama-3.2-1b-instruct' });
});

test('a file of one’s own is added, inspected by what it is, and removed', async () => {
  const home = emptyHome();
  const file = join(home, 'Broken Model.gguf');
  writeFileSync(file, 'GGUF and then nothing');
  const env = { PATHACT_HOME: home };
  const added = await runPathact(['models', 'add', file, '--json'], env);
  expect(installedModelSchema.parse(JSON.parse(added.stdout)).id).toBe('broken-model');
  const inspected = await runPathact(['models', 'inspect', 'broken-model'], env);
  expect([inspected.code, inspected.stdout]).toEqual([1, '']);
  expect(inspected.stderr).toMatch(/^error: /);
  expect((await runPathact(['models', 'rm', 'broken-model'], env)).code).toBe(0);
  expect((await runPathact(['models', 'inspect', 'broken-model'], env)).code).toBe(4);
});

test('a pull asks for the hub through HTTP_PROXY', async () => {
  const asked: string[] = [];
  const proxy = createServer((request, response) => {
    asked.push(request.headers.host ?? '');
    response.writeHead(404).end();
  });
  proxy.on('connect', (request, socket) => {
    asked.push(request.url ?? '');
    socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void proxy.close());
  const home = emptyHome();
  const env = { PATHACT_HOME: home, HOME: home, PATH: '/nonexistent', PIP_CONFIG_FILE: '/dev/null' };
  const through = { HTTP_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` };
  const ran = await runPathact(['models', 'pull'], { ...env, ...through, HF_ENDPOINT: 'http://hub.invalid' });
  expect(ran.code).toBe(4);
  expect(asked[0]).toMatch(/^hub\.invalid/);
});

test('a mistyped model exits 4 and names the near ones', async () => {
  const ran = await runPathact(['models', 'inspect', 'smollm-135m-instruct'], { PATHACT_HOME: emptyHome() });
  expect(ran.code).toBe(4);
  expect(ran.stderr).toContain('Did you mean smollm2-135m-instruct');
});

test.skipIf(lacksDefaultModel)('the default model says what the catalogue says of it', () => {
  expect(describeModelFile(defaultModelFile)).toMatchObject({
    architecture: 'llama',
    runnable: true,
    smokeScale: true,
    parameters: 134_515_008,
    tensorsByType: { Q8_0: 1, Q4_1: 210, F32: 61 },
    layers: 30,
    contextLength: 8192,
    tokenizer: 'gpt2 / smollm',
    vocabularySize: 49_152,
    chatTemplate: true,
  });
});
