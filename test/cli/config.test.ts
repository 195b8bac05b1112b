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
  expect(settings.seed).toEqual({ value: 5, origin: 'environment', from: 'PATHACT_SEED' });
  expect(settings.maxSteps).toEqual({ value: 7, origin: 'file', from: join(home, 'pathact.config.json') });
  expect(settings.graph).toEqual({ value: 'curated', origin: 'default', from: null });
  expect(settings.apiKey).toEqual({ value: '[hidden]', origin: 'environment', from: 'OPENAI_API_KEY' });
  expect(settings.baseUrl?.value).toBe('http://127.0.0.1:1/v1');
  expect(directories.cache).toBe(join(home, 'cache'));
  expect(stdout).not.toMatch(/sk-hidden|secret/);
});

test('config show --origin names the flag, the variable or the file in a column of its own', async () => {
  const home = emptyHome();
  writeFileSync(join(home, 'pathact.config.json'), JSON.stringify({ maxSteps: 7 }));
  const env = { PATHACT_HOME: home, PATHACT_SEED: '5' };
  const { stdout } = await runPathact(['config', 'show', '--origin', '--model', 'mine'], env);
  expect(stdout).toMatch(/^model +mine +flag --model$/m);
  expect(stdout).toMatch(/^seed +5 +environment PATHACT_SEED$/m);
  expect(stdout).toMatch(/^maxSteps +7 +file .*pathact\.config\.json$/m);
  expect(stdout).toMatch(/^graph +curated +default$/m);
  expect((await runPathact(['config', 'show', '--seed', 'x'], env)).stderr).toContain('--seed');
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
