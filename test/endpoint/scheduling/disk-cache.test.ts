import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Scheduler } from '../../../src/endpoint/scheduling/scheduler.ts';
import type { SchedulerOptions } from '../../../src/endpoint/scheduling/scheduler-options.ts';
import type { Engine, LowBitOptions } from '../../../src/engine/engine.ts';
import { greedySettings, Sampler } from '../../../src/engine/sampler.ts';
import { tinyEngine } from '../../helpers/tiny-endpoint.ts';
import { randomSource } from '../../helpers/tiny-gguf.ts';

const random = randomSource(9);
const prompt = Array.from({ length: 330 }, () => 3 + Math.floor(random() * 240));
const WHOLE = 5;
let folder: string;
const open: { scheduler: Scheduler; engine: Engine }[] = [];
const errors: unknown[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'disk-cache-'));
  errors.length = 0;
});
afterEach(async () => {
  for (const { scheduler, engine } of open.splice(0)) {
    await scheduler.drain();
    engine.close();
  }
  rmSync(folder, { recursive: true });
});

type Mode = LowBitOptions | undefined;
const modes: [string, () => Mode][] = [
  ['full', () => undefined],
  ['SpeCache in memory', () => ({ bits: 2, fetch: 8 })],
  ['SpeCache in files', () => ({ bits: 2, fetch: 8, slow: { tier: 'file', folder, fastBytes: 1 << 20 } })],
];

async function start(
  mode: Mode,
  options: Partial<SchedulerOptions> & { identity?: string; mb?: number } = {},
) {
  const { identity = 'this model', mb = 100, ...rest } = options;
  const engine = await tinyEngine({}, { lowBit: mode });
  const scheduler = new Scheduler(engine, {
    slots: 4,
    queueLimit: 16,
    diskCache: { folder, identity, budgetBytes: mb * 1e6 },
    indexReplies: mode === undefined,
    onError: (error) => errors.push(error),
    ...rest,
  });
  open.push({ scheduler, engine });
  return scheduler;
}

async function reply(scheduler: Scheduler, tokens = prompt, count = 40) {
  const text: number[] = [];
  const result = await scheduler.run({
    prompt: tokens,
    maxTokens: count,
    chooser: new Sampler({ ...greedySettings, temperature: 1, seed: 4 }),
    signal: new AbortController().signal,
    accept: (token) => text.push(token) > 0,
  });
  return { ...result, text };
}
const stop = async (scheduler: Scheduler) => {
  await scheduler.drain();
  open
    .splice(
      open.findIndex((each) => each.scheduler === scheduler),
      1,
    )[0]!
    .engine.close();
};
const files = () => readdirSync(folder).filter((name) => name.endsWith('.kv'));
const damageAll = () => {
  for (const name of files()) {
    const bytes = readFileSync(join(folder, name));
    for (let at = 200; at < bytes.length; at += 50) bytes[at]! ^= 1;
    writeFileSync(join(folder, name), bytes);
  }
};

