/** Words by which a reasoner says that it cannot decide; spec §3.5.2. */
const TRIGGERS = [
  'cannot answer',
  'cannot be determined',
  'cannot be inferred',
  'cannot determine',
  'cannot infer',
  'further research',
  'further study',
  'inconclusive',
  'no clear',
  'no specific',
  'not clear',
  'not directly clear',
  'uncertain',
  'unclear',
];

const NEGATED = /\b(?:not|isn't|is no longer|nothing|hardly)\s+(?:uncertain|unclear|inconclusive)/g;

/**
 * Whether a text leaves the question open. `compat` is the reference's substring test, where "may" inside
 * "maybe" cancels and "not uncertain" counts; otherwise words are read whole and negations are heard.
 */
export function isUncertain(text: string, { compat = false } = {}): boolean {
  const lower = text.toLowerCase();
  const told = compat ? lower : lower.replace(/[’]/g, "'").replace(NEGATED, '');
  const hedged = told.includes('it is possible') || (compat ? told.includes('may') : /\bmay\b/.test(told));
  return !hedged && TRIGGERS.some((trigger) => told.includes(trigger));
}

const MAX_STRIPPED = 2;

/**
 * Takes up to two uncertain sentences off the end, never the first one, so that the verdict is asked about
 * what was concluded. `compat` splits at every dot; otherwise dots in numbers and short forms do not end one.
 */
export function stripUncertainty(text: string, { compat = false } = {}): string {
  const sentences = compat ? splitAtDots(text) : splitSentences(text);
  let kept = sentences.length;
  while (kept > 1 && sentences.length - kept < MAX_STRIPPED && isUncertain(sentences[kept - 1]!, { compat }))
    kept -= 1;
  return kept === sentences.length ? text : sentences.slice(0, kept).join('').trim();
}

/** Each piece keeps its dot; a blank rest is no sentence. */
function splitAtDots(text: string): string[] {
  return (text.match(/[^.]*\.|[^.]+$/g) ?? []).filter((piece) => /[^\s.]/.test(piece));
}

const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' });
const SHORT_FORM = /(?:\b(?:e\.g|i\.e|etc|vs|cf|al|approx|Fig|Dr|No)\.)\s*$/;

function splitSentences(text: string): string[] {
  const sentences: string[] = [];
  for (const { segment } of segmenter.segment(text)) {
    const last = sentences.at(-1);
    if (last !== undefined && (SHORT_FORM.test(last) || !/\S/.test(segment)))
      sentences[sentences.length - 1] = last + segment;
    else sentences.push(segment);
  }
  return sentences;
}
