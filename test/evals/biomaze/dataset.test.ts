import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadDataset } from '../../../evals/biomaze/dataset.ts';
import { readParquet } from '../../../evals/biomaze/read-parquet.ts';
import { MalformedFileError, MissingError } from '../../../src/errors.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pathact-dataset-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const row = (n: number, more: Record<string, unknown> = {}) => ({
  ...{ question: `Does A${n} raise B?`, answer: n % 2 ? 'Yes' : 'No', abs_id: `${n}` },
  ...{ 'Inquiry Type': 'Normal Source', 'Extra Condition': 'natural condition' },
  ...{ 'Investigation Target': 'Function', biocategory: 'Metabolism', biosubcategory: 'Lipid metabolism' },
  ...more,
});
const three = [row(0), row(1), row(2)];

function jsonl(name: string, rows: readonly unknown[]): string {
  const file = join(folder, name);
  writeFileSync(file, rows.map((one) => JSON.stringify(one)).join('\n'));
  return file;
}

function csv(name: string, rows: readonly Record<string, unknown>[]): string {
  const file = join(folder, name);
  const names = Object.keys(rows[0]!);
  const cell = (value: unknown) => `"${String(value).replaceAll('"', '""')}"`;
  const lines = [names, ...rows.map((one) => names.map((key) => one[key]))].map((cells) =>
    cells.map(cell).join(','),
  );
  writeFileSync(file, `\uFEFF${lines.join('\r\n')}\r\n`);
  return file;
}

function parquet(name: string, rows: readonly Record<string, unknown>[]): string {
  const file = join(folder, name);
  const names = Object.keys(rows[0]!);
  const columnData = names.map((key) => ({
    name: key,
    data: rows.map((one) => one[key]),
    type: 'STRING' as const,
  }));
  writeFileSync(file, Buffer.from(parquetWriteBuffer({ columnData })));
  return file;
}

const failure = async (path: string, split: 'truefalse' | 'openended' = 'truefalse') => {
  return loadDataset(path, split).then(
    () => new MalformedFileError('it loaded'),
    (error: MalformedFileError) => error,
  );
};

describe('a question file', () => {
  test('reads alike from JSONL, CSV and parquet', async () => {
    const loaded = await Promise.all(
      [jsonl('a.jsonl', three), csv('b.csv', three), parquet('c.parquet', three)].map((file) =>
        loadDataset(file, 'truefalse'),
      ),
    );
    expect(loaded[0]!.questions).toHaveLength(3);
    expect(loaded[0]!.questions[1]).toMatchObject({
      ...{
        question: 'Does A1 raise B?',
        label: 'Yes',
        inquiry: 'normal',
        condition: 'natural',
        target: 'function',
      },
      ...{ abstract: '1', category: 'Metabolism', subcategory: 'Lipid metabolism', evidence: [] },
    });
    expect(loaded[1]!.questions).toEqual(loaded[0]!.questions);
    expect(loaded[2]!.questions).toEqual(loaded[0]!.questions);
    expect(new Set(loaded.map(({ hash }) => hash)).size).toBe(3);
  });

  test('gives a question without an id one that depends on its text alone', async () => {
    const [first] = (await loadDataset(jsonl('a.jsonl', three), 'truefalse')).questions;
    const [, , last] = (await loadDataset(jsonl('b.jsonl', three.toReversed()), 'truefalse')).questions;
    expect(first!.id).toMatch(/^[0-9a-f]{16}$/);
    expect(last!.id).toBe(first!.id);
  });

  test('keeps our own columns, evidence as a list however it is written', async () => {
    const ours = { id: 'q1', perturbation: 'loss of A', target: 'B', pair: 'p1' };
    const files = [
      jsonl('ours.jsonl', [row(0, { ...ours, evidence: ['A->B', 'B->C'] })]),
      csv('ours.csv', [row(0, { ...ours, evidence: 'A->B; B->C' })]),
      csv('ours2.csv', [row(0, { ...ours, evidence: '["A->B","B->C"]' })]),
    ];
    for (const file of files) {
      const [question] = (await loadDataset(file, 'truefalse')).questions;
      expect(question).toMatchObject({
        ...{ id: 'q1', perturbation: 'loss of A', asked: 'B', pair: 'p1', evidence: ['A->B', 'B->C'] },
      });
    }
  });

  test('of open-ended questions may hold any answer', async () => {
    const [question] = (await loadDataset(jsonl('o.jsonl', [row(0, { answer: 'It falls.' })]), 'openended'))
      .questions;
    expect(question).toMatchObject({ answer: 'It falls.', label: null });
  });
});

