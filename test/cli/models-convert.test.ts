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

test.each([
  ['a target that is there', () => [model, '--type', 'q8_0', '--out', model], 2],
  ['a missing folder', () => [model, '--type', 'q8_0', '--out', join(home, 'no/such.gguf')], 4],
  ['an unknown type', () => [model, '--type', 'q3_k', '--out', join(home, 'x.gguf')], 2],
  ['a missing model', () => ['no-such-model', '--type', 'f16', '--out', join(home, 'x.gguf')], 4],
] as [string, () => string[], number][])('%s is refused', async (_, args, code) => {
  expect((await run(...args())).code).toBe(code);
  expect(existsSync(join(home, 'x.gguf'))).toBe(false);
  expect(readdirSync(home).filter((name) => name.includes('partial'))).toEqual([]);
});
