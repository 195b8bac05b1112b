import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import type { z } from 'zod';
import { startLocalEndpoint } from '../../src/cli/local-endpoint.ts';
import { readySchema } from '../../src/cli/serve.ts';
import { neverStop } from '../helpers/tiny-endpoint.ts';
import { writeTinyGguf } from '../helpers/tiny-gguf.ts';
import { emptyHome, runPathact } from './run-pathact.ts';

const bin = fileURLToPath(new URL('../../bin/pathact.js', import.meta.url));
const tinyModel = () => writeTinyGguf(join(emptyHome(), 'tiny.gguf'), { contextLength: 4096 });

interface Serving {
  child: ChildProcess;
  ready: z.infer<typeof readySchema>;
  lines: string[];
}

async function serve(args: readonly string[], env: Record<string, string> = {}): Promise<Serving> {
  const child = spawn(process.execPath, [bin, 'serve', '--port', '0', '--json', ...args], {
    env: { PATH: process.env.PATH, PATHACT_HOME: emptyHome(), ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines: string[] = [];
  const reader = createInterface(child.stdout).on('line', (line) => lines.push(line));
  const [first] = (await Promise.race([once(reader, 'line'), once(child, 'exit')])) as [unknown];
  if (typeof first !== 'string') throw new Error(`serve ended with ${first} before it was ready`);
  return { child, ready: readySchema.parse(JSON.parse(first)), lines };
}

const story = { messages: [{ role: 'user', content: 'the protein' }], temperature: 0, logit_bias: neverStop };
const chat = (url: string, body: object, more: RequestInit = {}) =>
  fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ ...story, ...body }),
    ...more,
  });

test('serve --json says on one line when it is ready; Ctrl-C lets a running reply end and exits 130', async () => {
  const { child, ready, lines } = await serve(['--model', tinyModel(), '--parallel', '2']);
  expect(ready).toMatchObject({ context_length: 4096, parallel: 2, pid: child.pid });
  const away = new AbortController();
  const given = chat(ready.url, { stream: true, max_tokens: 2000 }, { signal: away.signal });
  await (await given).body!.getReader().read();
  away.abort();
  const running = await chat(ready.url, { stream: true, max_tokens: 300 });
  child.kill('SIGINT');
  expect(await running.text()).toMatch(/"finish_reason":"length"[\s\S]*\[DONE\]/);
  const [code] = await once(child, 'exit');
  expect(code).toBe(130);
  expect(lines).toHaveLength(1);
  await expect(fetch(`${ready.url}/health`)).rejects.toThrow();
});

test('a key set in the environment is asked for', async () => {
  const { child, ready } = await serve(['--model', tinyModel()], { PATHACT_SERVE_API_KEY: 'secret' });
  expect((await chat(ready.url, { max_tokens: 1 })).status).toBe(401);
  const allowed = await chat(ready.url, { max_tokens: 1 }, { headers: { authorization: 'Bearer secret' } });
  expect(allowed.status).toBe(200);
  child.kill('SIGTERM');
  expect((await once(child, 'exit'))[0]).toBe(130);
});

test('keys come from a file, web pages of one origin are let in, and a budget of memory is kept', async () => {
  const keys = join(emptyHome(), 'keys.txt');
  writeFileSync(keys, 'first\n\nsecond\r\n');
  const flags = [
    '--api-key-file',
    keys,
    '--api-key',
    'third',
    '--cors',
    'https://page.example',
    '--kv-mb',
    '1',
  ];
  const { ready } = await serve(['--model', tinyModel(), ...flags]);
  for (const key of ['first', 'second', 'third']) {
    const headers = { authorization: `Bearer ${key}`, origin: 'https://page.example' };
    const allowed = await chat(ready.url, { max_tokens: 1 }, { headers });
    expect(allowed.status).toBe(200);
    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://page.example');
  }
  expect((await chat(ready.url, {}, { headers: { authorization: 'Bearer ' } })).status).toBe(401);
});

