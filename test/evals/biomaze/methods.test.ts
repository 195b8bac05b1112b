import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Dataset, loadDataset } from '../../../evals/biomaze/dataset.ts';
import { type MethodName, methodNames, needsModel, prepareMethod } from '../../../evals/biomaze/methods.ts';
import { type Summary, summarySchema } from '../../../evals/biomaze/summary.ts';
import { type BioMazeOptions, bioMazeTask } from '../../../evals/biomaze/task.ts';
import { runTask } from '../../../evals/harness/runner.ts';
import { loadGraph } from '../../../graphs/load.ts';
import { createSearch, type PathwaySearch } from '../../../graphs/search.ts';
import { navigationText, scoreText } from '../../../src/cli/score-text.ts';
import { openAiChatModel } from '../../../src/model/openai-chat-model.ts';
import type { SampleRecord } from '../../../src/store/samples.ts';
import { openStore } from '../../../src/store/store.ts';
import { evidenceOracle, oracleRows } from '../../helpers/evidence-oracle.ts';
import { type ScriptedEndpoint, type Speaker, scriptedEndpoint } from '../../helpers/scripted-endpoint.ts';

const folder = (name: string) => fileURLToPath(new URL(`../../../data/${name}/`, import.meta.url));
const signal = new AbortController().signal;

let dataset: Dataset;
let search: PathwaySearch;
let oracle: Speaker;
let endpoint: ScriptedEndpoint | undefined;
beforeAll(async () => {
  dataset = await loadDataset(folder('biomaze-mini'), 'truefalse');
  search = createSearch(await loadGraph(folder('pathways')));
  oracle = evidenceOracle(oracleRows(dataset.questions));
});
afterEach(() => endpoint?.close());

interface Ran {
  summary: Summary;
  samples: SampleRecord[];
  settings: Record<string, unknown>;
}

/** Runs a method over the wire into a store in memory. */
async function run(options: Partial<BioMazeOptions>, speak: Speaker = oracle): Promise<Ran> {
  endpoint = await scriptedEndpoint(speak);
  const model = openAiChatModel({ baseUrl: endpoint.baseUrl, name: 'scripted' });
  const facts = { dataset, split: 'truefalse', model, modelHash: undefined, search, epochs: 1 } as const;
  const task = await bioMazeTask(
    { method: 'pathseeker', shots: 0, compat: false, seed: 0, maxSteps: 20, ...facts, ...options },
    signal,
  );
  const store = openStore(':memory:');
  try {
    const { run, status } = await runTask(task, { store, concurrency: 4, signal, environment: {} });
    expect(status).toBe('done');
    const samples = [...store.samples.list(run.id)];
    return { summary: summarySchema.parse(run.summary), samples, settings: run.settings };
  } finally {
    store.close();
  }
}

