import type { AnswerKind, Question } from '../question.ts';

interface EvidenceExample {
  question: string;
  lines: readonly string[];
  reasoning: string;
}

const persona = 'You are an expert in molecular biology and signalling pathways.';
const ask: Record<AnswerKind, string> = {
  judge:
    'Answer the Yes or No question with the pathway lines. Think step by step: name the lines you use, follow what raises and what lowers what, then say Yes or No.',
  open: 'Answer the question with the pathway lines. Think step by step: name the lines you use, follow what raises and what lowers what, then state the conclusion in one sentence.',
};
const reading = 'A line reads HEAD | TAIL | RELATION | PROCESS: the head acts on the tail.';

/** Bacteria, plants and yeast: nothing here can be an item of a benchmark on human pathways. */
const examples: Record<AnswerKind, readonly [EvidenceExample, EvidenceExample]> = {
  judge: [
    {
      question:
        'Does loss of the kinase CTR1 switch on the ethylene response of Arabidopsis without ethylene?',
      lines: [
        'ETR1: ETR1 | CTR1: CTR1 | PPrel activation | ethylene signalling',
        'CTR1: CTR1 | EIN2: EIN2 | PPrel inhibition phosphorylation | ethylene signalling',
        'EIN2: EIN2 | EIN3: EIN3 | PPrel activation | ethylene signalling',
        'EIN3: EIN3 | ERF1: ethylene response factor 1 ERF1 | GErel expression | ethylene signalling',
      ],
      reasoning:
        'CTR1 lowers EIN2 (line 1). EIN2 raises EIN3 (line 2) and EIN3 raises ERF1 (line 3). Loss of CTR1 frees EIN2, so EIN3 and ERF1 rise and the response is on. The answer is Yes.',
    },
    {
      question: 'Does lactose lower the expression of lacZ in E. coli?',
      lines: [
        'LACY: lactose permease LacY | allolactose: allolactose | PCrel activation | lactose use',
        'allolactose: allolactose | LACI: lac repressor LacI | PCrel inhibition | lactose use',
        'LACI: lac repressor LacI | LACZ: beta-galactosidase LacZ | GErel repression | lactose use',
      ],
      reasoning:
        'Lactose gives allolactose, which lowers LacI (line 1). LacI lowers lacZ (line 2). With less LacI, lacZ rises, so lactose raises lacZ and does not lower it. The answer is No.',
    },
  ],
  open: [
    {
      question: 'How does loss of the kinase CTR1 change the expression of ERF1 in Arabidopsis?',
      lines: [
        'CTR1: CTR1 | EIN2: EIN2 | PPrel inhibition phosphorylation | ethylene signalling',
        'EIN2: EIN2 | EIN3: EIN3 | PPrel activation | ethylene signalling',
        'EIN3: EIN3 | ERF1: ethylene response factor 1 ERF1 | GErel expression | ethylene signalling',
      ],
      reasoning:
        'CTR1 lowers EIN2 (line 0). EIN2 raises EIN3 (line 1) and EIN3 raises ERF1 (line 2). So loss of CTR1 raises the expression of ERF1.',
    },
    {
      question: 'Through what does lactose act on the expression of lacZ in E. coli?',
      lines: [
        'allolactose: allolactose | LACI: lac repressor LacI | PCrel inhibition | lactose use',
        'LACI: lac repressor LacI | LACZ: beta-galactosidase LacZ | GErel repression | lactose use',
      ],
      reasoning:
        'Allolactose, made from lactose, lowers LacI (line 0). LacI lowers lacZ (line 1). So lactose raises lacZ through the loss of repression by LacI.',
    },
  ],
};

/** One user message: request, two worked examples, the question and its numbered evidence; spec §3.5.1. */
export function reasonPrompt({ text, kind }: Question, evidence: readonly string[]): string {
  const blocks = examples[kind].map(({ question, lines, reasoning }) =>
    block(
      question,
      lines.map((line, index) => `${index}) ${line}`),
      reasoning,
    ),
  );
  return [`${persona} ${ask[kind]} ${reading}`, ...blocks, block(text, evidence, '').trimEnd()].join('\n\n');
}

function block(question: string, lines: readonly string[], reasoning: string): string {
  const listed = lines.length > 0 ? lines.join('\n') : '(none were found)';
  return `Question: ${question}\nPathway lines:\n${listed}\nReasoning: ${reasoning}`;
}

/** Asked in the same chat after the reasoning; its reply is read by the detector only. */
export const uncertaintyQuestion =
  'Did you reach a final answer from these lines? Reply with one word: Yes, or Uncertain.';
