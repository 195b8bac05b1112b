import type { DocumentTable } from './document-table.ts';
import { words } from './vocabulary.ts';

export interface Hit {
  document: number;
  /** Cosine similarity, 0 to 1. */
  score: number;
}

/** What fitting finds out. */
export interface Fitted {
  /** By word number; 0 where no fitted document has the word. */
  readonly idf: Float64Array;
  /** Lengths of the rows before they have length 1. */
  readonly norms: Float64Array;
}

/**
 * TF-IDF cosine scoring with scikit-learn's defaults: raw counts, idf = ln((1 + n) / (1 + df)) + 1, rows of
 * length 1; words that no fitted document has do not count. Fitted on all documents, or on `subset` of them.
 */
export class TfIdf implements Fitted {
  readonly table: DocumentTable;
  readonly #documents: ArrayLike<number>;
  readonly #isWhole: boolean;
  readonly idf: Float64Array;
  readonly norms: Float64Array;

  /** `fitted` is that of an earlier fit on the same documents. */
  constructor(table: DocumentTable, subset?: ArrayLike<number>, fitted?: Fitted) {
    this.table = table;
    this.#isWhole = subset === undefined;
    this.#documents = subset ?? new Int32Array(table.size).map((_, d) => d);
    this.idf = fitted?.idf ?? inverseFrequencies(table, this.#documents);
    this.norms = fitted?.norms ?? rowNorms(table, this.#documents, this.idf);
  }

  /** One score per fitted document, in the order of the subset. */
  scores(query: string): Float64Array {
    const weights = this.#queryWeights(query);
    const scores = new Float64Array(this.#documents.length);
    if (weights === undefined) return scores;
    if (this.#isWhole) this.#addByWord(weights, scores);
    else this.#addByRow(weights, scores);
    for (let i = 0; i < scores.length; i++) {
      const sum = scores[i] as number;
      if (sum > 0) scores[i] = Math.min(1, sum / (this.norms[i] as number));
    }
    return scores;
  }

  /** Of all documents, only those are visited that have a word of the query. */
  #addByWord(weights: ReadonlyMap<number, number>, scores: Float64Array): void {
    const { offsets, documents, counts } = this.table.postings;
    for (const [word, weight] of weights) {
      for (let at = offsets[word] as number; at < (offsets[word + 1] as number); at++) {
        scores[documents[at] as number]! += (counts[at] as number) * weight;
      }
    }
  }

  #addByRow(weights: ReadonlyMap<number, number>, scores: Float64Array): void {
    const { offsets, wordIds, counts } = this.table;
    const byWord = new Float64Array(this.idf.length);
    for (const [word, weight] of weights) byWord[word] = weight;
    for (let i = 0; i < scores.length; i++) {
      const document = this.#documents[i] as number;
      const end = offsets[document + 1] as number;
      let sum = 0;
      for (let at = offsets[document] as number; at < end; at++) {
        const weight = byWord[wordIds[at] as number] as number;
        if (weight !== 0) sum += (counts[at] as number) * weight;
      }
      scores[i] = sum;
    }
  }

  /** The best `topk` documents by (score down, order), of those above zero unless `includeZero`. */
  search(query: string, topk = Number.POSITIVE_INFINITY, includeZero = false): Hit[] {
    const scores = this.scores(query);
    const least = includeZero ? 0 : leastOfBest(scores, topk);
    const hits: Hit[] = [];
    for (let i = 0; i < scores.length; i++) {
      const score = scores[i] as number;
      if (score >= least) hits.push({ document: this.#documents[i] as number, score });
    }
    hits.sort((a, b) => b.score - a.score);
    return hits.length > topk ? hits.slice(0, topk) : hits;
  }

  /** By word number: idf² × the query's share, so that count × weight / norm adds up to the cosine. */
  #queryWeights(query: string): Map<number, number> | undefined {
    const weights = new Map<number, number>();
    for (const word of words(query)) {
      const id = this.table.vocabulary.find(word);
      if (id === undefined || !this.idf[id]) continue;
      weights.set(id, (weights.get(id) ?? 0) + (this.idf[id] as number));
    }
    if (weights.size === 0) return undefined;
    const norm = Math.hypot(...weights.values());
    for (const [id, weight] of weights) weights.set(id, (weight * (this.idf[id] as number)) / norm);
    return weights;
  }
}

/** The score of the last of the best `topk`, or the least above zero: frequent words score nearly every document. */
function leastOfBest(scores: Float64Array, topk: number): number {
  const found = scores.filter((score) => score > 0);
  if (found.length <= topk) return Number.MIN_VALUE;
  // Plain numbers sort several times as fast as hits do.
  return found.sort()[Math.max(0, found.length - Math.max(1, topk))] as number;
}

/** `items` by similarity to the query, each list its own small corpus; equal ones keep their order. */
export function rankTexts(table: DocumentTable, query: string): number[] {
  return new TfIdf(table).search(query, undefined, true).map(({ document }) => document);
}

function inverseFrequencies(table: DocumentTable, documents: ArrayLike<number>): Float64Array {
  const { offsets, wordIds } = table;
  const idf = new Float64Array(table.vocabulary.size);
  for (let i = 0; i < documents.length; i++) {
    const document = documents[i] as number;
    const end = offsets[document + 1] as number;
    for (let at = offsets[document] as number; at < end; at++) idf[wordIds[at] as number]! += 1;
  }
  const n = documents.length;
  for (let word = 0; word < idf.length; word++) {
    const frequency = idf[word] as number;
    if (frequency > 0) idf[word] = Math.log((1 + n) / (1 + frequency)) + 1;
  }
  return idf;
}

function rowNorms(table: DocumentTable, documents: ArrayLike<number>, idf: Float64Array): Float64Array {
  const { offsets, wordIds, counts } = table;
  const norms = new Float64Array(documents.length);
  for (let i = 0; i < norms.length; i++) {
    const document = documents[i] as number;
    const end = offsets[document + 1] as number;
    let sum = 0;
    for (let at = offsets[document] as number; at < end; at++) {
      const weight = (counts[at] as number) * (idf[wordIds[at] as number] as number);
      sum += weight * weight;
    }
    norms[i] = Math.sqrt(sum);
  }
  return norms;
}
