/** Maximal runs of two or more letters, digits or underscores, in lower case (scikit-learn's tokens). */
export function words(text: string): string[] {
  const lower = text.toLowerCase();
  // Nearly all names are ASCII, where the short class is several times as fast.
  return lower.match(isAscii(lower) ? /[a-z0-9_]{2,}/g : /[\p{L}\p{N}_]{2,}/gu) ?? [];
}

function isAscii(text: string): boolean {
  return !/[^\0-\x7f]/.test(text);
}

/** Word ↔ number, shared by the tables of one graph. */
export class Vocabulary {
  readonly #ids = new Map<string, number>();

  get size(): number {
    return this.#ids.size;
  }

  /** The word's number, a new one for a new word. */
  idOf(word: string): number {
    const known = this.#ids.get(word);
    if (known !== undefined) return known;
    this.#ids.set(word, this.#ids.size);
    return this.#ids.size - 1;
  }

  /** A text's words as numbers, in its order. */
  idsOf(text: string): Int32Array {
    const found = words(text);
    // A plain loop: `Int32Array.from` takes four times as long.
    const ids = new Int32Array(found.length);
    for (let i = 0; i < found.length; i++) ids[i] = this.idOf(found[i] as string);
    return ids;
  }

  find(word: string): number | undefined {
    return this.#ids.get(word);
  }

  /** All words by their numbers. */
  words(): string[] {
    return [...this.#ids.keys()];
  }
}

/** Documents as word counts, in compressed rows: document d holds entries `offsets[d]` to `offsets[d + 1]`. */
export class DocumentTable {
  readonly vocabulary: Vocabulary;
  readonly offsets: Int32Array;
  readonly wordIds: Int32Array;
  readonly counts: Int32Array;

  /** `documents` yields each document's word numbers, repeated as often as the word occurs. */
  constructor(vocabulary: Vocabulary, documents: readonly (readonly Int32Array[])[]) {
    this.vocabulary = vocabulary;
    const total = documents.reduce((sum, parts) => sum + parts.reduce((n, part) => n + part.length, 0), 0);
    const wordIds = new Int32Array(total);
    const counts = new Int32Array(total);
    const places = new Int32Array(vocabulary.size).fill(-1);
    this.offsets = new Int32Array(documents.length + 1);
    let end = 0;
    for (const [d, parts] of documents.entries()) {
      const start = end;
      for (const part of parts) {
        for (const word of part) {
          // A place before this row's start was left by an earlier document.
          if ((places[word] as number) < start) {
            places[word] = end;
            wordIds[end++] = word;
          }
          counts[places[word] as number]!++;
        }
      }
      this.offsets[d + 1] = end;
    }
    this.wordIds = wordIds.slice(0, end);
    this.counts = counts.slice(0, end);
  }

  static fromTexts(texts: readonly string[], vocabulary = new Vocabulary()): DocumentTable {
    return new DocumentTable(
      vocabulary,
      texts.map((text) => [vocabulary.idsOf(text)]),
    );
  }

  get size(): number {
    return this.offsets.length - 1;
  }
}
