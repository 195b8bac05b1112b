import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { SaxesParser } from 'saxes';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { csvCell, csvOf } from '../../../evals/export/csv.ts';
import { inspectFileName, inspectOf } from '../../../evals/export/inspect.ts';
import { exportedSampleSchema, jsonlOf } from '../../../evals/export/jsonl.ts';
import { escapedXml, junitOf } from '../../../evals/export/junit.ts';
import { type StoredRun, storedRun } from '../../../evals/export/stored-run.ts';
import type { RunEvent } from '../../../src/run.ts';
import { openStore, type Store } from '../../../src/store/store.ts';
import { inspectLogSchema } from '../helpers/inspect-log.ts';
import { outcome, sampleRecord } from '../helpers/sample-records.ts';

const hostile = '=HYPERLINK("http://x","y")\r\n"quoted", \u001b[31m<b>&]]>\u0000\ud800';
const wellFormed = hostile.replace('\ud800', '\ufffd');
let store: Store;
let stored: StoredRun;

beforeAll(() => {
  store = openStore(':memory:');
  stored = storedRun(store, addRun());
});
afterAll(() => store.close());

function addRun() {
  const settings = {
    method: 'pathseeker',
    model: 'a-model',
    seed: 3,
    split: 'truefalse',
    epochs: 2,
    maxSteps: 5,
  };
  const run = store.runs.create({ task: 'biomaze', method: 'pathseeker', settings, planned: 6 });
  const git = { commit: 'abc', dirty: false };
  const attempt = store.attempts.begin(run.id, { endpoint: 'own', version: '0.1.0', git, concurrency: 2 });
  const message = { role: 'user', content: hostile } as const;
  const events: RunEvent[] = [
    { type: 'opening', messages: [message] },
    { type: 'given-move', step: 0, text: 'search()' },
    { type: 'reply', step: 1, text: hostile, ms: 3 },
    { type: 'observation', step: 1, text: '0) A | B', lines: [] },
    { type: 'stage', stage: 'verdict', prompt: [message], text: 'Yes', ms: 1 },
    { type: 'finished', outcome: outcome() },
  ];
  const records = [
    sampleRecord('right', 1),
    sampleRecord('right', 0, { epoch: 2 }),
    sampleRecord('hostile', 0, { question: hostile, outcome: outcome({ answer: hostile, verdict: 'No' }) }),
    sampleRecord('mute', 0, {
      outcome: outcome({ verdict: null, unparsed: true, stop: 'step-limit' }),
      status: 'limit',
    }),
    sampleRecord('failed', null, { error: hostile }),
    sampleRecord('open', 1, { score: null }),
  ];
  for (const record of records)
    store.finishSample(
      run.id,
      record,
      events.map((event) => ({ ts: 1, event })),
    );
  store.runs.end(run.id, 'done', null);
  store.attempts.end(run.id, attempt);
  return store.runs.get(run.id)!;
}

const whole = (pieces: Iterable<string>) => [...pieces].join('');

describe('a run as JSONL', () => {
  test('is one object a sample with everything that was said', () => {
    const lines = whole(jsonlOf(stored)).trimEnd().split('\n');
    const samples = lines.map((line) => exportedSampleSchema.parse(JSON.parse(line)));
    expect(samples.map(({ sample }) => sample.id)).toEqual([
      'right',
      'right',
      'hostile',
      'mute',
      'failed',
      'open',
    ]);
    expect(samples[2]).toMatchObject({ method: 'pathseeker', settings: { seed: 3 } });
    expect(samples[2]!.events).toHaveLength(6);
  });
});

describe('a run as CSV', () => {
  test('has a row a sample that reads back, with results in words', () => {
    const rows = parse(whole(csvOf(stored)), { columns: true }) as Record<string, string>[];
    expect(rows.map(({ result }) => result)).toEqual([
      'right',
      'wrong',
      'wrong',
      'unparsed',
      'failed',
      'unscored',
    ]);
    expect(rows[2]).toMatchObject({
      question: `'${wellFormed}`,
      answer: `'${wellFormed}`,
      score: '0',
      run_seed: '3',
    });
  });

  test('leaves no text that a spreadsheet would compute, and loses none', () => {
    const start = fc.constantFrom('', '=', '+', '-', '@', '\t', '\r', '\n', ' =', '\u0001@', '＝', '"=', "'");
    const text = fc.tuple(start, fc.string({ unit: 'binary' })).map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.array(text, { minLength: 2, maxLength: 5 }), (cells) => {
        const [read] = parse(`${cells.map(csvCell).join(',')}\r\n`, {
          skip_empty_lines: false,
        }) as string[][];
        for (const [i, cell] of read!.entries()) {
          expect([cells[i], `'${cells[i]}`]).toContain(cell);
          expect(cell).not.toMatch(/^[\s\p{Cc}]*[=+\-@＝＋－＠]/u);
          expect(cell).not.toMatch(/^[\t\r\n]/);
        }
      }),
    );
    expect(csvCell(-1.5)).toBe('-1.5');
    expect(csvCell(null)).toBe('');
  });
});

