import { beforeAll, expect, test } from 'vitest';
import { fullContextAgent, processTable } from '../../agents/baselines/full-context/full-context.ts';
import { gRetrieverAgent } from '../../agents/baselines/g-retriever/g-retriever.ts';
import { entryTexts, ragAgent } from '../../agents/baselines/rag/rag.ts';
import { runStaged, type StagedAgent } from '../../agents/loop.ts';
import type { Question } from '../../agents/question.ts';
import { loadGraph } from '../../graphs/load.ts';
import { createSearch, type PathwaySearch } from '../../graphs/search.ts';
import { eventsOf, outcomeIn } from '../helpers/run-events.ts';
import { type Line, type ScriptOptions, scriptedModel } from '../helpers/scripted-model.ts';
import { writeToyGraph } from '../helpers/toy-graph.ts';

let search: PathwaySearch;
beforeAll(async () => {
  search = createSearch(await loadGraph(writeToyGraph()));
});

const judge: Question = { text: 'Does the alpha kinase ALFK1 raise the gamma receptor GAMR?', kind: 'judge' };

async function ask(agent: StagedAgent, lines: readonly Line[], script: ScriptOptions = {}) {
  const model = scriptedModel(lines, script);
  const signal = new AbortController().signal;
  const events = await eventsOf(runStaged(agent, { model, seed: 1, signal }));
  return {
    outcome: outcomeIn(events),
    prompt: model.asked[0]?.messages.at(-1)?.content ?? '',
    asked: model.asked,
  };
}

test('G-Retriever answers from one subgraph told as text, without a second thought', async () => {
  const { outcome, prompt, asked } = await ask(gRetrieverAgent(judge, search), ['It is unclear.', 'No']);
  expect(prompt).toMatch(/Pathway lines:\n0\) 101: alpha kinase one/);
  expect(asked).toHaveLength(2);
  expect(outcome).toMatchObject({ verdict: 'No', uncertain: true, connected: true, steps: 1 });
  expect(outcome.evidence.length).toBeGreaterThanOrEqual(2);
});

test('text retrieval shows entries of the corpus, genes and processes, and no edge', async () => {
  const agent = ragAgent(judge, { search, texts: entryTexts(search) });
  const { outcome, prompt } = await ask(agent, ['GAMR rises. The answer is Yes.']);
  expect(prompt).toMatch(/Passages:\n\[1\] \S+\n/);
  expect(prompt).toContain('NAME: Toy signaling pathway');
  expect(prompt).not.toContain(' | ');
  expect(outcome).toMatchObject({ verdict: 'Yes', evidence: [], connected: null });
});

test('text retrieval drops the passages that are least alike where the context is small', async () => {
  const agent = ragAgent(judge, { search, texts: entryTexts(search) });
  const passages = async (contextLength: number) => {
    const { prompt } = await ask(agent, ['The answer is Yes.'], {
      served: { contextLength, parameters: 135e6 },
    });
    return prompt.match(/^\[\d+\] /gm)?.length ?? 0;
  };
  expect(await passages(640)).toBeLessThan(await passages(8192));
});

test('the whole process holds every edge of it, and the one that holds most named entities comes first', () => {
  const processes = processTable(search);
  const edges = processes.edgesFor('zeta acid', ['cpd:C90001', 'hsa:101'], 1);
  expect(edges.map(({ edge }) => edge)).toEqual([
    'hsa:102 hsa:103->hsa:104',
    'cpd:C90001->hsa:101',
    'hsa:104->hsa:105',
    'hsa:105->hsa:101',
  ]);
  const all = processes.edgesFor('zeta acid', ['cpd:C90001', 'hsa:101'], 100);
  expect(all.slice(0, 4)).toEqual(edges);
  expect(new Set(all.map(({ edge }) => edge)).size).toBe(all.length);
});

test('what does not fit the context is cut off the end of the processes', async () => {
  const agent = fullContextAgent(judge, { search, processes: processTable(search) });
  const edges = async (contextLength: number) => {
    const served = { contextLength, parameters: 8e9 };
    const { outcome } = await ask(agent, ['So. The answer is No.'], { served });
    return outcome.evidence.map(({ edge }) => edge);
  };
  const [few, all] = [await edges(1500), await edges(8192)];
  expect(few.length).toBeGreaterThan(0);
  expect(few.length).toBeLessThan(all.length);
  expect(all.slice(0, few.length)).toEqual(few);
});
