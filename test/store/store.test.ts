import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { StoreError, UsageError } from '../../src/errors.ts';
import type { RunEvent } from '../../src/run.ts';
import type { SampleRecord } from '../../src/store/samples.ts';
import { openStore } from '../../src/store/store.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pathact-store-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const newRun = { task: 'biomaze', method: 'cot', settings: { seed: 1, limit: 2 }, planned: 2 };
const opening: RunEvent = {
  type: 'opening',
  messages: [
    { role: 'user', content: 'instructions' },
    { role: 'user', content: 'a question' },
  ],
};

function sampleRecord(id: string, more: Partial<SampleRecord> = {}): SampleRecord {
  return {
    ...{ id, epoch: 1, status: 'success', score: 1, scorer: 's', input: { id }, outcome: null, error: null },
    ...{
      seed: 7,
      modelCalls: 1,
      promptTokens: 10,
      cachedTokens: 4,
      completionTokens: 2,
      ms: 1.5,
      endedAt: 99,
    },
    ...more,
  };
}

describe('the store', () => {
  test('gives back what was put in, in another process too', () => {
    const file = join(folder, 'deep/er/pathact.db');
    const store = openStore(file);
    const run = store.runs.create(newRun);
    store.finishSample(run.id, sampleRecord('a'), [{ ts: 5, event: opening }]);
    store.runs.end(run.id, 'done', { n: 1 });
    store.close();

    const again = openStore(file);
    expect(again.runs.get(run.id)).toMatchObject({
      status: 'done',
      summary: { n: 1 },
      settings: { seed: 1, limit: 2 },
    });
    expect([...again.samples.list(run.id)]).toEqual([sampleRecord('a')]);
    expect(again.events.list(run.id, 'a', 1)).toEqual([{ ts: 5, event: opening }]);
    expect(again.runs.list(10)).toMatchObject([{ id: run.id, finished: 1, errors: 0 }]);
    again.close();
  });

  test('keeps each message once, however many samples show it', () => {
    const file = join(folder, 'pathact.db');
    const store = openStore(file);
    const run = store.runs.create(newRun);
    for (const id of ['a', 'b', 'c'])
      store.finishSample(run.id, sampleRecord(id), [{ ts: 5, event: opening }]);
    store.close();
    expect(new Database(file).prepare('SELECT count(*) FROM messages').pluck().get()).toBe(2);
  });

  test('a second try of a sample takes the place of the first', () => {
    const store = openStore(':memory:');
    const { id } = store.runs.create(newRun);
    const failed = sampleRecord('a', { status: 'error', score: null, error: 'boom' });
    store.finishSample(id, failed, [{ ts: 1, event: opening }]);
    store.finishSample(id, sampleRecord('a'), []);
    expect([...store.samples.list(id)]).toEqual([sampleRecord('a')]);
    expect(store.events.list(id, 'a', 1)).toEqual([]);
  });

  test('lists more samples than fit in one page, in the order they were finished', () => {
    const store = openStore(':memory:');
    const { id } = store.runs.create(newRun);
    const ids = Array.from({ length: 250 }, (_, i) => `s${(i * 7919) % 250}`);
    for (const sample of ids) store.finishSample(id, sampleRecord(sample), []);
    expect([...store.samples.list(id)].map((sample) => sample.id)).toEqual(ids);
  });

  test('finds the newest unfinished run with equal settings, whatever the order of their keys', () => {
    const store = openStore(':memory:');
    const done = store.runs.create(newRun);
    for (const id of ['a', 'b']) store.finishSample(done.id, sampleRecord(id), []);
    store.runs.end(done.id, 'done', null);
    store.runs.create({ ...newRun, settings: { seed: 2, limit: 2 } });
    expect(store.runs.newestUnfinished('biomaze', { limit: 2, seed: 1 })).toBeUndefined();
    const killed = store.runs.create(newRun);
    expect(store.runs.newestUnfinished('biomaze', { limit: 2, seed: 1 })?.id).toBe(killed.id);
    expect(store.runs.newestWith('biomaze', { limit: 2, seed: 1 })?.id).toBe(killed.id);
  });

  test('a run with a failed sample counts as unfinished', () => {
    const store = openStore(':memory:');
    const run = store.runs.create({ ...newRun, planned: 1 });
    store.finishSample(run.id, sampleRecord('a', { status: 'error' }), []);
    store.runs.end(run.id, 'done', null);
    expect(store.runs.newestUnfinished('biomaze', newRun.settings)?.id).toBe(run.id);
  });

  test('two living processes cannot work on one run; a dead one does not hold it', () => {
    const file = join(folder, 'pathact.db');
    const store = openStore(file);
    const { id } = store.runs.create(newRun);
    store.attempts.begin(id, { endpoint: 'x' });
    expect(() => store.attempts.begin(id, {})).toThrow(UsageError);
    const aHalfMinuteAgo = Date.now() - 31_000;
    store.attempts.heartbeat(id, 1, aHalfMinuteAgo);
    expect(store.attempts.begin(id, {})).toBe(2);
    store.attempts.end(id, 2);
    expect(store.attempts.begin(id, {})).toBe(3);
    new Database(file).prepare('UPDATE attempts SET pid = 4194304').run(); // above any Linux process id
    expect(store.attempts.begin(id, {})).toBe(4);
    store.close();
  });
});

