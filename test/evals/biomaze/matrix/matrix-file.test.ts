import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readMatrix } from '../../../../evals/biomaze/matrix/matrix-file.ts';
import { MissingError, UsageError } from '../../../../src/errors.ts';

function file(text: string, name = 'matrix.yaml'): string {
  const folder = mkdtempSync(join(tmpdir(), 'pathact-matrix-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

const whole = `
data: questions.jsonl   # ours
methods: [pathseeker, cot, {method: cot, shots: 2}, {method: vanilla, label: bare}]
models:
  - small
  - {model: large, baseUrl: 'http://127.0.0.1:1/v1', apiKeyVariable: LARGE_KEY, label: the large one}
seeds: [0, 1]
limit: 24
maxSteps: 3
`;

describe('a matrix file', () => {
  test('names methods, models and seeds; a name alone will do', () => {
    const matrix = readMatrix(file(whole));
    expect(matrix.methods.map(({ label, shots }) => [label, shots])).toEqual([
      ['pathseeker', 0],
      ['cot 0-shot', 0],
      ['cot 2-shot', 2],
      ['bare', 0],
    ]);
    expect(matrix.models).toMatchObject([
      { model: 'small', label: 'small' },
      { label: 'the large one', apiKeyVariable: 'LARGE_KEY' },
    ]);
    expect(matrix).toMatchObject({ data: 'questions.jsonl', seeds: [0, 1], limit: 24, maxSteps: 3 });
  });

  test('a method says what it goes without, and whether its turns are constrained', () => {
    const methods =
      'methods: [{method: pathseeker, without: [dfs-order, local-search]}, {method: pathseeker, constrained: true}]';
    expect(readMatrix(file(methods)).methods).toMatchObject([
      { label: 'pathseeker without dfs-order, local-search', without: ['dfs-order', 'local-search'] },
      { label: 'pathseeker constrained', constrained: true, without: [] },
    ]);
  });

  test('is the same as JSON', () => {
    const json = JSON.stringify({ methods: ['cot'], seeds: [4] });
    expect(readMatrix(file(json, 'matrix.json'))).toEqual(readMatrix(file('methods: [cot]\nseeds: [4]')));
  });

  test.each([
    ['methods: [cot, magic]', 'methods[1].method: '],
    ['methods: [{method: cot, shots: 3}]', 'methods[0].shots: It is 0 or 2.'],
    ['methods: [{method: cot, constrained: true}]', 'methods[0]: constrained and without are for pathseeker'],
    ['methods: [{method: pathseeker, without: [brain]}]', 'methods[0].without[0]: '],
    ['methods: []', 'methods: '],
    ['seeds: [1]', 'methods: '],
    ['methods: [cot]\nseeds: [-1]', 'seeds[0]: '],
    ['methods: [cot]\nmodels: [{model: m, baseUrl: nowhere}]', 'models[0].baseUrl: '],
    ['methods: [cot]\nlimt: 5', 'limt'],
    ['methods: [cot, cot]', 'methods[1]: "cot 0-shot" is methods[0] already'],
    ['methods: [cot]\nmodels: [m, m]', 'models[1]: "m" is models[0] already'],
    ['methods: [cot]\nseeds: [1, 1]', 'seeds: one of them occurs twice'],
    ['methods: [cot', 'line 1'],
    ['just words', 'the file: '],
    ['', 'the file: '],
  ])('that is wrong says where: %j', (text, place) => {
    expect(() => readMatrix(file(text))).toThrow(UsageError);
    expect(() => readMatrix(file(text))).toThrow(
      expect.objectContaining({ message: expect.stringContaining(place) }),
    );
  });

  test('with many faults names five and counts the rest', () => {
    const text = `methods: [${Array.from({ length: 9 }, (_, i) => `no${i}`).join(', ')}]`;
    expect(() => readMatrix(file(text))).toThrow(/methods\[4\].*and 4 more/);
  });

  test('that is not there is missing', () => {
    expect(() => readMatrix('/nowhere/matrix.yaml')).toThrow(MissingError);
  });
});
