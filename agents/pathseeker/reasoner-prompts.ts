import type { Message } from '../../src/run.ts';
import type { AnswerKind, Question } from '../question.ts';
import { type EvidenceStyle, type ExampleLine, exampleLines, readings } from './evidence-style.ts';

interface EvidenceExample {
  question: string;
  evidence: readonly ExampleLine[];
  reasoning: string;
}

const persona = 'You are an expert in molecular biology and signalling pathways.';
const request: Record<AnswerKind, string> = {
  judge:
    'Answer the Yes or No question with the pathway lines. Think step by step: name the lines you use, follow what raises and what lowers what, then say Yes or No.',
  open: 'Answer the question with the pathway lines. Think step by step: name the lines you use, follow what raises and what lowers what, then state the conclusion in one sentence.',
};

const ethylene = [
  { line: 'ETR1: ETR1 | CTR1: CTR1 | PPrel activation | ethylene signalling', statement: 'ETR1 raises CTR1' },
  { line: 'CTR1: CTR1 | EIN2: EIN2 | PPrel inhibition | ethylene signalling', statement: 'CTR1 lowers EIN2' },
  { line: 'EIN2: EIN2 | EIN3: EIN3 | PPrel activation | ethylene signalling', statement: 'EIN2 raises EIN3' },
  { line: 'EIN3: EIN3 | ERF1: ERF1 | GErel expression | ethylene signalling', statement: 'EIN3 raises ERF1' },
];
const galactose = [
  { line: 'GAL3: GAL3 | GAL80: GAL80 | PPrel inhibition | galactose use', statement: 'GAL3 lowers GAL80' },
  { line: 'GAL80: GAL80 | GAL4: GAL4 | PPrel inhibition | galactose use', statement: 'GAL80 lowers GAL4' },
  {
    line: 'GAL4: GAL4 | GAL1: galactokinase GAL1 | GErel expression | galactose use',
    statement: 'GAL4 raises GAL1',
  },
  { line: 'MIG1: MIG1 | GAL4: GAL4 | GErel repression | glucose repression', statement: 'MIG1 lowers GAL4' },
];

/** Plants and yeast: nothing here can be an item of a benchmark on human pathways. */
const examples: Record<AnswerKind, readonly [EvidenceExample, EvidenceExample]> = {
  judge: [
    {
      question: 'Does loss of CTR1 raise the expression of ERF1 in Arabidopsis?',
      evidence: ethylene,
      reasoning:
        'CTR1 lowers EIN2 (line 1), EIN2 raises EIN3 (line 2) and EIN3 raises ERF1 (line 3). So CTR1 lowers ERF1, and loss of CTR1 raises ERF1. The answer is Yes.',
    },
    {
      question: 'Does GAL3 lower the expression of GAL1 in yeast?',
      evidence: galactose,
      reasoning:
        'GAL3 lowers GAL80 (line 0), GAL80 lowers GAL4 (line 1) and GAL4 raises GAL1 (line 2). So GAL3 raises GAL1 and does not lower it. The answer is No.',
    },
  ],
  open: [
    {
      question: 'How does loss of CTR1 change the expression of ERF1 in Arabidopsis?',
      evidence: ethylene,
      reasoning:
        'CTR1 lowers EIN2 (line 1), EIN2 raises EIN3 (line 2) and EIN3 raises ERF1 (line 3). So loss of CTR1 raises the expression of ERF1.',
    },
    {
      question: 'Through what does GAL3 act on the expression of GAL1 in yeast?',
      evidence: galactose,
      reasoning:
        'GAL3 lowers GAL80 (line 0), GAL80 lowers GAL4 (line 1) and GAL4 raises GAL1 (line 2). So GAL3 raises GAL1 by lowering GAL80, which holds GAL4 back.',
    },
  ],
};

/** Request, two worked examples, the question and its numbered evidence in one user message; spec §3.5.1. */
export function reasonPrompt(
  { text, kind }: Question,
  evidence: string,
  style: EvidenceStyle = 'lines',
): Message[] {
  const solved = examples[kind].map((example) => `${posed(example, style)}\nReasoning: ${example.reasoning}`);
  const task = `${ask(text, evidence)}\nReasoning:`;
  return [{ role: 'user', content: [intro(kind, style), ...solved, task].join('\n\n') }];
}

/** The same as a chat, where each example is a turn of its own: small models go on in its manner, not in its lines. */
export function reasonChat({ text, kind }: Question, evidence: string, style: EvidenceStyle): Message[] {
  const solved = examples[kind].flatMap((example, i): Message[] => [
    {
      role: 'user',
      content: i === 0 ? `${intro(kind, style)}\n\n${posed(example, style)}` : posed(example, style),
    },
    { role: 'assistant', content: example.reasoning },
  ]);
  return [...solved, { role: 'user', content: ask(text, evidence) }];
}

function intro(kind: AnswerKind, style: EvidenceStyle): string {
  return `${persona} ${request[kind]} ${readings[style].reasoner}`.trim();
}

function posed({ question, evidence }: EvidenceExample, style: EvidenceStyle): string {
  return ask(question, exampleLines(evidence, style));
}

function ask(question: string, evidence: string): string {
  return `Question: ${question}\nPathway lines:\n${evidence || '(none were found)'}`;
}

/** Asked in the same chat after the reasoning; its reply is read by the detector only. */
export const uncertaintyQuestion =
  'Did you reach a final answer from these lines? Reply with one word: Yes, or Uncertain.';
