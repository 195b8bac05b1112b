import type { AnswerKind, Question } from '../question.ts';

/** Part of what a run records: any change of a prompt's words gets a new one. */
export const PROMPTS_VERSION = '1';

export interface WorkedExample {
  question: string;
  reasoning: string;
}

const persona = 'You are an expert in molecular biology and signalling pathways.';

const tasks: Record<AnswerKind, string> = {
  judge: 'Answer the Yes or No question. Think step by step in a few sentences, then say Yes or No.',
  open: 'Answer the question. Think step by step in a few sentences, then state the conclusion in one sentence.',
};

/** Bacteria, yeast and phage: nothing here can be an item of a benchmark on human pathways. */
const examples: Record<AnswerKind, readonly WorkedExample[]> = {
  judge: [
    {
      question: 'Does loss of the phosphatase CheZ make E. coli tumble more often?',
      reasoning:
        'Phosphorylated CheY binds the flagellar motor and makes the cell tumble. CheZ removes the phosphate from CheY. Without CheZ, more CheY stays phosphorylated, so the cell tumbles more. The answer is Yes.',
    },
    {
      question: 'Does cleavage of the CI repressor keep phage lambda dormant in its host?',
      reasoning:
        'CI represses the lytic genes of phage lambda and so keeps it dormant. Cleavage removes CI. Without CI the lytic genes are expressed and the phage leaves dormancy. The answer is No.',
    },
  ],
  open: [
    {
      question: 'How does tryptophan in the medium change the expression of the trp operon of E. coli?',
      reasoning:
        'Tryptophan binds the TrpR protein. TrpR with tryptophan represses the trp operon. So tryptophan in the medium lowers the expression of the trp operon.',
    },
    {
      question:
        'What happens to the mating response of yeast when the inhibitor of its G protein, GPA1, is lost?',
      reasoning:
        'GPA1 holds the beta-gamma subunits of the G protein back. Free beta-gamma subunits activate the mating pathway. Without GPA1 they are always free, so the mating response is on without pheromone.',
    },
  ],
};

/**
 * One message that asks for step-by-step reasoning; spec §4.1. `swapped` turns the order of the two examples,
 * which the reference draws at random.
 */
export function cotPrompt({ text, kind }: Question, shots: 0 | 2, swapped = false): string {
  const chosen = shots === 0 ? [] : swapped ? examples[kind].toReversed() : examples[kind];
  const blocks = chosen.map(({ question, reasoning }) => `Question: ${question}\nAnswer: ${reasoning}`);
  return [`${persona} ${tasks[kind]}`, ...blocks, `Question: ${text}\nAnswer:`].join('\n\n');
}

/** For the vanilla baseline: the bare answer, nothing before it. */
export function vanillaPrompt({ text, kind }: Question, shots: 0 | 2): string {
  const only = kind === 'judge' ? 'Answer with Yes or No only.' : 'Answer in one sentence.';
  const chosen = shots === 0 || kind === 'open' ? [] : examples.judge;
  const blocks = chosen.map(
    ({ question, reasoning }) =>
      `Question: ${question}\nAnswer: ${reasoning.endsWith('Yes.') ? 'Yes' : 'No'}`,
  );
  return [`${persona} ${only}`, ...blocks, `Question: ${text}\nAnswer:`].join('\n\n');
}

/** The second turn that asks for the bare verdict. */
export function verdictRequest(question: string): string {
  return `So what is the answer to this question? Reply with one word, Yes or No.\nQuestion: ${question}`;
}
