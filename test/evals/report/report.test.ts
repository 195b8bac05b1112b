import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { html } from '../../../evals/report/html.ts';
import { reportPage, writeReport } from '../../../evals/report/report.ts';
import type { AnswerOutcome, EvidenceLine, RunEvent } from '../../../src/run.ts';
import type { RunRecord } from '../../../src/store/runs.ts';
import type { SampleRecord } from '../../../src/store/samples.ts';
import { openStore, type Store } from '../../../src/store/store.ts';

const hostile = `"><script>alert(1)</script><img src=x onerror=alert(2)>' & \u001b[31mred\u0007 </pre></details>`;

let store: Store;
beforeEach(() => {
  store = openStore(':memory:');
});

function line(n: number, head: string, tail: string, sign: EvidenceLine['sign'] = '+'): EvidenceLine {
  const text = `${head}: ${head} | ${tail}: ${tail} | PPrel activation | a process`;
  return { line: n, text, edge: `${head}->${tail}`, head, tail, sign, sources: ['textbook'] };
}

function outcome(more: Partial<AnswerOutcome> = {}): AnswerOutcome {
  const flags = { stop: 'done', verdict: 'Yes', unparsed: false, uncertain: false, connected: true } as const;
  return { kind: 'answer', answer: 'an answer', ...flags, steps: 2, evidence: [], ...more };
}

function addRun(
  method: string,
  samples: Partial<SampleRecord>[],
  words = 'plain words',
  events: RunEvent[] = [],
): RunRecord {
  const settings = { method, model: words, seed: 0, split: 'truefalse' };
  const run = store.runs.create({ task: 'biomaze', method, settings, planned: samples.length });
  store.attempts.begin(run.id, { endpoint: words, smokeScale: true });
  for (const [i, sample] of samples.entries()) {
    const labels = { answer: i % 2 ? 'No' : 'Yes', label: i % 2 ? 'No' : 'Yes' };
    const categories = { inquiry: 'normal', condition: 'natural', target: 'single' };
    const input = { id: `q${i}`, question: `${words} ${i}?`, ...labels, ...categories, evidence: [] };
    const cost = {
      modelCalls: 2,
      promptTokens: 1,
      cachedTokens: 0,
      completionTokens: 1,
      ms: 10,
      endedAt: 0,
      seed: 1,
    };
    const row = {
      id: `q${i}`,
      epoch: 1,
      status: 'success',
      score: 1,
      scorer: 's',
      input,
      error: null,
    } as const;
    const record = { ...row, ...cost, outcome: outcome(), ...sample };
    store.finishSample(
      run.id,
      record,
      events.map((event) => ({ ts: 1, event })),
    );
  }
  store.runs.end(run.id, 'done', null);
  return store.runs.get(run.id)!;
}

const pageOf = (...runs: RunRecord[]) => [...reportPage(store, runs)].join('');
const tagsOf = (page: string) =>
  new Set([...page.matchAll(/<([a-z!/][^\s>]*)/gi)].map(([, name]) => name!.replace('/', '')));