test('--kv specache replies over the low-bit copy, and in full to a request that asks for it', async () => {
  const flags = ['--kv', 'specache', '--kv-bits', '1', '--kv-fetch', '0'];
  const plain = await serve(['--model', tinyModel()]);
  const { ready } = await serve(['--model', tinyModel(), ...flags]);
  const models = (await (await fetch(`${ready.url}/v1/models`)).json()) as { data: [{ meta: object }] };
  expect(models.data[0].meta).toMatchObject({ kv: { mode: 'specache', bits: 1, fetch: 0 } });
  const memory = { memory_bytes: expect.any(Number), fast_bytes: expect.any(Number) };
  expect(ready.kv).toEqual({ mode: 'specache', ...memory, formula_bytes: expect.any(Number) });
  expect(models.data[0].meta).toMatchObject({ kv: ready.kv });
  expect(ready.kv.fast_bytes).toBeLessThan(plain.ready.kv.fast_bytes);
  expect(ready.kv.memory_bytes).toBe(plain.ready.kv.memory_bytes + ready.kv.fast_bytes);
  const metrics = await (await fetch(`${ready.url}/metrics`)).text();
  expect(metrics).toContain(`pathact:kv_context_fast_bytes ${ready.kv.fast_bytes}\n`);
  expect(metrics).toContain(`pathact:kv_context_formula_bytes ${ready.kv.formula_bytes}\n`);
  const content = 'the protein binds its receptor '.repeat(20);
  const reply = async (url: string, body: object) => {
    const response = await chat(url, { messages: [{ role: 'user', content }], max_tokens: 40, ...body });
    return ((await response.json()) as { choices: [{ message: { content: string } }] }).choices[0].message
      .content;
  };
  const full = await reply(plain.ready.url, {});
  expect(await reply(ready.url, { kv: 'full' })).toBe(full);
  expect(await reply(ready.url, {})).not.toBe(full);
  expect((await chat(plain.ready.url, { kv: 'specache' })).status).toBe(400);
});

test('killed with keys and values in files, it goes on from them after a restart, to the same reply', async () => {
  const home = emptyHome();
  const model = tinyModel();
  const flags = [
    '--model',
    model,
    '--ctx',
    '2048',
    '--kv',
    'specache',
    '--kv-slow',
    'file',
    '--audit',
    '0.5',
  ];
  const content = 'the protein binds its receptor '.repeat(40);
  const ask = async (url: string) => {
    const response = await chat(url, { messages: [{ role: 'user', content }], max_tokens: 40 });
    return (await response.json()) as {
      choices: [{ message: { content: string } }];
      usage: { prompt_tokens_details: { cached_tokens: number }; kv_audit: { steps: number } };
    };
  };
  const first = await serve(flags, { PATHACT_HOME: home });
  const before = await ask(first.ready.url);
  expect(before.usage.prompt_tokens_details.cached_tokens).toBe(0);
  expect(before.usage.kv_audit.steps).toBe(19);
  const kept = () => readdirSync(join(home, 'cache/kv')).filter((name) => name.endsWith('.kv')).length;
  await expect.poll(kept).toBeGreaterThan(2);
  first.child.kill('SIGKILL');
  await once(first.child, 'exit');
  const second = await serve(flags, { PATHACT_HOME: home });
  const after = await ask(second.ready.url);
  expect(after.usage.prompt_tokens_details.cached_tokens).toBe(kept() * 64);
  expect(after.choices[0].message.content).toBe(before.choices[0].message.content);
});