describe.each(modes)('keys and values on disk, %s', (_, modeOf) => {
  test('are what the next process goes on from, to the same reply', async () => {
    const first = await start(modeOf());
    const expected = await reply(first);
    expect(expected.cachedTokens).toBe(0);
    await stop(first);
    const second = await start(modeOf());
    const again = await reply(second);
    expect(again.cachedTokens).toBe(WHOLE * 64);
    expect(again.text).toEqual(expected.text);
    expect(errors).toEqual([]);
  });

  test('can be read while the process that writes them still runs', async () => {
    const [first, second] = [await start(modeOf()), await start(modeOf())];
    const expected = await reply(first);
    const both = await Promise.all([reply(second), reply(first)]);
    expect(both.map(({ text }) => text)).toEqual([expected.text, expected.text]);
  });

  test('that were changed, cut short or are another identity are computed again', async () => {
    const first = await start(modeOf());
    const expected = await reply(first);
    await stop(first);
    const other = await start(modeOf(), { identity: 'another version' });
    expect((await reply(other)).cachedTokens).toBe(0);
    await stop(other);
    damageAll();
    const second = await start(modeOf());
    expect((await reply(second)).text).toEqual(expected.text);
    await stop(second);
    for (const name of files()) truncateSync(join(folder, name), 150);
    const third = await start(modeOf());
    const again = await reply(third);
    expect([again.text, again.cachedTokens]).toEqual([expected.text, 0]);
    await stop(third);
    const fourth = await start(modeOf());
    expect((await reply(fourth)).cachedTokens).toBe(WHOLE * 64);
  });

  test('go when they were unused for longest and others need the space', async () => {
    const first = await start(modeOf());
    await reply(first);
    await stop(first);
    const had = new Set(files());
    const bytes = files().reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
    for (const name of files()) utimesSync(join(folder, name), 1000, 1000);
    const second = await start(modeOf(), { mb: (bytes * 1.2) / 1e6 });
    await reply(second, prompt.toReversed());
    await stop(second);
    const left = files().filter((name) => had.has(name));
    expect(left.length).toBeLessThan(had.size);
    expect(files().length - left.length).toBeGreaterThanOrEqual(WHOLE);
  });

  test('what a killed process left half written is removed, what a running one writes is not', async () => {
    writeFileSync(join(folder, 'tmp-999999999-1'), 'half');
    writeFileSync(join(folder, `tmp-${process.pid}-1`), 'half');
    await start(modeOf());
    expect(readdirSync(folder)).toEqual([`tmp-${process.pid}-1`]);
  });
});

describe('a slow tier in files', () => {
  test('that is damaged while a reply reads it has the reply begin again, and no other', async () => {
    const mode = modes[2]![1]();
    const reference = await start(mode, { diskCache: undefined });
    const expected = await reply(reference);
    const other = await reply(reference, prompt.toReversed().slice(0, 70));
    const scheduler = await start(mode, { diskCache: undefined });
    const text: number[] = [];
    const run = scheduler.run({
      prompt,
      maxTokens: 40,
      chooser: new Sampler({ ...greedySettings, temperature: 1, seed: 4 }),
      signal: new AbortController().signal,
      accept: (token) => {
        text.push(token);
        if (text.length === 10) {
          for (const name of readdirSync(folder)) truncateSync(join(folder, name), 500);
        }
        return true;
      },
    });
    const beside = await reply(scheduler, prompt.toReversed().slice(0, 70));
    await run;
    expect(text).toEqual(expected.text);
    expect(beside.text).toEqual(other.text);
    expect(errors).toHaveLength(1);
  });

  test('holds what is asked of it within its budget, and refuses what would not fit', async () => {
    const sizes = await tinyEngine({}, { lowBit: modes[2]![1]() });
    const { kvBlockBytes, kvSequenceBytes, kvTokenBytes } = sizes;
    sizes.close();
    const fastBytes = 256 * kvTokenBytes + 2 * kvSequenceBytes + 8 * kvBlockBytes;
    const mode = { bits: 2, fetch: 8, slow: { tier: 'file', folder, fastBytes } } as const;
    const scheduler = await start(mode);
    const { engine } = open.at(-1)!;
    let most = 0;
    const watch = setInterval(() => {
      most = Math.max(most, engine.kvBytes);
    }, 1);
    const several = [prompt, prompt.toReversed(), prompt.slice(100), prompt.slice(7)];
    const texts = await Promise.all(several.map((tokens) => reply(scheduler, tokens, 80)));
    clearInterval(watch);
    expect(most).toBeLessThanOrEqual(fastBytes);
    expect(engine.kvBytes).toBeLessThanOrEqual(fastBytes);
    const roomy = await start(modes[2]![1]());
    for (const [i, tokens] of several.entries()) {
      expect((await reply(roomy, tokens, 80)).text).toEqual(texts[i]!.text);
    }
  });
});
