import { expect, test } from 'vitest';
import { refinePrompt } from '../../agents/baselines/cok/prompts.ts';
import {
  cotPrompt,
  PROMPTS_VERSION,
  vanillaPrompt,
  verdictRequest,
} from '../../agents/baselines/cot-prompts.ts';
import { ragPrompt } from '../../agents/baselines/rag/prompts.ts';
import { selectPrompt, sufficientPrompt } from '../../agents/baselines/tog/prompts.ts';
import { givenMove, openingMessages, ourTools, referenceTools } from '../../agents/pathseeker/prompts.ts';
import { findMarked, readMove } from '../../agents/pathseeker/read-move.ts';
import { reasonChat, reasonPrompt } from '../../agents/pathseeker/reasoner-prompts.ts';
import type { Question } from '../../agents/question.ts';
import type { Message } from '../../src/run.ts';

const judge: Question = { text: 'Does A raise B?', kind: 'judge' };
const open: Question = { text: 'What does A do to B?', kind: 'open' };
const evidence = '0) A raises B\n1) B lowers C';

const user = (content: string): Message[] => [{ role: 'user', content }];
const prompts: Record<string, Message[]> = {
  'pathseeker-opening-judge': [...openingMessages(judge, ourTools, 'lines'), givenMove(judge.text, ourTools)],
  'pathseeker-opening-open-statements': openingMessages(open, ourTools, 'statements'),
  'pathseeker-opening-compat': openingMessages(judge, referenceTools, 'lines'),
  'pathseeker-opening-json': [
    ...openingMessages(judge, ourTools, 'lines', { json: true }),
    givenMove(judge.text, ourTools, { json: true }),
  ],
  'pathseeker-opening-ablated': openingMessages(judge, ourTools, 'triples', {
    parts: { localSearch: false, onlyNew: false },
  }),
  'cok-refine': refinePrompt(judge.text, 'A lowers B.', evidence),
  'tog-select': selectPrompt(judge.text, evidence),
  'tog-sufficient': sufficientPrompt(judge.text, evidence),
  'rag-open': ragPrompt(open, [{ id: 'A', text: 'NAME: alpha' }]),
  'reasoner-judge': reasonChat(judge, evidence, 'lines'),
  'reasoner-judge-statements': reasonChat(judge, evidence, 'statements'),
  'reasoner-open-statements': reasonChat(open, '', 'statements'),
  'reasoner-judge-compat': reasonPrompt(judge, evidence),
  'cot-judge-2': user(cotPrompt(judge, 2)),
  'cot-open-2': user(cotPrompt(open, 2)),
  'cot-judge-0': user(cotPrompt(judge, 0)),
  'vanilla-judge-2': user(vanillaPrompt(judge, 2)),
  'verdict-request': user(verdictRequest(judge.text)),
};

test.each(Object.keys(prompts))(
  'the prompt %s is the reviewed one; other words need another version',
  async (name) => {
    const turns = (prompts[name] ?? []).map(({ role, content }) => `[${role}]\n${content}\n`);
    const text = [`prompts version ${PROMPTS_VERSION}\n`, ...turns].join('\n');
    await expect(text).toMatchFileSnapshot(`../goldens/prompts/${name}.txt`);
  },
);

test('the worked example follows the grammar that it teaches', () => {
  for (const tools of [ourTools, referenceTools]) {
    const replies = openingMessages(judge, tools, 'lines').filter(({ role }) => role === 'assistant');
    const kinds = replies.map(({ content }) => readMove(content, { compat: true }).kind);
    expect(kinds).toEqual(['call', 'call', 'ready']);
  }
});

test('our first move reads back as a call with the question as it is, quotes and all', () => {
  const asked = 'Does the "5\'-cap" of Alzheimer\'s\nmRNA rise?\\';
  const { content } = givenMove(asked, ourTools);
  expect(findMarked(content).kind).toBe('action');
  expect(readMove(content)).toMatchObject({ call: { tool: 'search_global', positional: [[asked]] } });
});

test('the beginning of every investigation is the same, so that its cache can be used again', () => {
  const beginnings = ['Does A raise B?', 'Is it?'].map((text) =>
    openingMessages({ text, kind: 'judge' }, ourTools, 'lines').slice(0, -1),
  );
  expect(beginnings[0]).toEqual(beginnings[1]);
});
