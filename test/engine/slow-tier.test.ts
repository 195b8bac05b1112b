import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { BlockName, Engine, LowBitOptions, Sequence } from '../../src/engine/engine.ts';
import { KvLostError } from '../../src/engine/engine.ts';
import { tinyEngine } from '../helpers/tiny-endpoint.ts';
import { randomSource, type TinyOptions } from '../helpers/tiny-gguf.ts';

const random = randomSource(5);
const tokens = Array.from({ length: 2400 }, () => 3 + Math.floor(random() * 240));
const open: Engine[] = [];
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slow-tier-'));
});
afterEach(() => {
  for (const engine of open.splice(0)) engine.close();
  rmSync(folder, { recursive: true });
});

async function engineOf(
  options: Partial<LowBitOptions> = {},
  threads = 1,
  model: TinyOptions = {},
): Promise<Engine> {
  const engine = await tinyEngine(model, { lowBit: { bits: 2, fetch: 16, ...options }, threads });
  open.push(engine);
  return engine;
}
const inFiles = (threads = 1, model: TinyOptions = {}) =>
  engineOf({ slow: { tier: 'file', folder, fastBytes: 1 << 30 } }, threads, model);

const feed = async (engine: Engine, sequence: Sequence, from: number, to: number) => {
  const [logits] = await engine.forward([{ sequence, tokens: tokens.slice(from, to), logits: 'last' }]);
  return logits!;
};
const decode = async (engine: Engine, sequence: Sequence, from: number, to: number, lowBit = true) => {
  const rows: Float32Array[] = [];
  for (const token of tokens.slice(from, to)) {
    rows.push((await engine.forward([{ sequence, tokens: [token], logits: 'last', lowBit }]))[0]!);
  }
  return rows;
};
const namesOf = (count: number, salt = ''): BlockName[] =>
  Array.from({ length: count }, (_, i) => ({
    path: join(folder, `block-${i}`),
    key: createHash('sha256').update(`${salt}${i}`).digest(),
  }));
const filesOf = () => readdirSync(folder).map((name) => join(folder, name));

