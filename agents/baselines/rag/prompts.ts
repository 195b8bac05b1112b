import type { EntryText } from '../../../graphs/text/entry-texts.ts';
import type { Message } from '../../../src/run.ts';
import type { AnswerKind, Question } from '../../question.ts';

const persona = 'You are an expert in molecular biology and signalling pathways.';
const tasks: Record<AnswerKind, string> = {
  judge:
    'Answer the Yes or No question with the passages and what you know. Think step by step in a few sentences, then say Yes or No.',
  open: 'Answer the question with the passages and what you know. Think step by step in a few sentences, then state the conclusion in one sentence.',
};

/** The question with the passages found for it, best first; no worked example. */
export function ragPrompt({ text, kind }: Question, passages: readonly EntryText[]): Message[] {
  const listed = passages.map((passage, i) => `[${i + 1}] ${passage.id}\n${passage.text}`);
  const found = listed.length > 0 ? listed.join('\n\n') : '(none were found)';
  const content = `${persona} ${tasks[kind]}\n\nPassages:\n${found}\n\nQuestion: ${text}\nAnswer:`;
  return [{ role: 'user', content }];
}
