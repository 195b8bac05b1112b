import { beforeEach, describe, expect, test } from 'vitest';
import { paperTable, tableNotes } from '../../../../evals/biomaze/matrix/paper-table.ts';
import { paperColumns, publishedRows } from '../../../../evals/biomaze/matrix/published.ts';
import { type MatrixCell, matrixResults } from '../../../../evals/biomaze/matrix/results.ts';
import { openEndedScorer } from '../../../../evals/biomaze/scorers.ts';
import { matrixPage } from '../../../../evals/report/matrix-report.ts';
import { matrixText } from '../../../../src/cli/matrix-text.ts';
import { openStore, type Store } from '../../../../src/store/store.ts';
import { sampleRecord } from '../../helpers/sample-records.ts';

let store: Store;
beforeEach(() => {
  store = openStore(':memory:');
});

const methods = (['pathseeker', 'cot', 'vanilla'] as const).map((method) => ({
  ...({ method, label: method, shots: 0, compat: false, constrained: false, without: [] } as const),
}));

/** A cell whose answer to question i has the score `scoreOf(i)`. */
function cell(
  method: string,
  seed: number,
  scoreOf: (i: number) => number,
  more: Partial<MatrixCell> = {},
): MatrixCell {
  const n = 24;
  const run = store.runs.create({ task: 'biomaze', method, settings: { seed }, planned: n });
  for (let i = 0; i < n; i++) {
    const record = sampleRecord(`q${i}`, scoreOf(i), { label: i % 2 ? 'Yes' : 'No' });
    const categories = {
      inquiry: i % 4 < 2 ? 'normal' : 'perturbed',
      condition: i % 8 < 4 ? 'natural' : 'intervened',
      target: ['single', 'interaction', 'function'][Math.floor(i / 8)]!,
    };
    const input = { ...(record.input as object), ...categories };
    store.finishSample(run.id, { ...record, input }, []);
  }
  store.runs.end(run.id, 'done', null);
  return { run: run.id, method, model: 'm', seed, status: 'done', n, planned: n, ...more };
}

describe('the published figures', () => {
  const asked = ['vanilla', 'cot', 'tog', 'cok', 'g-retriever', 'pathseeker'].flatMap((method) =>
    ([0, 2] as const).map((shots) => ({ method, shots })),
  );

  // As the specification derives them from Tables 2 and 3 (§6.2): 0-shot before 2-shot.
  test.each([
    ['truefalse', 'GPT-3.5', [56.1, 58.0, 60.8, 60.3, 54.9, 57.1, 61.5, 63.8]],
    ['truefalse', 'LLaMA3.1-8B', [56.3, 57.5, 58.4, 59.9, 57.0, 57.1, 60.4, 61.8]],
    ['openended', 'GPT-3.5', [63.6, 62.0, 62.5, 61.5, 63.2, 65.8]],
    ['openended', 'LLaMA3.1-8B', [59.8, 53.5, 50.7, 57.7, 52.4, 61.2]],
  ] as const)('of %s, %s give the overall scores that the rows add up to', (split, backbone, overall) => {
    const rows = publishedRows(split, asked).filter((row) => row.backbone === backbone);
    expect(rows.map(({ derivedAll }) => Math.round(1000 * derivedAll) / 10)).toEqual(overall);
    for (const { values } of rows) expect(Object.keys(values)).toEqual([...paperColumns]);
  });

  test('are those of the methods in the matrix, the ones that do not add up marked', () => {
    const rows = publishedRows('truefalse', [
      { method: 'cot', shots: 2 },
      { method: 'pathseeker', shots: 0 },
    ]);
    expect(rows.map(({ method, shots }) => `${method} ${shots}`)).toEqual([
      'cot 2',
      'pathseeker null',
      'cot 2',
      'pathseeker null',
    ]);
    expect(rows.map(({ doubtful }) => doubtful)).toEqual([[], ['natural'], [], []]);
  });
});