describe('a store that cannot be used says so in one line, with what to do:', () => {
  const failing = (file: string) => {
    try {
      openStore(file).close();
    } catch (error) {
      return error;
    }
    throw new Error('it opened');
  };

  test('a file that is not a database', () => {
    const file = join(folder, 'pathact.db');
    writeFileSync(file, 'not a database at all, but long enough to be taken for one'.repeat(40));
    expect(failing(file)).toMatchObject({
      name: 'StoreError',
      message: `${file}: this is not a pathact database, or it is damaged`,
    });
  });

  test('a database of a newer pathact', () => {
    const file = join(folder, 'pathact.db');
    new Database(file).pragma('user_version = 999');
    expect(failing(file)).toMatchObject({
      name: 'StoreError',
      hint: expect.stringContaining('Update pathact'),
    });
  });

  test('a database that is damaged in the middle', () => {
    const file = join(folder, 'pathact.db');
    const store = openStore(file);
    const { id } = store.runs.create(newRun);
    for (let i = 0; i < 200; i++)
      store.finishSample(id, sampleRecord(`s${i}`, { error: 'x'.repeat(500) }), []);
    store.close();
    const db = new Database(file);
    const pages = db.pragma('page_count', { simple: true }) as number;
    db.close();
    overwrite(file, 4096, (pages - 2) * 4096);
    const damaged = openStore(file);
    expect(() => [...damaged.samples.list(id)]).toThrow(StoreError);
  });

  test('a row that is not what it should be', () => {
    const file = join(folder, 'pathact.db');
    const store = openStore(file);
    const { id } = store.runs.create(newRun);
    store.finishSample(id, sampleRecord('a'), [{ ts: 1, event: opening }]);
    const db = new Database(file);
    db.exec(
      `UPDATE samples SET outcome = '{"kind":"poem"}'; UPDATE events SET payload = '{"type":"opening","messages":["x"]}'`,
    );
    expect(() => store.samples.get(id, 'a')).toThrow(/^a stored outcome.kind is not what it should be/);
    expect(() => store.events.list(id, 'a', 1)).toThrow(StoreError);
    db.exec(`UPDATE samples SET outcome = '{"kind'`);
    expect(() => store.samples.get(id, 'a')).toThrow(StoreError);
  });

  test('a path that leads through a file', () => {
    writeFileSync(join(folder, 'data'), '');
    expect(failing(join(folder, 'data/pathact.db'))).toBeInstanceOf(StoreError);
  });

  test('a folder in the place of the file', () => {
    mkdirSync(join(folder, 'pathact.db'));
    expect(failing(join(folder, 'pathact.db'))).toBeInstanceOf(StoreError);
  });
});

function overwrite(file: string, from: number, count: number): void {
  const handle = openSync(file, 'r+');
  writeSync(handle, Buffer.alloc(count, 0xa5), 0, count, from);
  closeSync(handle);
}
