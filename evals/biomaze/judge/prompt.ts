import type { Message } from '../../../src/run.ts';

/** Stored with every judgement: any change of the prompt's words or of the reading of replies is a new version. */
export const judgeVersion = 'biomaze-judge-1';

/** An answer to an open question beside the one in the data. */
export interface JudgedAnswer {
  question: string;
  reference: string;
  answer: string;
}

const task = `You judge answers to open questions on biology. You see a question, the reference answer, which is right, and a new answer. The new answer is correct when it comes to the same conclusion as the reference. More detail or more reasoning than the reference has makes no difference. An answer without a conclusion, or with another one, is incorrect. First comment on the new answer in one or two sentences, then write "Judge: Correct" or "Judge: Incorrect" on a line of its own.`;

interface Example extends JudgedAnswer {
  comment: string;
  judged: 'Correct' | 'Incorrect';
}

/** Yeast, plants, bacteria and phage: nothing here can be an item of a benchmark on human pathways. */
const examples: readonly Example[] = [
  {
    question: 'What does loss of the kinase CTR1 do to the triple response of Arabidopsis seedlings?',
    reference: 'The seedlings show the triple response all the time, as if ethylene were always there.',
    answer:
      'CTR1 is a kinase of the ethylene pathway that acts downstream of the receptors, so the response of the seedling will be changed.',
    comment:
      'The reference says that the response is always on. The new answer says only that it is changed, and not how.',
    judged: 'Incorrect',
  },
  {
    question:
      'How does glucose change the expression of the galactose genes of yeast, and through which factor?',
    reference: 'Glucose lowers it: MIG1 moves into the nucleus and represses GAL4 and the GAL genes.',
    answer: 'With glucose the repressor MIG1 enters the nucleus, so GAL4 and GAL1 are expressed less.',
    comment: 'Both say that expression falls and that MIG1 does it; the mention of GAL1 adds detail.',
    judged: 'Correct',
  },
  {
    question: 'What becomes of the lambda prophage when RecA is activated by damaged DNA?',
    reference: 'RecA makes the CI repressor cleave itself, and the prophage enters the lytic cycle.',
    answer: 'RecA repairs the DNA, which keeps the CI repressor bound, so the prophage stays dormant.',
    comment: 'The reference says that the prophage leaves dormancy. The new answer says the opposite.',
    judged: 'Incorrect',
  },
  {
    question: 'By what does phosphate starvation raise the secretion of acid phosphatase in yeast?',
    reference: 'PHO81 inhibits PHO80-PHO85, so PHO4 stays in the nucleus and expresses PHO5.',
    answer: 'It cannot be told from what is given whether the secretion changes; further study is needed.',
    comment: 'The new answer comes to no conclusion.',
    judged: 'Incorrect',
  },
  {
    question: 'Which sigma factor of Bacillus subtilis is set free when SpoIIE acts, and where?',
    reference:
      'Sigma F, in the forespore: SpoIIE removes the phosphate from SpoIIAA, which takes SpoIIAB away.',
    answer: 'SpoIIE removes the phosphate from SpoIIAA, and sigma E becomes active in the mother cell.',
    comment: 'The first step is the same, but the reference names sigma F in the forespore, not sigma E.',
    judged: 'Incorrect',
  },
];

/** The protocol of arXiv 2502.16660, §5.1 and A.10, in our words: five worked judgements, the comment before the verdict. */
export function judgePrompt(item: JudgedAnswer): Message[] {
  const solved = examples.map((example) => `${posed(example)} ${example.comment}\nJudge: ${example.judged}`);
  return [{ role: 'user', content: [task, ...solved, posed(item)].join('\n\n') }];
}

function posed({ question, reference, answer }: JudgedAnswer): string {
  return `Question: ${question}\nReference answer: ${reference}\nNew answer: ${answer}\nComment:`;
}

/** For the check that no example is also an item that is judged. */
export const exampleQuestions: readonly string[] = examples.map(({ question }) => question);
