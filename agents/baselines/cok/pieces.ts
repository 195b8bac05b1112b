const STATED = /^(?:so,? |therefore,? |thus,? )?(?:the )?(?:final )?answer(?: to the question)?(?: is|:)/i;

/**
 * A draft's sentences in at most `most` consecutive groups, sizes differing by at most one, larger first; Chain of
 * Knowledge (arXiv 2305.13269) as the reference adapts it, spec §4.2. Each ends with one dot. Outside of compat a
 * sentence that states the answer is no piece: a corrected draft must not go on saying what it said before.
 */
export function draftPieces(draft: string, most: number, { compat = false } = {}): string[] {
  const sentences = draft
    .replace(/\s*\n\s*/g, ' ')
    .replaceAll(/\b(?:Yes|No), /g, '')
    .split('. ')
    .map((sentence) => `${sentence.trim().replace(/\.+$/, '')}.`)
    .filter((sentence) => sentence !== '.' && (compat || !STATED.test(sentence)));
  return grouped(sentences, most).map((group) => group.join(' '));
}

function grouped(sentences: readonly string[], most: number): string[][] {
  const count = Math.min(most, sentences.length);
  const [small, larger] = [Math.floor(sentences.length / count), sentences.length % count];
  let from = 0;
  return Array.from({ length: count }, (_, i) => {
    const size = small + (i < larger ? 1 : 0);
    from += size;
    return sentences.slice(from - size, from);
  });
}

/** What a reply makes of its piece: the piece itself where it says "unchanged", else the text after the last marker. */
export function refinedPiece(reply: string, piece: string, marker: string): string {
  if (/unchanged/i.test(reply)) return piece;
  const marked = reply.split(marker).slice(1).at(-1)?.trim();
  const lastLine = reply.trim().split('\n').at(-1)?.trim();
  return marked || lastLine || piece;
}