describe('the results of a matrix', () => {
  const better = (i: number) => (i % 6 ? 1 : 0);
  const worse = (i: number) => (i % 2 ? 1 : 0);

  test('have a row a method, seeds together, and every pair of methods with corrected p-values', () => {
    const cells = [0, 1].flatMap((seed) => [
      cell('pathseeker', seed, better),
      cell('cot', seed, worse),
      cell('vanilla', seed, worse),
    ]);
    const { rows, comparisons } = matrixResults(store, cells, methods, 'truefalse');
    expect(rows.map(({ method, seeds, slices }) => [method, seeds, slices[0]!.n, slices.length])).toEqual([
      ['pathseeker', [0, 1], 48, 20],
      ['cot', [0, 1], 48, 20],
      ['vanilla', [0, 1], 48, 20],
    ]);
    expect(rows[0]).toMatchObject({ deviation: 0, unscored: 0, contamination: { questions: 24, near: [] } });
    expect(comparisons.map(({ first, second, n, questions }) => [first, second, n, questions])).toEqual([
      ['pathseeker', 'cot', 48, 24],
      ['pathseeker', 'vanilla', 48, 24],
      ['cot', 'vanilla', 48, 24],
    ]);
    const [one, two, same] = comparisons;
    // Eight questions only pathseeker gets right: 2 · 0.5⁸, three times that after correction.
    expect(one!.p).toBeCloseTo(0.0078125, 6);
    expect(one!.pHolm).toBeCloseTo(3 * 0.0078125, 6);
    expect(two!.pHolm).toBeCloseTo(3 * 0.0078125, 6);
    expect(same).toMatchObject({ p: 1, pHolm: 1, accuracy: 0 });
    expect(same!.accuracyInterval!.high).toBeGreaterThan(0.1);
  });

  test('of methods without a common seed hold no test', () => {
    const cells = [cell('pathseeker', 0, better), cell('cot', 1, better)];
    expect(matrixResults(store, cells, methods, 'truefalse').comparisons).toMatchObject([
      { n: 0, p: null, pHolm: null },
    ]);
  });

  test('make the table of the paper, its own figures below and marked', () => {
    const cells = [cell('pathseeker', 0, better), cell('cot', 0, worse)];
    const results = matrixResults(store, cells, methods, 'truefalse');
    const { header, rows } = paperTable(results);
    expect(header.slice(0, 10)).toEqual(['method', ...paperColumns, 'all', 'plain']);
    expect(rows.slice(0, 4).map(({ kind, cells: [first] }) => [kind, first])).toEqual([
      ['model', 'm'],
      ['own', 'pathseeker'],
      ['own', 'cot'],
      ['counts', '  n (Yes+No)'],
    ]);
    expect(rows[1]!.cells[8]).toMatch(/^83\.3 \(\d+\.\d–\d+\.\d\)$/);
    expect(rows[3]!.cells[8]).toBe('24 (12+12)');
    expect(rows.filter(({ kind }) => kind === 'published')).toHaveLength(6);
    expect(rows.find(({ cells: [first] }) => first?.includes('published'))?.cells[0]).toContain('GPT-3.5');
    expect(tableNotes(results).join('\n')).toContain('misprint');
    const text = matrixText(results).join('\n');
    for (const words of ['57.48 ?', '63.8 *', 'Holm', 'cot above pathseeker']) expect(text).toContain(words);
  });

  test('of open questions that nothing has judged say so instead of a score', () => {
    const run = store.runs.create({ task: 'biomaze', method: 'cot', settings: {}, planned: 1 });
    const record = sampleRecord('o1', 1, { score: null, scorer: openEndedScorer });
    store.finishSample(run.id, { ...record, input: { ...(record.input as object), label: null } }, []);
    const open = {
      run: run.id,
      method: 'cot',
      model: 'm',
      seed: 0,
      status: 'done',
      n: 1,
      planned: 1,
    } as const;
    const results = matrixResults(store, [open], methods, 'openended');
    expect(matrixText(results).join('\n')).toContain('cot: 1 answers without a score');
    expect(results.published.every(({ method }) => method !== 'vanilla')).toBe(true);
  });

  test('are one page without a script, whatever a model is called', () => {
    const hostile = `"><script>alert(1)</script>`;
    const cells = [
      cell('pathseeker', 0, better, { model: hostile }),
      cell('cot', 0, worse, { model: hostile, method: hostile }),
    ];
    const results = matrixResults(store, cells, methods, 'truefalse');
    const page = [...matrixPage({ results, title: hostile, facts: [hostile], smokeScale: true })].join('');
    expect(page).toMatch(/^<!doctype html>.*<\/html>\n$/s);
    expect(page).not.toContain('<script');
    expect(page).toContain('Paired tests between methods');
    expect(page.match(/<circle/g)).toHaveLength(2);
    expect(page).toContain('(published)');
    expect(page).toContain('below one billion');
  });
});