describe('the report', () => {
  test('shows scores, samples, evidence, transcript and provenance', () => {
    const events: RunEvent[] = [
      { type: 'resolved', names: [{ text: 'PTEN', node: 'PTEN', name: 'PTEN' }] },
      { type: 'opening', messages: [{ role: 'user', content: 'the instructions' }] },
      { type: 'reply', step: 1, text: 'search_global(["PTEN"])', ms: 3 },
      { type: 'observation', step: 1, text: '0) PTEN | PIP3', lines: [] },
      { type: 'finished', outcome: outcome() },
    ];
    const evidence = [line(0, 'PTEN', 'PIP3', '-'), line(1, 'PIP3', 'AKT')];
    const page = pageOf(
      addRun('pathseeker', [{ outcome: outcome({ evidence }) }, { score: 0 }], 'my-model', events),
    );
    for (const words of ['50.0 %', 'my-model', 'search_global', '0) PTEN | PIP3', 'below one billion']) {
      expect(page).toContain(words);
    }
    const alt = /alt="(Evidence subgraph[^"]*)"/.exec(page)?.[1];
    expect(alt).toBe('Evidence subgraph. PTEN lowers PIP3; PIP3 raises AKT.');
    const svg = Buffer.from(/src="data:image\/svg\+xml;base64,([^"]+)"/.exec(page)![1]!, 'base64').toString();
    expect(svg).toMatch(/^<svg.*PTEN.*<\/svg>$/s);
  });

  test('escapes whatever a model, a graph, a question file or an endpoint said', () => {
    const events: RunEvent[] = [
      { type: 'resolved', names: [{ text: hostile, node: hostile, name: hostile }] },
      { type: 'opening', messages: [{ role: 'user', content: hostile }] },
      { type: 'given-move', step: 0, text: hostile },
      { type: 'reply', step: 1, text: hostile, ms: 3 },
      { type: 'observation', step: 1, text: hostile, lines: [] },
      { type: 'stage', stage: 'verdict', prompt: [{ role: 'user', content: hostile }], text: hostile, ms: 1 },
    ];
    const evidence = [line(0, hostile, 'B'), line(1, 'B', `${hostile}->`)];
    const samples: Partial<SampleRecord>[] = [
      { outcome: outcome({ answer: hostile, evidence }) },
      { status: 'error', score: null, outcome: null, error: hostile },
    ];
    const page = pageOf(addRun('cot', samples, hostile, events));
    const clean = pageOf(
      addRun(
        'cot',
        [
          { outcome: outcome({ evidence: [line(0, 'A', 'B')] }) },
          { status: 'error', score: null, outcome: null, error: 'x' },
        ],
        'words',
        events.map(harmless),
      ),
    );
    expect(tagsOf(page)).toEqual(tagsOf(clean));
    expect(page.match(/<script/g)).toHaveLength(1);
    const withoutValues = page.replaceAll(/="[^"]*"/g, '');
    expect(withoutValues).not.toMatch(/<[^>]*\sonerror/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they must not be there
    expect(page).not.toMatch(/[\u0000-\u0008\u001b]/);
  });

  test('loads nothing and allows no script but its own', () => {
    const page = pageOf(addRun('cot', [{}]));
    expect(page).toMatch(
      /http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;;[^"]*script-src &#39;sha256-/,
    );
    expect(page).not.toMatch(/(?:src|href)="(?!data:|#)/);
    expect(page).not.toMatch(/@import|url\(/);
  });

  test('puts two runs side by side with their paired difference', () => {
    const first = addRun('pathseeker', [{ score: 1 }, { score: 1 }, { score: 0 }, { score: 1 }]);
    const second = addRun('cot', [{ score: 1 }, { score: 0 }, { score: 0 }]);
    const page = pageOf(first, second);
    expect(page).toContain('BioMaze: pathseeker and cot');
    expect(page).toContain('Paired difference');
    expect(page).toContain('−33.3');
    expect(page.match(/<details class="sample"/g)).toHaveLength(4);
    expect(page).toContain('cot: not asked');
  });

  test('tells runs of one method apart by their model, and those of one model by their id', () => {
    const runs = [addRun('cot', [{}], 'm1'), addRun('cot', [{}], 'm2')];
    expect(pageOf(...runs)).toContain('<title>BioMaze: cot m1 and cot m2</title>');
    const twins = [addRun('cot', [{}], 'm1'), addRun('cot', [{}], 'm1')];
    expect(pageOf(...twins)).toContain(`cot ${twins[0]!.id}`);
  });

  test('of a run without a sample, or of open questions, is a page too', () => {
    expect(pageOf(addRun('cot', []))).toContain('no scored samples');
    expect([...reportPage(store, [addRun('cot', [])])].length).toBeGreaterThan(3);
  });

  test('is written as a whole or not at all', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'pathact-report-'));
    const run = addRun('cot', [{}, {}]);
    await writeReport(store, [run], join(folder, 'new/report.html'));
    expect(readFileSync(join(folder, 'new/report.html'), 'utf8')).toMatch(/^<!doctype html>.*<\/html>\n$/s);
    await expect(writeReport(store, [run], join(folder, 'b.html'), AbortSignal.abort())).rejects.toThrow();
    expect(existsSync(join(folder, 'b.html'))).toBe(false);
    rmSync(folder, { recursive: true });
  });
});

test('no text put into a page makes markup', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const page = html`<p title="${text}">${text}</p>`.text;
      expect(page.replace(/^<p title="[^"<>]*">[^<>]*<\/p>$/su, '')).toBe('');
    }),
  );
});

function harmless(event: RunEvent): RunEvent {
  return JSON.parse(
    JSON.stringify(event).replaceAll(JSON.stringify(hostile).slice(1, -1), 'words'),
  ) as RunEvent;
}
