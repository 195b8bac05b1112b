import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { convertedModelSchema } from '../../src/cli/models-convert.ts';
import { writeTinyGguf } from '../helpers/tiny-gguf.ts';
import { runPathact } from './run-pathact.ts';

let home: string;
let model: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'pathact-convert-cli-'));
  model = writeTinyGguf(join(home, 'tiny.gguf'));
});
afterAll(() => rmSync(home, { recursive: true }));

const run = (...args: string[]) => runPathact(['models', 'convert', ...args], { PATHACT_HOME: home });

test('models convert writes a model that inspect reads, and says what it wrote', async () => {
  const out = join(home, 'q8.gguf');
  const { code, stdout } = await run(model, '--type', 'q8_0', '--out', out, '--json');
  expect(code).toBe(0);
  const said = convertedModelSchema.parse(JSON.parse(stdout));
  expect(said).toMatchObject({ source: model, file: out, type: 'q8_0', bytes: statSync(out).size });
  expect(said.tensorsByType).toEqual({ Q8_0: 16, F32: 5 });
  const inspected = await runPathact(['models', 'inspect', out, '--json'], { PATHACT_HOME: home });
  expect(JSON.parse(inspected.stdout).tensorsByType).toEqual(said.tensorsByType);
});

test('a target that is there, a missing folder, an unknown type and a missing model are refused', async () => {
  expect((await run(model, '--type', 'q8_0', '--out', model)).code).toBe(2);
  expect((await run(model, '--type', 'q8_0', '--out', join(home, 'no/such.gguf'))).code).toBe(4);
  expect((await run(model, '--type', 'q3_k', '--out', join(home, 'x.gguf'))).code).toBe(2);
  expect((await run('no-such-model', '--type', 'f16', '--out', join(home, 'x.gguf'))).code).toBe(4);
  expect(existsSync(join(home, 'x.gguf'))).toBe(false);
  expect(readdirSync(home).filter((name) => name.includes('partial'))).toEqual([]);
});
