import type { Message } from '../../../src/run.ts';

/** Stands before a sentence that was changed. */
export const CORRECTED = 'Corrected:';

const task = `You check one step of an explanation against numbered lines of a pathway graph. A line reads HEAD | TAIL | RELATION | PROCESS: the head acts on the tail. If the lines agree with the step, or say nothing about it, reply with the one word Unchanged. If they contradict it, reply with "${CORRECTED}" and the step as the lines have it.`;

/** Yeast and plants: nothing here can be an item of a benchmark on human pathways. */
const examples = [
  {
    question: 'Does loss of MIG1 raise GAL4 in yeast?',
    lines: '0) MIG1: MIG1 | GAL4: GAL4 | GErel repression | glucose repression',
    piece: 'MIG1 represses the GAL4 gene.',
    reply: 'Line 0 says the same. Unchanged',
  },
  {
    question: 'Does CTR1 raise EIN2 in Arabidopsis?',
    lines: '0) CTR1: CTR1 | EIN2: EIN2 | PPrel inhibition phosphorylation | ethylene signalling',
    piece: 'CTR1 phosphorylates and activates EIN2.',
    reply: `Line 0 says inhibition. ${CORRECTED} CTR1 phosphorylates and inhibits EIN2.`,
  },
];

/** One piece of a draft with the lines found for it. */
export function refinePrompt(question: string, piece: string, lines: string): Message[] {
  const solved = examples.map((example) => `${posed(example)} ${example.reply}`);
  return [{ role: 'user', content: [task, ...solved, posed({ question, lines, piece })].join('\n\n') }];
}

function posed({ question, lines, piece }: { question: string; lines: string; piece: string }): string {
  return `Question: ${question}\nPathway lines:\n${lines}\nStep: ${piece}\nCheck:`;
}
