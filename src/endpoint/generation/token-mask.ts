/** Sets of tokens as bits: bit i of the words (lowest bit of the first word first) stands for token i. */
export type TokenMask = Uint32Array;

export function maskOf(ids: Iterable<number>, vocabularySize: number): TokenMask {
  const mask = new Uint32Array(Math.ceil(vocabularySize / 32));
  for (const id of ids) mask[id >>> 5]! |= 1 << (id & 31);
  return mask;
}

/** Leaves only the mask's tokens possible. */
export function keepAllowed(logits: Float32Array, mask: TokenMask): void {
  for (let word = 0; word < mask.length; word++) {
    const bits = mask[word]!;
    if (bits === 0xffffffff) continue;
    const end = Math.min(logits.length, (word + 1) * 32);
    for (let id = word * 32; id < end; id++) {
      if (((bits >>> (id & 31)) & 1) === 0) logits[id] = Number.NEGATIVE_INFINITY;
    }
  }
}

/** True where the mask allows a token that is not among these. */
export function allowsOther(mask: TokenMask, these: TokenMask): boolean {
  return mask.some((bits, word) => (bits & ~these[word]!) !== 0);
}
