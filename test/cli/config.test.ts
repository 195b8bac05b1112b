import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { configShownSchema } from '../../src/cli/config.ts';
import { emptyHome, runPathact } from './run-pathact.ts';

test('config show says where each value comes from and hides what is secret', async () => {
  const home = emptyHome();
  writeFileSync(join(home, 'pathact.config.json'), JSON.stringify({ maxSteps: 7, seed: 3 }));
  const env = {
    PATHACT_HOME: home,
    PATHACT_SEED: '5',
    OPENAI_API_KEY: 'sk-hidden',
    OPENAI_BASE_URL: 'http://me:secret@127.0.0.1:1/v1',
  };
  const { stdout, code } = await runPathact(['config', 'show', '--json'], env);
  const { settings, directories } = configShownSchema.parse(JSON.parse(stdout));
  expect(code).toBe(0);
  expect(settings.seed).toEqual({ value: 5, origin: 'environment' });
  expect(settings.maxSteps).toEqual({ value: 7, origin: 'file' });
  expect(settings.graph).toEqual({ value: 'curated', origin: 'default' });
  expect(settings.apiKey).toEqual({ value: '[hidden]', origin: 'environment' });
  expect(settings.baseUrl?.value).toBe('http://127.0.0.1:1/v1');
  expect(directories.cache).toBe(join(home, 'cache'));
  expect(stdout).not.toMatch(/sk-hidden|secret/);
});

test.each([
  ['{"seed": -1}', 'pathact.config.json'],
  ['not JSON', 'pathact.config.json'],
  ['{"sead": 1}', 'pathact.config.json'],
])('a wrong settings file is wrong usage: %s', async (content, named) => {
  const home = emptyHome();
  writeFileSync(join(home, 'pathact.config.json'), content);
  const { code, stderr } = await runPathact(['config', 'show'], { PATHACT_HOME: home });
  expect(code).toBe(2);
  expect(stderr).toContain(named);
});
