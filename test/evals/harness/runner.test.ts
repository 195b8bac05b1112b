import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { type RunnerOptions, runTask } from '../../../evals/harness/runner.ts';
import type { Task, TaskSample } from '../../../evals/harness/task.ts';
import { EndpointError, EndpointUnreachableError, StoreError } from '../../../src/errors.ts';
import type { AnswerOutcome, RunEvent } from '../../../src/run.ts';
import { openDatabase } from '../../../src/store/database.ts';
import { openStore, type Store, storeOn } from '../../../src/store/store.ts';

let store: Store;
beforeEach(() => {
  store = openStore(':memory:');
});

function outcome(answer: string, stop: AnswerOutcome['stop'] = 'done'): AnswerOutcome {
  const flags = { verdict: null, unparsed: false, uncertain: false, connected: null };
  return { kind: 'answer', stop, answer, ...flags, steps: 1, evidence: [] };
}

type Answer = (sample: TaskSample, seed: number, signal: AbortSignal) => Promise<AnswerOutcome>;

/** A task of `n` samples that says which were asked. */
function counting(
  n: number,
  answer: Answer = async ({ id }) => outcome(id),
  more: Partial<Task<TaskSample>> = {},
) {
  const asked: string[] = [];
  const task: Task<TaskSample> = {
    ...{ name: 'counting', method: 'm', settings: { n, seed: 1 }, seed: 1, epochs: 1, scorer: 'length-1' },
    samples: Array.from({ length: n }, (_, i) => ({ id: `s${i}` })),
    async *run(sample, { seed, signal }): AsyncIterable<RunEvent> {
      asked.push(sample.id);
      const usage = { promptTokens: 10, cachedTokens: 3, completionTokens: 2 };
      yield { type: 'opening', messages: [{ role: 'user', content: sample.id }] };
      const ended = await answer(sample, seed, signal);
      yield { type: 'reply', step: 1, text: 'a reply', usage, ms: 5 };
      yield { type: 'finished', outcome: ended };
    },
    score: (_sample, { answer: text }) => (text === 's0' ? 0 : 1),
    summarise: (records) => ({ n: [...records].length }),
    ...more,
  };
  return { task, asked };
}

function options(more: Partial<RunnerOptions> = {}): RunnerOptions {
  return {
    store,
    concurrency: 3,
    signal: new AbortController().signal,
    environment: { endpoint: 'e' },
    ...more,
  };
}

const stored = (run: string) => [...store.samples.list(run)];