describe('keys and values in files', () => {
  test('give the bits that those in memory give: prompts in pieces, both attentions, forks and cuts', async () => {
    const results: Float32Array[][] = [];
    for (const engine of [await engineOf(), await inFiles(), await inFiles(2)]) {
      const sequence = engine.createSequence();
      const rows = [await feed(engine, sequence, 0, 300), await feed(engine, sequence, 300, 307)];
      rows.push(...(await decode(engine, sequence, 307, 400)));
      rows.push(...(await decode(engine, sequence, 400, 405, false)));
      const part = sequence.share(0, 330);
      const fork = engine.createSequence([part]);
      rows.push(await feed(engine, fork, 500, 600), ...(await decode(engine, fork, 600, 603)));
      sequence.truncate(100);
      rows.push(await feed(engine, sequence, 100, 290), ...(await decode(engine, sequence, 290, 300)));
      results.push(rows);
    }
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
  });

  test.each<[string, TinyOptions]>([
    ['everything before it', { heads: 4, kvHeads: 2, contextLength: 4096 }],
    ['a window', { architecture: 'gemma3', headDim: 24, window: 1200, contextLength: 4096 }],
  ])('give the same bits after thousands of tokens, where a token sees %s', async (_, model) => {
    const results: Float32Array[][] = [];
    for (const engine of [await engineOf({}, 2, model), await inFiles(1, model), await inFiles(3, model)]) {
      const sequence = engine.createSequence();
      const rows: Float32Array[] = [];
      for (const [from, to] of [
        [0, 1000],
        [1000, 1100],
        [1100, 2090],
        [2090, 2300],
      ] as const)
        rows.push(await feed(engine, sequence, from, to));
      rows.push(...(await decode(engine, sequence, 2300, 2303, false)));
      rows.push(...(await decode(engine, sequence, 2303, 2306)));
      results.push(rows);
    }
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
  });

  test('leave memory but for their low-bit copy, the last 64 to 127 and what was fetched', async () => {
    const engine = await inFiles();
    const sequence = engine.createSequence();
    await feed(engine, sequence, 0, 460);
    await decode(engine, sequence, 460, 465);
    const settled = 6 * engine.kvBlockBytes;
    expect(engine.kvBytes).toBeGreaterThan(settled);
    expect(engine.kvBytes).toBeLessThanOrEqual(settled + engine.kvSequenceBytes);
    expect(readdirSync(folder)).toHaveLength(6);
    sequence.free();
    expect(engine.kvBytes).toBe(0);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('a file that was deleted is still there for who has it open', async () => {
    const [engine, other] = [await inFiles(), await engineOf()];
    const [sequence, reference] = [engine.createSequence(), other.createSequence()];
    await feed(engine, sequence, 0, 400);
    await feed(other, reference, 0, 400);
    for (const file of filesOf()) rmSync(file);
    expect(await decode(engine, sequence, 400, 410)).toEqual(await decode(other, reference, 400, 410));
  });

  test.each([
    ['cut short', (file: string) => truncateSync(file, 3000)],
    [
      'changed in one bit',
      (file: string) => {
        const bytes = readFileSync(file);
        for (let at = 3000; at < bytes.length; at += 64) bytes[at]! ^= 1;
        writeFileSync(file, bytes);
      },
    ],
  ])('a file that was %s fails the sequence that reads it, and no other', async (_, damage) => {
    const engine = await inFiles();
    const [sequence, other] = [engine.createSequence(), engine.createSequence()];
    await feed(engine, sequence, 0, 400);
    const files = filesOf();
    await feed(engine, other, 100, 500);
    for (const file of files) damage(file);
    await expect(decode(engine, sequence, 400, 410)).rejects.toThrow(KvLostError);
    await expect(feed(engine, sequence, 400, 410)).rejects.toThrow(KvLostError);
    expect(sequence.isDamaged).toBe(true);
    expect(sequence.length).toBe(400);
    expect(other.isDamaged).toBe(false);
    expect(await decode(engine, other, 500, 501)).toHaveLength(1);
    const again = engine.createSequence();
    await feed(engine, again, 0, 400);
    expect(await decode(engine, again, 400, 410)).toHaveLength(10);
  });

  test('a folder that is not there fails the request alone', async () => {
    const engine = await engineOf({ slow: { tier: 'file', folder: join(folder, 'none'), fastBytes: 1 } });
    const sequence = engine.createSequence();
    await expect(feed(engine, sequence, 0, 400)).rejects.toThrow('cannot be made');
    expect(sequence.length).toBe(0);
    expect(await feed(engine, sequence, 0, 100)).toHaveLength(engine.facts.vocabularySize);
  });
});

describe.each([
  ['in files', () => inFiles()],
  ['in memory', () => engineOf()],
  [
    'in memory, without a low-bit copy',
    async () => {
      const engine = await tinyEngine();
      open.push(engine);
      return engine;
    },
  ],
])('kept blocks, %s', (_, start) => {
  const isLowBit = (engine: Engine) => engine.lowBit !== undefined;

  test('are what another engine goes on from, bit for bit', async () => {
    const first = await start();
    const sequence = first.createSequence();
    await feed(first, sequence, 0, 400);
    await first.keepBlocks(sequence, 0, namesOf(6));
    const expected = await decode(first, sequence, 400, 410, isLowBit(first));
    first.close();
    expect(readdirSync(folder).filter((name) => name.startsWith('block-'))).toHaveLength(6);
    const second = await start();
    const { part, damaged } = await second.loadBlocks(namesOf(6));
    expect([part.length, damaged]).toEqual([384, false]);
    const next = second.createSequence([part]);
    await feed(second, next, 384, 400);
    expect(await decode(second, next, 400, 410, isLowBit(second))).toEqual(expected);
  });

  test('with another key, of another shape, cut short or changed are not taken', async () => {
    const engine = await start();
    const sequence = engine.createSequence();
    await feed(engine, sequence, 0, 400);
    await engine.keepBlocks(sequence, 0, namesOf(3));
    const load = async (names: BlockName[], by = engine) => {
      const { part, damaged } = await by.loadBlocks(names);
      return [part.length, damaged];
    };
    expect(await load(namesOf(3, 'other'))).toEqual([0, true]);
    const bits = await engineOf({ bits: 1 });
    expect(await load(namesOf(3), bits)).toEqual([0, true]);
    const header = readFileSync(join(folder, 'block-1'));
    header[20]! ^= 4;
    writeFileSync(join(folder, 'block-1'), header);
    expect(await load(namesOf(3))).toEqual([64, true]);
    truncateSync(join(folder, 'block-0'), 100);
    expect(await load(namesOf(3))).toEqual([0, true]);
    await expect(engine.keepBlocks(sequence, 6, namesOf(1))).rejects.toThrow(RangeError);
  });
});
