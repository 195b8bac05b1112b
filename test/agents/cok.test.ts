import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { cokAgent } from '../../agents/baselines/cok/cok.ts';
import { draftPieces, refinedPiece } from '../../agents/baselines/cok/pieces.ts';
import { runStaged } from '../../agents/loop.ts';
import type { Question } from '../../agents/question.ts';
import { loadGraph } from '../../graphs/load.ts';
import { createSearch, type PathwaySearch } from '../../graphs/search.ts';
import { eventsOf, outcomeIn } from '../helpers/run-events.ts';
import { type Line, type ScriptOptions, scriptedModel } from '../helpers/scripted-model.ts';
import { writeToyGraph } from '../helpers/toy-graph.ts';

let better: PathwaySearch;
let compat: PathwaySearch;
beforeAll(async () => {
  const graph = await loadGraph(writeToyGraph());
  better = createSearch(graph);
  compat = createSearch(graph, { mode: 'compat' });
});

const judge: Question = { text: 'Does the alpha kinase ALFK1 raise the gamma receptor GAMR?', kind: 'judge' };
const open: Question = { ...judge, kind: 'open' };

async function ask(
  lines: readonly Line[],
  question: Question,
  search: PathwaySearch,
  script: ScriptOptions = {},
) {
  const model = scriptedModel(lines, script);
  const signal = new AbortController().signal;
  const events = await eventsOf(
    runStaged(cokAgent(question, { search, seed: 1 }), { model, seed: 1, signal }),
  );
  const stages = events.flatMap((event) => (event.type === 'stage' ? [event.stage] : []));
  return { outcome: outcomeIn(events), stages, asked: model.asked };
}

describe('pieces of a draft', () => {
  test.each([
    ['No, A acts. B follows. C.', ['A acts.', 'B follows.', 'C.']],
    ['A. B. C. D. E.', ['A. B.', 'C. D.', 'E.']],
    ['One only', ['One only.']],
    ['Yes, X is 0.5 fold. Y. Z. W.', ['X is 0.5 fold. Y.', 'Z.', 'W.']],
    ['A\nacts. B', ['A acts.', 'B.']],
    ['', []],
  ])('%j are %j', (draft, pieces) => {
    expect(draftPieces(draft, 3, { compat: true })).toEqual(pieces);
    expect(draftPieces(draft, 3)).toEqual(pieces);
  });

  test('the sentence that states the answer is a piece in compat only', () => {
    const draft = 'A raises B. So the answer is Yes.';
    expect(draftPieces(draft, 3)).toEqual(['A raises B.']);
    expect(draftPieces(draft, 3, { compat: true })).toHaveLength(2);
  });

  test('there are at most three whatever the draft, and they hold every word of it', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z ]{1,12}$/), { maxLength: 12 }), (sentences) => {
        const pieces = draftPieces(sentences.join('. '), 3, { compat: true });
        expect(pieces.length).toBeLessThanOrEqual(3);
        const letters = (text: string) => text.replace(/[^a-z]/g, '');
        expect(letters(pieces.join(' '))).toBe(letters(sentences.join(' ')));
      }),
    );
  });
});

test.each([
  ['It is Unchanged.', 'A.'],
  ['Line 0 differs. Corrected: B. Corrected: C.', 'C.'],
  ['first\nB lowers C.', 'B lowers C.'],
  ['', 'A.'],
])('the reply %j makes of the piece "A.": %j', (reply, piece) => {
  expect(refinedPiece(reply, 'A.', 'Corrected:')).toBe(piece);
});

test('each piece is checked against lines of its own, and the verdict is asked about the corrected text', async () => {
  const lines = ['ALFK1 lowers BETA1. The answer is No.', 'Corrected: ALFK1 raises BETA1.', 'Yes'];
  const { outcome, stages, asked } = await ask(lines, judge, better);
  expect(stages).toEqual(['reason', 'refine', 'verdict']);
  expect(asked[1]?.messages[0]?.content).toMatch(
    /Pathway lines:\n0\) [\s\S]* \| [\s\S]*\nStep: ALFK1 lowers BETA1\.\nCheck:$/,
  );
  expect(asked[2]?.messages[1]).toEqual({ role: 'assistant', content: 'ALFK1 raises BETA1.' });
  expect(outcome).toMatchObject({ verdict: 'Yes', answer: 'ALFK1 raises BETA1.', steps: 2, connected: true });
  expect(outcome.evidence.length).toBeGreaterThan(0);
});

test('a piece that finds nothing in the graph stays as it is, without a call', async () => {
  const nowhere: Question = { text: 'Does zzz?', kind: 'open' };
  const { outcome, stages } = await ask(['Qqq xxx.'], nowhere, better);
  expect(stages).toEqual(['reason']);
  expect(outcome).toMatchObject({ answer: 'Qqq xxx.', evidence: [], connected: false });
});

test('an open answer is the corrected text; in compat it is the draft, as in the reference', async () => {
  const lines = ['ALFK1 lowers BETA1.', 'Corrected: ALFK1 raises BETA1.'];
  expect((await ask(lines, open, better)).outcome.answer).toBe('ALFK1 raises BETA1.');
  const reference = await ask(lines, open, compat);
  expect(reference.outcome.answer).toBe('ALFK1 lowers BETA1.');
  expect(reference.asked.map(({ options }) => options.temperature)).toEqual([0.3, 0.3]);
});

test('lines that do not fit the context are left out', async () => {
  const lines = ['ALFK1 lowers BETA1.', 'Unchanged', 'No'];
  const shown = async (contextLength: number) => {
    const { asked } = await ask(lines, judge, better, { served: { contextLength, parameters: 135e6 } });
    return (
      asked[1]?.messages[0]?.content
        .split('Pathway lines:')
        .at(-1)
        ?.match(/^\d+\) /gm)?.length ?? 0
    );
  };
  expect(await shown(620)).toBeLessThan(await shown(8192));
});
