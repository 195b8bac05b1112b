export type Judged = 'correct' | 'incorrect' | 'unparsed';

const MARKER = 'Judge:';

/**
 * What a judge's reply says: the first word after the last `Judge:`, whatever stands around it. Without the marker a
 * sentence that calls the answer correct or incorrect. Spec §5.2. In compat the reference's rule holds.
 */
export function readJudgement(reply: string, { compat = false } = {}): Judged {
  if (compat) return asReference(reply);
  const marked = reply.split(MARKER).slice(1).at(-1);
  if (marked !== undefined) {
    const word = /\p{L}+/u.exec(marked)?.[0].toLowerCase();
    return word === 'correct' || word === 'incorrect' ? word : 'unparsed';
  }
  const text = reply.toLowerCase();
  if (/\sincorrect\b|\s["'“]incorrect\b|\bnot correct\b/.test(text)) return 'incorrect';
  return /\s["'“]?correct\b/.test(text) ? 'correct' : 'unparsed';
}

/** Only the very word after the first marker counts, and what is not correct is incorrect. */
function asReference(reply: string): Judged {
  const marked = reply.split(MARKER)[1];
  if (marked !== undefined) return marked.trim().toLowerCase() === 'correct' ? 'correct' : 'incorrect';
  const says = (word: string) => [` ${word}`, ` "${word}`, ` '${word}`].some((text) => reply.includes(text));
  return says('correct') && !says('incorrect') ? 'correct' : 'incorrect';
}