describe('a folder of question files', () => {
  test('is its files of one split, told apart by name or by a split column', async () => {
    const inner = mkdtempSync(join(folder, 'dir-'));
    const name = (file: string) => join(inner.slice(folder.length + 1), file);
    jsonl(name('TrueFalse-00000-of-00001.jsonl'), [row(0), row(1)]);
    jsonl(name('Openended.jsonl'), [row(7, { answer: 'It rises.' })]);
    jsonl(name('mixed.jsonl'), [
      row(3, { split: 'TrueFalse' }),
      row(4, { answer: 'Up.', split: 'Openended' }),
    ]);
    writeFileSync(join(inner, 'README.md'), '# ours');
    const judged = await loadDataset(inner, 'truefalse');
    expect(judged.questions.map(({ question }) => question)).toEqual(
      [0, 1, 3].map((n) => `Does A${n} raise B?`),
    );
    expect((await loadDataset(inner, 'openended')).questions).toHaveLength(2);
  });

  test('without a question file is an error', async () => {
    const inner = mkdtempSync(join(folder, 'empty-'));
    expect((await failure(inner)).message).toMatch(/holds no truefalse question/);
  });
});

describe('a bad question file is one clear error with file and row:', () => {
  const { answer: _, ...withoutAnswer } = row(1);
  const { 'Inquiry Type': __, ...withoutInquiry } = row(1);
  const cases: [what: string, rows: Record<string, unknown>[], message: string][] = [
    ['no answer column', [row(0), withoutAnswer], 'line 2: column "answer" is missing'],
    ['no category column', [withoutInquiry], 'line 1: column "Inquiry Type" is missing'],
    ['an unknown category', [row(0, { 'Extra Condition': 'Odd' })], 'line 1: Extra Condition is "Odd"'],
    [
      'a label that is neither',
      [row(0), row(1), row(2, { answer: 'maybe' })],
      'line 3: the answer is "maybe"',
    ],
    ['an empty question', [row(0, { question: ' ' })], 'line 1: column "question" is empty'],
    ['an object for a text', [row(0, { question: {} })], 'line 1: column "question" is not a text'],
    [
      'the same question twice',
      [row(0), row(1), row(0)],
      'line 3: the same question as in bad.jsonl, line 1',
    ],
    [
      'the same id twice',
      [row(0, { id: 'x' }), row(1, { id: 'x' })],
      'line 2: the same id as in bad.jsonl, line 1',
    ],
  ];
  test.each(cases)('%s', async (_what, rows, message) => {
    const error = await failure(jsonl('bad.jsonl', rows));
    expect(error).toBeInstanceOf(MalformedFileError);
    expect(error.message).toContain(message);
    expect(error.message).not.toContain('\n');
  });

  test('a line that is not JSON', async () => {
    const file = join(folder, 'broken.jsonl');
    writeFileSync(file, `${JSON.stringify(row(0))}\n{"question": `);
    expect((await failure(file)).message).toBe('broken.jsonl, line 2: this is not JSON');
  });

  test('an empty file', async () => {
    const file = join(folder, 'empty.csv');
    writeFileSync(file, '');
    expect((await failure(file)).message).toMatch(/empty.csv holds no question/);
  });

  test('CSV with a ragged row or an open quote', async () => {
    const file = join(folder, 'ragged.csv');
    writeFileSync(file, 'question,answer\n"a,b\nc');
    expect((await failure(file)).message).toMatch(/^ragged.csv cannot be read as CSV: /);
    writeFileSync(file, 'question,answer\na,b,c,d\n');
    expect((await failure(file)).message).toMatch(/^ragged.csv cannot be read as CSV: /);
  });

  test('another kind of file, or none', async () => {
    expect(await failure(join(folder, 'questions.xlsx'))).toBeInstanceOf(MissingError);
    writeFileSync(join(folder, 'questions.xlsx'), 'PK');
    expect((await failure(join(folder, 'questions.xlsx'))).hint).toContain('.parquet');
  });
});

describe('a parquet file that is damaged or made to harm', () => {
  test('is an error when it was cut short anywhere', async () => {
    const whole = parquet('whole.parquet', three);
    const size = readFileSync(whole).length;
    for (const kept of [0, 3, 8, Math.floor(size / 2), size - 5, size - 1]) {
      const file = parquet('cut.parquet', three);
      truncateSync(file, kept);
      expect(await failure(file)).toBeInstanceOf(MalformedFileError);
    }
  });

  test('never hangs and never throws anything else, whatever bytes are flipped', async () => {
    const original = readFileSync(parquet('fuzz.parquet', three));
    const flips = fc.array(fc.record({ at: fc.nat(original.length - 1), to: fc.nat(255) }), {
      minLength: 1,
      maxLength: 8,
    });
    await fc.assert(
      fc.asyncProperty(flips, async (changes) => {
        const bytes = Buffer.from(original);
        for (const { at, to } of changes) bytes[at] = to;
        const file = join(folder, 'fuzzed.parquet');
        writeFileSync(file, bytes);
        const outcome = await readParquet(file, ['question', 'answer'], 2000).catch(
          (error: unknown) => error,
        );
        expect(Array.isArray(outcome) || outcome instanceof MalformedFileError).toBe(true);
      }),
      { numRuns: 60 },
    );
  }, 180_000);

  test('is given up when its decoder does not come back', async () => {
    const file = parquet('slow.parquet', three);
    const error = await readParquet(file, ['question'], 0).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(MalformedFileError);
    expect((error as Error).message).toContain('took longer than 0 s');
  });
});
