import type { Message } from '../../../src/run.ts';

const persona = 'You are an expert in molecular biology and signalling pathways.';
const reading = 'A line reads HEAD | TAIL | RELATION | PROCESS: the head acts on the tail.';

const galactose = [
  '0) GAL80: GAL80 | GAL4: GAL4 | PPrel inhibition | galactose switch',
  '1) GAL4: GAL4 | GAL7: GAL7 | GErel expression | galactose switch',
  '2) GAL3: GAL3 | GAL80: GAL80 | PPrel inhibition | galactose switch',
].join('\n');
const ethylene = [
  '0) CTR1: CTR1 | EIN2: EIN2 | PPrel inhibition | ethylene signalling',
  '1) EIN2: EIN2 | EIN3: EIN3 | PPrel activation | ethylene signalling',
].join('\n');
const galactoseQuestion = 'Does loss of GAL80 raise the activity of GAL4 in yeast?';
const ethyleneQuestion = 'Does loss of CTR1 raise the expression of ERF1 in Arabidopsis?';

const selectTask = `${persona} Choose the pathway lines that help to answer the question, now or as a next step towards it. ${reading} Reply with their numbers in brackets, like [0, 3].`;

/** Asks which of the numbered lines to follow; the reply holds one bracketed list. */
export function selectPrompt(question: string, lines: string): Message[] {
  const blocks = [
    selectTask,
    `${posed(galactoseQuestion, galactose)}\nHelpful: [0, 2]`,
    `${posed(ethyleneQuestion, ethylene)}\nHelpful: [0, 1]`,
    `${posed(question, lines)}\nHelpful:`,
  ];
  return [{ role: 'user', content: blocks.join('\n\n') }];
}

const sufficientTask = `${persona} Say whether the pathway lines, with what you know, are enough to answer the question. ${reading} Begin with {Yes} or {No}. After {Yes} give the answer and its reason in a sentence or two; after {No} say what is missing.`;

/** Asks whether the selected lines suffice; the reply begins with {Yes} or {No}. */
export function sufficientPrompt(question: string, lines: string): Message[] {
  const blocks = [
    sufficientTask,
    `${posed(galactoseQuestion, galactose)}\nEnough: {Yes} GAL80 inhibits GAL4 (line 0), so without GAL80 the activity of GAL4 rises.`,
    `${posed(ethyleneQuestion, ethylene)}\nEnough: {No} It is not shown what EIN3 does to ERF1.`,
    `${posed(question, lines)}\nEnough:`,
  ];
  return [{ role: 'user', content: blocks.join('\n\n') }];
}

function posed(question: string, lines: string): string {
  return `Question: ${question}\nPathway lines:\n${lines}`;
}

/** Where the model can answer but has not said what. */
export const answerRequest = 'So what is the answer? State it in one sentence.';