test('a context beyond training, a fast tier too small and flags that need others are refused', async () => {
  const model = tinyModel();
  const refused = async (...flags: string[]) =>
    runPathact(['serve', '--model', model, '--port', '0', ...flags], { PATHACT_HOME: emptyHome() });
  const beyond = await refused('--ctx', '8192');
  expect(beyond).toMatchObject({ code: 2, stdout: '' });
  expect(beyond.stderr).toContain('4096 tokens');
  expect(beyond.stderr).toContain('--ctx-override');
  const small = await refused('--kv', 'specache', '--kv-slow', 'file', '--kv-fast-mb', '0');
  expect(small.code).toBe(1);
  const needed = /--kv-fast-mb (\d+)/.exec(small.stderr)![1]!;
  await serve(['--model', model, '--kv', 'specache', '--kv-slow', 'file', '--kv-fast-mb', needed]);
  expect((await refused('--kv-slow', 'file')).code).toBe(2);
  expect((await refused('--audit', '0.1')).code).toBe(2);
  expect((await refused('--audit', '2', '--kv', 'specache')).code).toBe(2);
});

test('a port in use ends with exit 1 and names the port', async () => {
  const model = tinyModel();
  const { ready } = await serve(['--model', model]);
  const port = new URL(ready.url).port;
  const second = await runPathact(['serve', '--model', model, '--port', port], { PATHACT_HOME: emptyHome() });
  expect(second).toMatchObject({ code: 1, stdout: '' });
  expect(second.stderr).toContain(`port ${port}`);
  expect(second.stderr).toContain('--port');
});

test('a model that is not there ends with exit 4 and says how to get it', async () => {
  const ran = await runPathact(['serve', '--port', '0'], { PATHACT_HOME: emptyHome() });
  expect(ran).toMatchObject({ code: 4, stdout: '' });
  expect(ran.stderr).toContain('pathact models pull smollm2-135m-instruct');
});

test('a file that is no model ends with exit 1 and one clear error', async () => {
  const home = emptyHome();
  const file = join(home, 'broken.gguf');
  writeFileSync(file, 'GGUF and then something else entirely');
  const ran = await runPathact(['serve', '--model', file, '--port', '0'], { PATHACT_HOME: home });
  expect(ran.code).toBe(1);
  expect(ran.stderr).toMatch(/^error: broken.gguf.*\n {2}\S.*\n$/);
});

test('a flag that is no number is wrong usage', async () => {
  const ran = await runPathact(['serve', '--port', '70000'], { PATHACT_HOME: emptyHome() });
  expect(ran.code).toBe(2);
  expect(ran.stderr).toContain('0 to 65535');
});

test('a model without a chat template answers chats with the template that --chat-template gives it', async () => {
  const mute = writeTinyGguf(join(emptyHome(), 'mute.gguf'), { chatTemplate: '' });
  const { ready } = await serve(['--model', mute]);
  const refused = await chat(ready.url, { max_tokens: 1 });
  expect([refused.status, await refused.text()]).toEqual([
    400,
    expect.stringContaining('--chat-template NAME|FILE'),
  ]);
  const taught = await serve(['--model', mute, '--chat-template', 'chatml']);
  expect((await chat(taught.ready.url, { max_tokens: 1 })).status).toBe(200);
});

test('a chat template that is neither built in nor a file ends with exit 4 and names the built-in ones', async () => {
  const args = ['serve', '--model', tinyModel(), '--chat-template', 'missing.jinja', '--port', '0'];
  const ran = await runPathact(args, { PATHACT_HOME: emptyHome() });
  expect(ran).toMatchObject({ code: 4, stdout: '' });
  expect(ran.stderr).toMatch(/missing\.jinja[\s\S]*chatml/);
});

test('the endpoint inside a command answers only who has its key, and closes with a reply still running', async () => {
  const endpoint = await startLocalEndpoint({ model: tinyModel(), threads: 1 }, new AbortController().signal);
  const url = endpoint.baseUrl.replace('/v1', '');
  const headers = { authorization: `Bearer ${endpoint.apiKey}` };
  expect((await chat(url, {})).status).toBe(401);
  expect((await chat(url, { max_tokens: 2 }, { headers })).status).toBe(200);
  const running = await chat(url, { stream: true }, { headers });
  const text = running.text().catch(() => 'broken off');
  await endpoint.close();
  expect(await text).toBe('broken off');
  await expect(fetch(`${url}/health`)).rejects.toThrow();
});
