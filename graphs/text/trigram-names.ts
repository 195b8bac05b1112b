import { nameKey } from '../name-forms.ts';
import type { PathwayGraph } from '../pathway-graph.ts';
import { withoutQuestionWords } from '../scoring.ts';
import { Vocabulary } from './vocabulary.ts';

/** Names less alike than this (Dice's coefficient over trigrams) say nothing of each other. */
const leastLikeness = 0.5;

/** A name in a query is at most so many words. */
const longestTerm = 4;

/**
 * Names and synonyms of a graph's nodes by their trigrams: finds what a query writes differently or misspells, where
 * whole words do not match. For hybrid scoring; TF-IDF alone is the paper's.
 */
export class TrigramNames {
  readonly #trigrams = new Vocabulary();
  /** By trigram: the names that have it. */
  readonly #names: number[][] = [];
  readonly #lengths: number[] = [];
  readonly #nodes: number[] = [];

  constructor(graph: PathwayGraph) {
    for (const [node, key] of graph.nodes().entries()) {
      const { names, label, entities } = graph.getNodeAttributes(key);
      const all = [label, ...names, ...entities.flatMap((entity) => entity.names)];
      for (const name of new Set(all.map(nameKey))) this.#add(name, node);
    }
  }

  /** By node number, the likeness of its most alike name to any part of the query; those alike enough. */
  scores(query: string): Map<number, number> {
    const found = new Map<number, number>();
    for (const term of termsOf(query)) {
      const ids = trigramsOf(term).map((trigram) => this.#trigrams.find(trigram));
      const shared = new Map<number, number>();
      for (const id of ids) {
        if (id === undefined) continue;
        for (const name of this.#names[id] as number[]) shared.set(name, (shared.get(name) ?? 0) + 1);
      }
      for (const [name, count] of shared) {
        const likeness = (2 * count) / (ids.length + (this.#lengths[name] as number));
        const node = this.#nodes[name] as number;
        if (likeness >= leastLikeness && likeness > (found.get(node) ?? 0)) found.set(node, likeness);
      }
    }
    return found;
  }

  #add(name: string, node: number): void {
    const trigrams = trigramsOf(name);
    if (trigrams.length === 0) return;
    const number = this.#nodes.push(node) - 1;
    this.#lengths.push(trigrams.length);
    for (const trigram of trigrams) {
      const id = this.#trigrams.idOf(trigram);
      this.#names[id] ??= [];
      this.#names[id].push(number);
    }
  }
}

/** Distinct trigrams of a name's key; shorter names must match as words. */
function trigramsOf(key: string): string[] {
  const found = new Set<string>();
  for (let at = 0; at + 3 <= key.length; at++) found.add(key.slice(at, at + 3));
  return [...found];
}

/** Every run of up to four words, as keys of names. */
function termsOf(query: string): Set<string> {
  const words = withoutQuestionWords(query)
    .split(' ')
    .filter((word) => word !== '');
  const terms = new Set<string>();
  for (let from = 0; from < words.length; from++) {
    for (let to = from + 1; to <= Math.min(words.length, from + longestTerm); to++) {
      const key = nameKey(words.slice(from, to).join(' '));
      if (key.length >= 4) terms.add(key);
    }
  }
  return terms;
}
