export type Verdict = 'correct' | 'incorrect' | 'unparsed';

const MARKER = 'Judge:';

/**
 * What a judge's reply says: the first word after the last `Judge:`, whatever stands around it. Without the marker a
 * sentence that calls the answer correct or incorrect. Spec §5.2.
 */
export function readJudgement(reply: string): Verdict {
  const marked = reply.split(MARKER).slice(1).at(-1);
  if (marked !== undefined) {
    const word = /\p{L}+/u.exec(marked)?.[0].toLowerCase();
    return word === 'correct' || word === 'incorrect' ? word : 'unparsed';
  }
  const text = reply.toLowerCase();
  if (/\sincorrect\b|\s["'“]incorrect\b|\bnot correct\b/.test(text)) return 'incorrect';
  return /\s["'“]?correct\b/.test(text) ? 'correct' : 'unparsed';
}

/** The reference's reading: only the very word after the first marker counts, and what is not correct is wrong. */
export function readJudgementAsReference(reply: string): 0 | 1 {
  const marked = reply.split(MARKER)[1];
  if (marked !== undefined) return marked.trim().toLowerCase() === 'correct' ? 1 : 0;
  const says = (word: string) => [` ${word}`, ` "${word}`, ` '${word}`].some((text) => reply.includes(text));
  return says('correct') && !says('incorrect') ? 1 : 0;
}
