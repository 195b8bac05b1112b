import { keyFault } from '../../graph-builder.ts';

/** Longer keys are cut: they are written in every edge. */
const longestKey = 80;

/** Gives each node a key that people can type: its label as one word, told apart by kind where two have one label. */
export class NodeKeys {
  readonly #taken = new Set<string>();

  keyFor(label: string, kind: string, taxon: string | undefined): string {
    const word = wordOf(label);
    // Genes of other species keep their own keys, so that the same symbol in people keeps its plain one.
    const species = taxon === undefined || taxon === '9606' || taxon === 'ko' ? '' : `(${wordOf(taxon)})`;
    const plain = word + species;
    const candidates = [plain, `${plain}_(${kind})`];
    for (let number = 2; ; number++) {
      const key = candidates.shift() ?? `${plain}_(${kind}_${number})`;
      if (this.#taken.has(key)) continue;
      this.#taken.add(key);
      return key;
    }
  }
}

/** A label as a key: one word without arrows, and without the colons that mark KEGG's ids. */
function wordOf(label: string): string {
  const word = label
    .trim()
    .replace(/\s+/g, '_')
    .replaceAll('->', '→')
    .replaceAll(':', '.')
    .slice(0, longestKey);
  if (word === '') return '_';
  return keyFault(word) === undefined ? word : `${word}_`;
}