describe('a run', () => {
  test('asks every sample once and stores its score, cost and transcript', async () => {
    const { task, asked } = counting(10);
    const { run, status } = await runTask(task, options());
    expect(status).toBe('done');
    expect(asked.toSorted()).toEqual(task.samples.map(({ id }) => id).toSorted());
    expect(run).toMatchObject({ status: 'done', planned: 10, summary: { n: 10 } });
    expect(store.samples.get(run.id, 's0')).toMatchObject({
      ...{ status: 'success', score: 0, scorer: 'length-1', input: { id: 's0' }, outcome: { answer: 's0' } },
      ...{ modelCalls: 1, promptTokens: 10, cachedTokens: 3, completionTokens: 2 },
    });
    expect(store.events.list(run.id, 's0', 1).map(({ event }) => event.type)).toEqual([
      'opening',
      'reply',
      'finished',
    ]);
    expect(store.attempts.list(run.id)).toMatchObject([
      { environment: { endpoint: 'e' }, endedAt: expect.any(Number) },
    ]);
  });

  test('has at most `concurrency` samples in flight', async () => {
    let [inFlight, most] = [0, 0];
    const { task } = counting(12, async ({ id }) => {
      most = Math.max(most, ++inFlight);
      await sleep(5);
      inFlight--;
      return outcome(id);
    });
    await runTask(task, options({ concurrency: 4 }));
    expect(most).toBe(4);
  });

  test('gives a sample the same seed whatever the order and the concurrency', async () => {
    const seedsOf = async (reversed: boolean, concurrency: number) => {
      const seeds: Record<string, number> = {};
      const { task } = counting(6, async ({ id }, seed) => {
        seeds[id] = seed;
        return outcome(id);
      });
      const samples = reversed ? task.samples.toReversed() : task.samples;
      await runTask({ ...task, samples }, options({ concurrency }));
      return seeds;
    };
    const seeds = await seedsOf(false, 1);
    expect(await seedsOf(true, 5)).toEqual(seeds);
    expect(new Set(Object.values(seeds)).size).toBe(6);
  });

  test('asks each sample once an epoch, each time with another seed', async () => {
    const seeds = new Set<number>();
    const { task } = counting(
      3,
      async ({ id }, seed) => {
        seeds.add(seed);
        return outcome(id);
      },
      { epochs: 2 },
    );
    const { run } = await runTask(task, options());
    expect(
      stored(run.id)
        .map(({ id, epoch }) => `${id}/${epoch}`)
        .toSorted(),
    ).toEqual(['s0/1', 's0/2', 's1/1', 's1/2', 's2/1', 's2/2']);
    expect(seeds.size).toBe(6);
  });

  test('marks a sample that reached a limit, and counts its answer', async () => {
    const { task } = counting(1, async () => outcome('x', 'step-limit'));
    const { run } = await runTask(task, options());
    expect(stored(run.id)).toMatchObject([{ status: 'limit', score: 1 }]);
  });

  test('one failing sample is an error with its message; the others go on', async () => {
    const { task } = counting(5, async ({ id }) => {
      if (id === 's2') throw new EndpointError('the context is full', 400, 'context_length_exceeded');
      return outcome(id);
    });
    const { run, status } = await runTask(task, options());
    expect(status).toBe('done');
    const failed = stored(run.id).filter((sample) => sample.status === 'error');
    expect(failed).toMatchObject([
      { id: 's2', score: null, outcome: null, error: 'EndpointError: the context is full' },
    ]);
    expect(store.events.list(run.id, 's2', 1)).toHaveLength(1);
  });

  test.each([
    new EndpointUnreachableError('cannot reach it'),
    new EndpointError('wrong key', 401, undefined),
  ])('ends when no other sample could do better: $message', async (error) => {
    const { task, asked } = counting(50, async ({ id }, _seed, signal) => {
      if (id === 's4') throw error;
      if (Number(id.slice(1)) > 4) await sleep(10_000, undefined, { signal });
      return outcome(id);
    });
    const ending = await runTask(task, options());
    expect(ending).toMatchObject({
      status: 'failed',
      error,
      run: { status: 'failed', error: error.message },
    });
    expect(asked.length).toBeLessThan(10);
    expect(stored(ending.run.id).every(({ status }) => status === 'success')).toBe(true);
    expect(stored(ending.run.id).map(({ id }) => id)).toContain('s0');
  });
});

describe('an interrupted run', () => {
  async function interrupted(n: number, after: number) {
    const stop = new AbortController();
    const { task, asked } = counting(n, async ({ id }, _seed, signal) => {
      await sleep(Number(id.slice(1)) < after ? 1 : 60_000, undefined, { signal });
      return outcome(id);
    });
    const onSample = () => stored(run).length === after && stop.abort();
    let run = '';
    const onStart: RunnerOptions['onStart'] = (plan) => {
      run = plan.run.id;
    };
    const ending = await runTask(task, options({ signal: stop.signal, onStart, onSample }));
    return { ending, asked, run };
  }

  test('keeps what is finished, forgets what was in flight, and is cancelled', async () => {
    const { ending, asked, run } = await interrupted(20, 7);
    expect(ending).toMatchObject({ status: 'cancelled', run: { status: 'cancelled', summary: { n: 7 } } });
    expect(asked.length).toBeGreaterThan(7);
    expect(stored(run)).toHaveLength(7);
    expect(stored(run).every(({ status }) => status === 'success')).toBe(true);
  });

  test('goes on where it was: nothing finished is asked again, nothing unfinished is trusted', async () => {
    const { run } = await interrupted(20, 7);
    const finished = stored(run).map(({ id }) => id);
    const { task, asked } = counting(20);
    const ending = await runTask(task, options({ resume: true }));
    expect(ending).toMatchObject({ status: 'done', run: { id: run } });
    expect(asked.filter((id) => finished.includes(id))).toEqual([]);
    expect(asked).toHaveLength(13);
    expect(stored(run)).toHaveLength(20);
    expect(store.attempts.list(run)).toHaveLength(2);
  });

  test('an answer that was cut short by the interrupt is not kept', async () => {
    const stop = new AbortController();
    const { task } = counting(1, async () => {
      stop.abort();
      return outcome('half an answer');
    });
    const { run, status } = await runTask(task, options({ signal: stop.signal }));
    expect(status).toBe('cancelled');
    expect(stored(run.id)).toEqual([]);
  });
});

