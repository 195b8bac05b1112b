import { Vocabulary } from './vocabulary.ts';

/** Word counts in compressed rows: document d holds entries `offsets[d]` to `offsets[d + 1]`. */
export interface Rows {
  offsets: Int32Array;
  wordIds: Int32Array;
  counts: Int32Array;
}

/** Which documents have a word, how often: word w is in `documents[offsets[w]]` up to `documents[offsets[w + 1]]`. */
export interface Postings {
  offsets: Int32Array;
  documents: Int32Array;
  counts: Int32Array;
}

/** Documents as word counts over a vocabulary. */
export class DocumentTable {
  readonly vocabulary: Vocabulary;
  readonly offsets: Int32Array;
  readonly wordIds: Int32Array;
  readonly counts: Int32Array;

  #postings: Postings | undefined;

  constructor(vocabulary: Vocabulary, { offsets, wordIds, counts }: Rows) {
    this.vocabulary = vocabulary;
    this.offsets = offsets;
    this.wordIds = wordIds;
    this.counts = counts;
  }

  /** `documents` has each document's word numbers, repeated as often as the word occurs. */
  static of(vocabulary: Vocabulary, documents: readonly (readonly Int32Array[])[]): DocumentTable {
    const total = documents.reduce((sum, parts) => sum + parts.reduce((n, part) => n + part.length, 0), 0);
    const rows = new RowCounter(vocabulary.size, documents.length, total);
    for (const parts of documents) {
      for (const part of parts) for (let i = 0; i < part.length; i++) rows.add(part[i] as number, 1);
      rows.endRow();
    }
    return new DocumentTable(vocabulary, rows.rows());
  }

  /** Documents made of the documents of other tables of this vocabulary. */
  static joining(
    vocabulary: Vocabulary,
    documents: readonly (readonly (readonly [table: DocumentTable, document: number])[])[],
  ): DocumentTable {
    const lengthOf = ({ offsets }: DocumentTable, document: number) =>
      (offsets[document + 1] as number) - (offsets[document] as number);
    const total = documents.flat().reduce((sum, [table, document]) => sum + lengthOf(table, document), 0);
    const rows = new RowCounter(vocabulary.size, documents.length, total);
    for (const parts of documents) {
      for (const [{ offsets, wordIds, counts }, document] of parts) {
        for (let at = offsets[document] as number; at < (offsets[document + 1] as number); at++) {
          rows.add(wordIds[at] as number, counts[at] as number);
        }
      }
      rows.endRow();
    }
    return new DocumentTable(vocabulary, rows.rows());
  }

  static fromTexts(texts: readonly string[], vocabulary = new Vocabulary()): DocumentTable {
    const documents = texts.map((text) => [vocabulary.idsOf(text)]);
    return DocumentTable.of(vocabulary, documents);
  }

  get size(): number {
    return this.offsets.length - 1;
  }

  /** The same counts by word. Made at the first search of the whole table. */
  get postings(): Postings {
    this.#postings ??= postingsOf(this);
    return this.#postings;
  }
}

function postingsOf({ vocabulary, offsets, wordIds, counts, size }: DocumentTable): Postings {
  const starts = new Int32Array(vocabulary.size + 1);
  for (let at = 0; at < wordIds.length; at++) starts[(wordIds[at] as number) + 1]!++;
  for (let word = 0; word < vocabulary.size; word++) starts[word + 1]! += starts[word] as number;
  const next = starts.slice();
  const documents = new Int32Array(wordIds.length);
  const byWord = new Int32Array(wordIds.length);
  for (let document = 0; document < size; document++) {
    for (let at = offsets[document] as number; at < (offsets[document + 1] as number); at++) {
      const place = next[wordIds[at] as number]!++;
      documents[place] = document;
      byWord[place] = counts[at] as number;
    }
  }
  return { offsets: starts, documents, counts: byWord };
}

/** Counts words row by row; a row's words stand in the order of their first occurrence. */
class RowCounter {
  readonly #offsets: Int32Array;
  readonly #wordIds: Int32Array;
  readonly #counts: Int32Array;
  readonly #places: Int32Array;
  #row = 0;
  #start = 0;
  #end = 0;

  /** `total` is at least the number of entries that all rows will have. */
  constructor(vocabularySize: number, rowCount: number, total: number) {
    this.#offsets = new Int32Array(rowCount + 1);
    this.#wordIds = new Int32Array(total);
    this.#counts = new Int32Array(total);
    this.#places = new Int32Array(vocabularySize).fill(-1);
  }

  add(word: number, count: number): void {
    // A place before this row's start was left by an earlier row.
    if ((this.#places[word] as number) < this.#start) {
      this.#places[word] = this.#end;
      this.#wordIds[this.#end++] = word;
    }
    this.#counts[this.#places[word] as number]! += count;
  }

  endRow(): void {
    this.#offsets[++this.#row] = this.#end;
    this.#start = this.#end;
  }

  rows(): Rows {
    return {
      offsets: this.#offsets,
      wordIds: this.#wordIds.slice(0, this.#end),
      counts: this.#counts.slice(0, this.#end),
    };
  }
}
