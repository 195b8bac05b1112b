import { randomSource } from '../../src/engine/random.ts';
import type { Tokenizer } from '../../src/engine/tokenizer.ts';
import type { LongText } from './long-texts.ts';

export type NeedleKind = 'single' | 'multi-key' | 'multi-value';

/** One question about a haystack. */
export interface Needle {
  kind: NeedleKind;
  question: string;
  /** All must be in the answer. */
  values: readonly string[];
}

export interface Haystack {
  text: string;
  needles: readonly Needle[];
}

const colours = ['amber', 'crimson', 'ivory', 'jade', 'scarlet', 'silver', 'teal', 'violet'];
const things = ['anchor', 'beacon', 'compass', 'falcon', 'lantern', 'meadow', 'orchard', 'tunnel'];
// Tokens with the facts: with a sentence less still 2,048, with question and answer at most 7,500.
const shortest = 2300;
const longest = 7400;
const singleEvery = 4;
const counts = { 'multi-key': 12, 'multi-value': 4 } as const;
const valuesOfMany = 2;

/**
 * Haystack number `index` of a seed: a natural stretch of a text with facts between its sentences, together 2,048 to
 * 7,400 tokens. Every fourth hides one fact; the others hide sixteen keys, four of which have two values. RULER's needles
 * (arXiv 2404.06654).
 */
export function haystack(
  texts: readonly LongText[],
  tokenizer: Tokenizer,
  seed: number,
  index: number,
): Haystack {
  const random = randomSource(seed * 100_003 + index);
  const below = (limit: number) => Math.floor(random() * limit);
  const needles = needlesOf(index, below);
  const facts = needles.flatMap(({ key, values }) => values.map((value) => fact(key, value)));
  const { text } = texts[index % texts.length]!;
  const factTokens = tokenizer.encode(facts.join(' ')).length;
  const tokens = shortest + below(longest - shortest) - factTokens;
  const sentences = stretch(text, tokenizer, tokens, random());
  for (const each of shuffled(facts, below)) sentences.splice(below(sentences.length + 1), 0, each);
  return {
    text: sentences.join(' '),
    needles: needles.map(({ kind, key, values }) => ({ kind, question: question(key, values), values })),
  };
}

const fact = (key: string, value: string) => `One of the special magic numbers for ${key} is: ${value}.`;

function question(key: string, values: readonly string[]): string {
  if (values.length === 1) {
    return `\n\nQuestion: What is the special magic number for ${key} mentioned in the text?\nAnswer: The special magic number for ${key} mentioned in the text is`;
  }
  return `\n\nQuestion: What are all the special magic numbers for ${key} mentioned in the text?\nAnswer: The ${values.length} special magic numbers for ${key} mentioned in the text are`;
}

function needlesOf(index: number, below: (limit: number) => number) {
  const keys = shuffled(
    colours.flatMap((colour) => things.map((thing) => `${colour}-${thing}`)),
    below,
  );
  const value = () => String(1_000_000 + below(9_000_000));
  const needle = (kind: NeedleKind, values: number) => ({
    kind,
    key: keys.pop()!,
    values: Array.from({ length: values }, value),
  });
  if (index % singleEvery === singleEvery - 1) return [needle('single', 1)];
  return [
    ...Array.from({ length: counts['multi-key'] }, () => needle('multi-key', 1)),
    ...Array.from({ length: counts['multi-value'] }, () => needle('multi-value', valuesOfMany)),
  ];
}

/** Whole sentences of about so many tokens, from somewhere in the text. */
function stretch(text: string, tokenizer: Tokenizer, tokens: number, where: number): string[] {
  const mostCharacters = tokens * 8;
  const start = Math.floor(where * Math.max(0, text.length - mostCharacters));
  const sentences = text
    .slice(start, start + mostCharacters)
    .replace(/\s+/g, ' ')
    .split(/(?<=[.!?]["”]?) /)
    .slice(1);
  let count = 0;
  const end = sentences.findIndex((sentence) => {
    count += tokenizer.encode(` ${sentence}`).length;
    return count > tokens;
  });
  return sentences.slice(0, end === -1 ? undefined : end);
}

function shuffled<T>(items: readonly T[], below: (limit: number) => number): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = below(i + 1);
    [result[i], result[j]] = [result[j]!, result[i]!];
  }
  return result;
}
