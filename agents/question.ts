/** `judge` asks for Yes or No, `open` for a sentence. */
export type AnswerKind = 'judge' | 'open';

export interface Question {
  text: string;
  kind: AnswerKind;
}

const YES_NO_START =
  /^(?:does|do|did|is|are|was|were|will|would|can|could|should|has|have|had|may|might|must)\b/i;
const UP = '(?:raise|increase|activate|promote|enhance|stimulate|induce|up-?regulate|rise|up|gain)s?d?';
const DOWN =
  '(?:lower|decrease|reduce|inhibit|suppress|repress|block|impair|down-?regulate|fall|down|lose)s?d?';
const CHOICE = new RegExp(`\\b(?:${UP} or ${DOWN}|${DOWN} or ${UP})\\b`, 'i');
const ASKS_FOR_MORE = /\b(?:and|or) (?:through |by |via )?(?:what|which|how|why)\b/i;

/**
 * A question that starts like a yes/no question is judged; all others are open. `Does X raise or lower Y, and
 * through what?` starts so too, but Yes answers neither part.
 */
export function kindOfQuestion(text: string): AnswerKind {
  const sentences = text.trim().split(/(?<=[.!?])\s+/);
  const asking = sentences.findLast((sentence) => sentence.endsWith('?')) ?? sentences.at(-1) ?? '';
  if (CHOICE.test(asking) || ASKS_FOR_MORE.test(asking)) return 'open';
  const clauses = asking.split(/,\s+/); // `In T cells, does X …?`
  return clauses.some((clause) => YES_NO_START.test(clause)) ? 'judge' : 'open';
}
