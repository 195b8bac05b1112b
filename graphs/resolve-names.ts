import { breaksAgree, caseAgrees, nameKey, nameKeys } from './name-forms.ts';
import type { NodeAttributes, PathwayGraph } from './pathway-graph.ts';

/** A name found in a question. */
export interface ResolvedName {
  /** As the question writes it. */
  text: string;
  /** The node's key. */
  node: string;
  /** The node's label. */
  name: string;
}

/** A place in a text that names a node. */
export interface Mention {
  start: number;
  end: number;
  node: string;
}

/** One way to write a node's name. */
export interface Form {
  text: string;
  node: string;
  /** Lower wins: an id, then a family's or complex's name, a name, an alias; a member of a group comes last. */
  rank: number;
}

/** By the name's key (`nameKeys`), the best first. */
export type Forms = Pick<ReadonlyMap<string, readonly Form[]>, 'get'>;

/** No name is looked for over more words than this. */
const longestName = 9;

/** The names of a graph's nodes, for finding them in questions. Built once per graph. */
export class NameIndex {
  readonly #graph: PathwayGraph;
  readonly #forms: Forms;

  constructor(graph: PathwayGraph, forms: Forms = formsByKey(graph)) {
    this.#graph = graph;
    this.#forms = forms;
  }

  /**
   * The entities a question names, in its order, each node once: by symbol, alias, family or full name; the longest
   * name wins. Hyphens, spaces, Greek letters and plurals are as people write them: NF-κB, IL 6, TGFβ, ERKs.
   */
  resolve(question: string): ResolvedName[] {
    const found = new Map<string, ResolvedName>();
    for (const { start, end, node } of this.mentions(question)) {
      const name = this.#graph.getNodeAttribute(node, 'label');
      if (!found.has(node)) found.set(node, { text: question.slice(start, end), node, name });
    }
    return [...found.values()];
  }

  /** Every place where a text names a node, in order, none within another. */
  mentions(text: string): Mention[] {
    const words = [...text.matchAll(/[\p{L}\p{N}\p{M}+]+/gu)].map((match) => ({
      start: match.index,
      end: match.index + match[0].length,
    }));
    const found: Mention[] = [];
    for (let at = 0; at < words.length; ) {
      const hit = this.#longestAt(text, words, at);
      if (hit) found.push(hit);
      at += hit?.words ?? 1;
    }
    return found;
  }

  /** The text with each named node's label beside its mention: for words of a search, `IL-6` alone is `il`. */
  withSymbols(text: string): string {
    let written = '';
    let from = 0;
    for (const { end, node } of this.mentions(text)) {
      written += `${text.slice(from, end)} ${this.#graph.getNodeAttribute(node, 'label')}`;
      from = end;
    }
    return written + text.slice(from);
  }

  /** The node that one whole name means, in any case. */
  lookup(name: string): string | undefined {
    const forms = nameKeys(name).flatMap((key) => this.#forms.get(key) ?? []);
    return (forms.find((form) => form.text === name) ?? forms.sort((a, b) => a.rank - b.rank)[0])?.node;
  }

  #longestAt(
    question: string,
    words: readonly { start: number; end: number }[],
    at: number,
  ): (Mention & { words: number }) | undefined {
    for (let count = Math.min(longestName, words.length - at); count > 0; count--) {
      const span = words.slice(at, at + count) as [{ start: number; end: number }];
      if (!isOneName(question, span)) continue;
      const [start, end] = [span[0].start, (span.at(-1) ?? span[0]).end];
      const form = this.#match(question.slice(start, end));
      if (form) return { start, end, node: form.node, words: count };
    }
    return undefined;
  }

  #match(text: string): Form | undefined {
    const singular = /[^s]s$/i.test(text) ? [text.slice(0, -1)] : [];
    for (const written of [text, ...singular]) {
      const forms = nameKeys(written).flatMap((key) => this.#forms.get(key) ?? []);
      const fits = forms.filter((form) => caseAgrees(written, form.text) && breaksAgree(written, form.text));
      const exact = fits.find((form) => form.text === written && form.rank === 0);
      const best = exact ?? fits.sort((a, b) => a.rank - b.rank)[0];
      if (best) return best;
    }
    return undefined;
  }
}

/** The entities of a graph that a text names. Keep a `NameIndex` where many texts are read. */
export function resolveNames(graph: PathwayGraph, text: string): ResolvedName[] {
  return new NameIndex(graph).resolve(text);
}

/** The words of one name are joined by single spaces, hyphens, slashes, primes or brackets, not by punctuation. */
function isOneName(question: string, words: readonly { start: number; end: number }[]): boolean {
  return words.slice(1).every((word, i) => {
    const between = question.slice(words[i]?.end, word.start);
    return /^(\s?[-‐-―/'’(),.]?\s?|\s+)$/u.test(between) && !/[.,]\s/.test(between);
  });
}

export function formsByKey(graph: PathwayGraph): Map<string, Form[]> {
  const found = new Map<string, Form[]>();
  graph.forEachNode((node, attributes) => {
    for (const form of formsOf(node, attributes)) {
      for (const key of nameKeys(form.text)) {
        if (key.length < 2) continue;
        const forms = found.get(key);
        if (forms) forms.push(form);
        else found.set(key, [form]);
      }
    }
  });
  for (const forms of found.values()) forms.sort((a, b) => a.rank - b.rank);
  return found;
}

function formsOf(node: string, attributes: NodeAttributes): Form[] {
  const { entities, names, label, kind } = attributes;
  const forms = new Map<string, Form>();
  const add = (text: string, rank: number) => {
    if (nameKey(text).length >= 2 && !forms.has(text)) forms.set(text, { text, node, rank });
  };
  const alone = entities.length === 1;
  const collective = kind === 'family' || kind === 'complex';
  if (alone) add(entities[0]?.id ?? node, 0);
  add(label, alone ? 0 : 1);
  for (const [i, name] of names.entries()) {
    const rank = collective && alone ? 1 : i === 0 ? 2 : 3;
    add(name, rank);
    // `FOXO family` is asked for as FOXO, `insulin (human)` as insulin.
    const core = name
      .replace(/\s*\([^)]*\)\s*$/, '')
      .replace(/\s+(family|complex|proteins?|subfamily)$/i, '');
    if (core !== name) add(core, rank);
  }
  if (!alone) for (const name of entities.flatMap((entity) => entity.names)) add(name, 4);
  return [...forms.values()];
}