describe('on an oracle that walks along the evidence and reads the signs it is shown', () => {
  test('PathSeeker is right on every row, and every row has evidence', { timeout: 120_000 }, async () => {
    expect(dataset.questions.filter(({ evidence }) => evidence.length === 0)).toEqual([]);
    const { summary, samples } = await run({});
    expect(samples.filter(({ score }) => score !== 1).map(({ id }) => id)).toEqual([]);
    expect(summary).toMatchObject({ n: 144, errors: 0, unparsed: 0, accuracy: 1, balanced: 1 });
    expect(summary.navigation).toMatchObject({ invalid: 0, constrained: false });
  });

  test('a graph whose signs are turned turns its answers: it does not know the labels', {
    timeout: 120_000,
  }, async () => {
    const turned = (text: string) =>
      text.replace(/\b(activation|inhibition|expression|repression)\b/g, (word) =>
        /^(activation|expression)$/.test(word) ? 'inhibition' : 'activation',
      );
    const lying: Speaker = (messages, body) =>
      oracle(
        messages.map((message) => ({ ...message, content: turned(message.content) })),
        body,
      );
    const odd = new Set(
      dataset.questions
        .filter(({ evidence, target }) => target !== 'interaction' && evidence.length === 1)
        .map(({ id }) => id),
    );
    const { samples } = await run({ sampleIds: [...odd] }, lying);
    expect(samples.map(({ score }) => score)).toEqual([...odd].map(() => 0));
  });

  test.each(methodNames.filter((name) => name !== 'pathseeker' && needsModel(name)))(
    '%s runs end to end, gives a table, and never answers what it was not shown',
    { timeout: 120_000 },
    async (method) => {
      const { summary, samples } = await run({ method, limit: 24 });
      expect(summary).toMatchObject({ n: 24, errors: 0, navigation: null });
      const [, all] = scoreText(summary);
      expect(all).toMatch(/^all +24 +12 +12 +\d/);
      for (const { score, outcome } of samples) expect(score === 1 || outcome?.unparsed).toBe(true);
    },
  );

  test.each([
    ['cot', 0],
    ['vanilla', 0],
    ['rag', 0],
    ['g-retriever', 0.5],
    ['full-context', 0.4],
    ['cok', 0.7],
    ['tog', 0.8],
  ] as [MethodName, number][])(
    '%s is right on at least this share: %d',
    { timeout: 120_000 },
    async (method, share) => {
      const { summary } = await run({ method, limit: 48 });
      if (share === 0) expect(summary.accuracy).toBe(0);
      else expect(summary.accuracy).toBeGreaterThanOrEqual(share);
    },
  );

  test('turns under a schema: each reply is valid, and PathSeeker is as right as without', {
    timeout: 120_000,
  }, async () => {
    const ajv = new Ajv2020({ strict: false });
    let turns = 0;
    const checking: Speaker = (messages, body) => {
      const reply = oracle(messages, body);
      const format = body.response_format as { json_schema: { schema: object } } | undefined;
      if (format) {
        turns++;
        const validate = ajv.compile(format.json_schema.schema);
        expect(validate(JSON.parse(String(reply))), ajv.errorsText(validate.errors)).toBe(true);
      }
      return reply;
    };
    const { summary, settings } = await run({ constrained: true, limit: 48 }, checking);
    expect(summary).toMatchObject({ accuracy: 1, navigation: { turns, invalid: 0, constrained: true } });
    expect(settings).toMatchObject({ constrained: true, without: [] });
    expect(navigationText(summary)[0]).toContain('under a schema of the legal ones');
  });

  test.each(['remove-seen', 'dfs-order', 'local-search', 'final-reasoner'] as const)(
    'PathSeeker without %s still runs, and says that it was left out',
    { timeout: 120_000 },
    async (part) => {
      const { summary, settings } = await run({ without: [part], limit: 24 });
      expect(summary).toMatchObject({ n: 24, errors: 0 });
      expect(summary.accuracy).toBeGreaterThanOrEqual(0.8);
      expect(settings.without).toEqual([part]);
    },
  );

  test('what decides the answers is recorded with the run', async () => {
    const recorded = async (method: MethodName) => (await run({ method, limit: 1 })).settings;
    expect(await recorded('tog')).toMatchObject({ depth: 6, topicEntities: 16, graph: 'pathways' });
    expect(await recorded('cok')).toMatchObject({ maxPieces: 3, shots: 2, targetSize: 16 });
    expect(await recorded('rag')).toMatchObject({ passages: 8 });
    expect(await recorded('full-context')).toMatchObject({
      contextRule: expect.stringContaining('cut at the end'),
    });
    expect(await recorded('cot')).not.toHaveProperty('graph');
  });
});

test.each([
  [{ method: 'cot', constrained: true }, 'for pathseeker'],
  [{ method: 'tog', without: ['dfs-order'] }, 'for pathseeker'],
  [{ method: 'pathseeker', compat: true, constrained: true }, 'exclude each other'],
] as const)('%j is refused', (options, message) => {
  expect(() => prepareMethod({ shots: 0, compat: false, search, ...options })).toThrow(message);
});
