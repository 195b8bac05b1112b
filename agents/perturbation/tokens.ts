import type { NameIndex } from '../../graphs/resolve-names.ts';

/** A word, a name of the graph, or a mark of punctuation. */
export interface Token {
  kind: 'word' | 'name' | 'mark';
  text: string;
  /** In lower case. */
  word: string;
  /** The node's key; empty for what is no name. */
  node: string;
  /** A hyphen joins it to the token before: `PTEN-null`. */
  joined: boolean;
}

/** The sentences of a question as tokens; a name of several words is one token. */
export function sentencesOf(text: string, names: NameIndex): Token[][] {
  const tokens = tokensOf(withNounsInFront(text, names), names);
  const sentences: Token[][] = [[]];
  for (const token of tokens) {
    sentences.at(-1)?.push(token);
    if (token.kind === 'mark' && /[.?!;]/.test(token.text)) sentences.push([]);
  }
  return sentences.filter((sentence) => sentence.some(({ kind }) => kind !== 'mark'));
}

/** `oxidation of fatty acids` is written as `fatty acid oxidation` where only that is a name. */
function withNounsInFront(text: string, names: NameIndex): string {
  const phrase = /([\p{L}-]+) of (?:(?:the|their|its|his|her) )?([\p{L}\p{N}-]+)( [\p{L}\p{N}-]+)?/gu;
  return text.replace(phrase, (all, noun: string, first: string, second = '') => {
    const swapped = (thing: string) => [thing, thing.replace(/s$/, '')].map((one) => `${one} ${noun}`);
    const long = swapped(first + second).find((name) => names.lookup(name) !== undefined);
    if (long !== undefined) return long;
    const short = swapped(first).find((name) => names.lookup(name) !== undefined);
    return short === undefined ? all : `${short}${second}`;
  });
}

function tokensOf(text: string, names: NameIndex): Token[] {
  const tokens: Token[] = [];
  let from = 0;
  for (const { start, end, node } of names.mentions(text)) {
    tokens.push(...plainTokens(text.slice(from, start), text[from - 1]));
    const written = text.slice(start, end);
    tokens.push({
      kind: 'name',
      text: written,
      word: written.toLowerCase(),
      node,
      joined: isJoined(text, start),
    });
    from = end;
  }
  tokens.push(...plainTokens(text.slice(from), text[from - 1]));
  return withPrefixes(tokens);
}

const prefixes = new Set([
  'up',
  'down',
  'over',
  'pre',
  'knock',
  'non',
  're',
  'hyper',
  'de',
  'auto',
  'trans',
  'poly',
]);

/** `up-regulates` is one word, as `upregulates` is. */
function withPrefixes(tokens: readonly Token[]): Token[] {
  const merged: Token[] = [];
  for (const token of tokens) {
    const last = merged.at(-1);
    if (last && token.kind === 'word' && token.joined && prefixes.has(last.word)) {
      const text = last.text + token.text;
      merged[merged.length - 1] = { ...last, text, word: text.toLowerCase() };
    } else merged.push(token);
  }
  return merged;
}

const hyphen = /[-‐-―−]/;

function isJoined(text: string, at: number): boolean {
  return hyphen.test(text[at - 1] ?? '') && /[\p{L}\p{N}]/u.test(text[at - 2] ?? '');
}

/** Marks are commas, brackets and what ends a sentence: a full stop with space or the end behind it. */
function plainTokens(text: string, before = ' '): Token[] {
  const whole = before + text;
  return [...whole.matchAll(/[\p{L}\p{N}\p{M}'’+]+|\.(?=\s|$)|[,;:?!()]|--?(?=\/)/gu)]
    .filter((match) => match.index > 0)
    .map((match) => {
      const [found] = match;
      const isWord = /[\p{L}\p{N}]/u.test(found);
      const joined = isWord && isJoined(whole, match.index);
      const word = found.toLowerCase().replaceAll('’', "'");
      return { kind: isWord ? 'word' : 'mark', text: found, word, node: '', joined } as const;
    });
}
