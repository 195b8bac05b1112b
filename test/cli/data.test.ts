import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { dataListSchema, dataPulledSchema, dataVerifiedSchema } from '../../src/cli/data.ts';
import { sourceWith, startPublisher } from '../download/publisher.ts';
import { emptyHome, runPathact } from './run-pathact.ts';

test('data list names every source with its licence, and none is there at first', async () => {
  const env = { PATHACT_HOME: emptyHome() };
  const { stdout, code } = await runPathact(['data', 'list'], env);
  expect(code).toBe(0);
  expect(stdout).toMatch(/wikipathways\s+~8 MB\s+CC0-1.0/);
  const { sources } = dataListSchema.parse(
    JSON.parse((await runPathact(['data', 'list', '--json'], env)).stdout),
  );
  expect(sources.every(({ present }) => present === null)).toBe(true);
});

test('pull shows the licence, verify finds what was changed afterwards', async () => {
  const { url } = await startPublisher({ '/t.tsv': { content: Buffer.from('A\tB\n') } });
  const home = emptyHome();
  const env = { PATHACT_HOME: home };
  const file = join(home, 'sources.json');
  writeFileSync(file, JSON.stringify({ sources: [sourceWith({ name: 't.tsv', url: `${url}/t.tsv` })] }));
  const data = (...args: string[]) => runPathact(['data', ...args, '--sources', file], env);

  const absent = await data('verify', 'tiny');
  expect([absent.code, absent.stderr]).toEqual([4, expect.stringContaining('pathact data pull tiny')]);

  const pulled = await data('pull', 'tiny', '--json');
  expect(pulled.code).toBe(0);
  expect(pulled.stderr).toContain('CC-BY-4.0 (https://creativecommons.org/licenses/by/4.0/). Name us.');
  const [tiny] = dataPulledSchema.parse(JSON.parse(pulled.stdout)).pulled;
  expect(tiny).toMatchObject({ id: 'tiny', status: 'pulled', files: 1, bytes: 4 });

  expect((await data('list')).stdout).toMatch(/^\* {2}tiny/);
  expect((await data('verify')).stdout).toContain('tiny: the file is as it was pulled');
  writeFileSync(join(tiny!.folder, 't.tsv'), 'A\tC\n');
  const verified = await data('verify', 'tiny', '--json');
  expect(verified.code).toBe(1);
  expect(dataVerifiedSchema.parse(JSON.parse(verified.stdout)).verified[0]?.faults).toEqual([
    { name: 't.tsv', fault: 'changed' },
  ]);
});

test('an unknown source is a wrong argument, and the nearest one is named', async () => {
  const { code, stderr } = await runPathact(['data', 'pull', 'reactom'], { PATHACT_HOME: emptyHome() });
  expect(code).toBe(2);
  expect(stderr).toContain('Did you mean reactome?');
});