describe('a run as JUnit XML', () => {
  test('counts and marks what went wrong, and is well-formed whatever a model wrote', () => {
    const xml = whole(junitOf(stored));
    const seen: { name: string; attributes: Record<string, string> }[] = [];
    const parser = new SaxesParser();
    parser.on('error', (error) => {
      throw error;
    });
    parser.on('opentag', ({ name, attributes }) => seen.push({ name, attributes }));
    parser.write(xml).close();
    const counts = { tests: '6', failures: '3', errors: '1', skipped: '1' };
    expect(seen[0]).toMatchObject({ name: 'testsuites', attributes: counts });
    expect(seen[1]).toMatchObject({ name: 'testsuite', attributes: counts });
    const of = (name: string) => seen.filter((tag) => tag.name === name);
    expect([of('testcase'), of('failure'), of('error'), of('skipped')].map(({ length }) => length)).toEqual([
      6, 3, 1, 1,
    ]);
    expect(of('testcase').map(({ attributes }) => attributes.name)).toContain('right epoch 2');
    expect(of('failure').map(({ attributes }) => attributes.type)).toEqual(['wrong', 'wrong', 'unparsed']);
  });

  test('holds any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const parser = new SaxesParser();
        parser.on('error', (error) => {
          throw error;
        });
        parser.write(`<a b="${escapedXml(text)}">${escapedXml(text)}</a>`).close();
      }),
    );
  });
});

describe('a run as an Inspect log', () => {
  test('has what the reader requires', () => {
    const log = inspectLogSchema.parse(JSON.parse(whole(inspectOf(stored))));
    expect(log).toMatchObject({
      status: 'success',
      eval: { task: 'biomaze', model: 'a-model', config: { epochs: 2 } },
    });
    expect(log.results).toMatchObject({ total_samples: 6, completed_samples: 5 });
    expect(log.results.scores[0]!.metrics.accuracy!.value).toBeCloseTo(1 / 6);
    expect(log.samples[0]!.messages.map(({ role }) => role)).toEqual([
      'user',
      'assistant',
      'assistant',
      'user',
      'user',
      'assistant',
    ]);
    expect(log.samples[0]!.scores).toEqual({
      'biomaze-truefalse-1': expect.objectContaining({ value: 1, answer: 'Yes' }),
    });
    expect(log.samples[3]).toMatchObject({ limit: { type: 'turn', limit: 5 } });
    expect(log.samples[4]).toMatchObject({ error: { message: wellFormed } });
    expect(log.samples[4]!.scores).toBeUndefined();
  });

  test('of a run that has no sample yet is a whole log too', () => {
    const settings = { method: 'cot', model: 'm', seed: 0 };
    const run = store.runs.create({ task: 'biomaze', method: 'cot', settings, planned: 3 });
    const log = inspectLogSchema.parse(JSON.parse(whole(inspectOf(storedRun(store, run)))));
    expect(log).toMatchObject({ status: 'started', samples: [], results: { total_samples: 3, scores: [] } });
  });

  // A Python that has inspect_ai, the reader itself.
  const python = process.env.PATHACT_INSPECT_PYTHON;
  test.skipIf(!python)('opens in inspect_ai, headers alone and in full', () => {
    const folder = mkdtempSync(join(tmpdir(), 'pathact-inspect-'));
    const file = join(folder, inspectFileName(stored.run));
    writeFileSync(file, whole(inspectOf(stored)));
    const told = execFileSync(python!, ['-c', reader, file], { encoding: 'utf8' });
    expect(JSON.parse(told)).toEqual({
      status: 'success',
      header: { model: 'a-model', total: 6 },
      scores: [1, 0, 0, 0, null, null],
      first: ['right', 1, 'Yes', 6],
      errors: 1,
      listed: 1,
    });
    rmSync(folder, { recursive: true });
  });
});

const reader = `
import json, os, sys
from inspect_ai.log import list_eval_logs, read_eval_log
file = sys.argv[1]
log = read_eval_log(file)
header = read_eval_log(file, header_only=True)
score = lambda s: list(s.scores.values())[0].value if s.scores else None
first = log.samples[0]
print(json.dumps({
  "status": log.status,
  "header": {"model": header.eval.model, "total": header.results.total_samples},
  "scores": [score(s) for s in log.samples],
  "first": [first.id, first.epoch, list(first.scores.values())[0].answer, len(first.messages)],
  "errors": sum(1 for s in log.samples if s.error),
  "listed": len(list_eval_logs(os.path.dirname(file))),
}))
`;