describe('--resume', () => {
  test('asks failed samples again and replaces their rows', async () => {
    const first = counting(4, async ({ id }) => {
      if (id === 's1') throw new Error('boom');
      return outcome(id);
    });
    const { run } = await runTask(first.task, options());
    const second = counting(4);
    await runTask(second.task, options({ resume: run.id }));
    expect(second.asked).toEqual(['s1']);
    expect(stored(run.id)).toHaveLength(4);
    expect(stored(run.id).every(({ status }) => status === 'success')).toBe(true);
  });

  test('refuses other settings and names what differs', async () => {
    const { run } = await runTask(counting(2).task, options());
    const other = counting(2, undefined, { settings: { n: 2, seed: 9, shots: 2 } });
    await expect(runTask(other.task, options({ resume: run.id }))).rejects.toThrow(
      `run ${run.id} was made with other settings: seed: 1 → 9; shots: absent → 2`,
    );
    await expect(runTask(other.task, options({ resume: true }))).rejects.toMatchObject({
      hint: `The newest run, ${run.id}, differs in seed: 1 → 9; shots: absent → 2.`,
    });
    expect(other.asked).toEqual([]);
  });

  test('without an id takes the newest unfinished run, though a finished one is newer', async () => {
    const stop = AbortSignal.abort();
    const unfinished = await runTask(counting(3).task, options({ signal: stop }));
    await runTask(counting(3).task, options());
    const resumed = await runTask(counting(3).task, options({ resume: true }));
    expect(resumed.run.id).toBe(unfinished.run.id);
  });

  test('of a run that is complete asks nothing', async () => {
    await runTask(counting(3).task, options());
    const { task, asked } = counting(3);
    expect(await runTask(task, options({ resume: true }))).toMatchObject({
      status: 'done',
      run: { summary: { n: 3 } },
    });
    expect(asked).toEqual([]);
  });

  test('of a run that is not there is an error', async () => {
    await expect(runTask(counting(1).task, options({ resume: 'nope' }))).rejects.toThrow(
      /there is no counting run "nope"/,
    );
    await expect(runTask(counting(1).task, options({ resume: true }))).rejects.toThrow(
      /no run with these settings/,
    );
  });
});

test('a full disk ends the run, keeps every finished sample and says what to do', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pathact-full-'));
  const file = `${folder}/pathact.db`;
  const db = openDatabase(file);
  db.pragma('max_page_count = 40');
  const full = storeOn(db);
  const long = 'x'.repeat(3000);
  const { task } = counting(200, async ({ id }) => outcome(id + long));
  const ending = await runTask(task, options({ store: full, concurrency: 1 }));
  expect(ending.status).toBe('failed');
  expect(ending.error).toBeInstanceOf(StoreError);
  expect(ending.error).toMatchObject({
    message: expect.stringContaining('the disk is full'),
    hint: expect.stringContaining('--resume'),
  });
  full.close();

  const later = openStore(file);
  const kept = [...later.samples.list(ending.run.id)].map(({ id }) => id);
  expect(kept.length).toBeGreaterThan(3);
  expect(kept).toEqual(Array.from({ length: kept.length }, (_, i) => `s${i}`));
  later.close();
  rmSync(folder, { recursive: true });
});
