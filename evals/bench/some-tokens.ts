/** Token ids in no particular order, others for another `seed`; none comes twice before the vocabulary is through. */
export const someTokens = (count: number, vocabularySize: number, seed = 0) =>
  Array.from({ length: count }, (_, i) => (i * 7919 + 1000 + 1009 * seed) % vocabularySize);
