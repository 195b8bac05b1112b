import { Vocabulary } from './vocabulary.ts';

/** Word counts in compressed rows: document d holds entries `offsets[d]` to `offsets[d + 1]`. */
export interface Rows {
  offsets: Int32Array;
  wordIds: Int32Array;
  counts: Int32Array;
}

/** Documents as word counts over a vocabulary. */
export class DocumentTable {
  readonly vocabulary: Vocabulary;
  readonly offsets: Int32Array;
  readonly wordIds: Int32Array;
  readonly counts: Int32Array;

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
