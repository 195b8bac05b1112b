import { ConversationRefusedError } from './conversation-refused.ts';
import type { SpecialTokens } from './special-tokens.ts';

/** A character that is put into text and taken out again after the template has worked on it. */
export interface Mark {
  character: string;
  /** Takes it out, also where the template's `tojson` has escaped it. */
  remove(text: string): string;
}

/** Deeper values would end in the template engine's own recursion. */
const DEPTH_LIMIT = 100;

/** Unicode's noncharacters: in no text that means something, and unlike half a surrogate pair no JSON writer escapes them. */
const NONCHARACTERS = [...range(0xfdd0, 0xfdef), 0xfffe, 0xffff].map((code) => String.fromCharCode(code));
const NONCHARACTER = /[\ufdd0-\ufdef\ufffe\uffff]|\\u(?:fd[de]|fff)[\da-f]/gi;

/** A mark that none of these values' strings holds. Throws `ConversationRefusedError` where there is none, or on depth. */
export function chooseMark(values: unknown): Mark {
  const used = new Set<string>();
  visitStrings(values, 0, (text) => {
    for (const [found] of text.matchAll(NONCHARACTER)) used.add(unescaped(found));
  });
  const character = NONCHARACTERS.find((one) => !used.has(one));
  if (character === undefined) {
    throw new ConversationRefusedError("the conversation holds every one of Unicode's noncharacters");
  }
  const escaped = `\\\\u${character.charCodeAt(0).toString(16)}`;
  const pattern = new RegExp(`${character}|${escaped}`, 'gi');
  return { character, remove: (text) => text.replace(pattern, '') };
}

const unescaped = (found: string) =>
  found.length === 1 ? found : String.fromCharCode(Number.parseInt(found.slice(2), 16));

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

function visitStrings(value: unknown, depth: number, visit: (text: string) => void): void {
  if (depth > DEPTH_LIMIT) {
    throw new ConversationRefusedError(`messages, tools and variables may nest at most ${DEPTH_LIMIT} deep`);
  }
  if (typeof value === 'string') visit(value);
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (!Array.isArray(value)) visit(key);
    visitStrings(inner, depth + 1, visit);
  }
}

/** Words of the protocol. A template that puts one between `<|` and `|>` means to. */
const PROTOCOL_WORDS = 'system user assistant tool developer ipython'.split(' ');

/** Words that a template compares with or looks up: those in quotes or after a dot. */
function wordsOf(source: string): string[] {
  const quoted = source.matchAll(/(?<=['"])\w+(?=['"])/g);
  const dotted = source.matchAll(/(?<=\.)\w+/g);
  return [...quoted, ...dotted].map(([word]) => word);
}

/** Filters that could make a control token out of a text that spells none, by taking pieces out or changing case. */
const REWRITING = /(?:\.|\|\s*)(?:replace|lower|upper|title|capitalize|swapcase)\b/;

/** The texts that a template looks for, prints or takes out. */
function literalsOf(source: string): string[] {
  const code = [...source.matchAll(/\{[{%]([\s\S]*?)[}%]\}/g)].map(([, inner]) => inner).join('\n');
  const quoted = code.matchAll(/'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/g);
  return [...quoted].map(([, single, double]) => single ?? double ?? '').filter((text) => text.length > 1);
}

/** Puts marks into texts that could otherwise become control tokens, or a part of one. */
export class ControlMarker {
  readonly #controls: SpecialTokens;
  /** All control tokens' texts; what is part of one is part of this. */
  readonly #all: string;
  readonly #beginnings: ReadonlySet<string>;
  readonly #endings: ReadonlySet<string>;
  readonly #longest: number;

  /** Where the template rewrites texts: characters that control tokens begin with, each of which is marked. */
  readonly #firsts: ReadonlySet<string>;
  /** Places where one of these begins are left alone even then, so that the template finds it. */
  readonly #literals: readonly string[];
  /** Marked, these would not be found by the template any more. */
  readonly #words: ReadonlySet<string>;

  constructor(tokens: readonly { text: string }[], controls: SpecialTokens, source: string) {
    this.#words = new Set([...PROTOCOL_WORDS, ...wordsOf(source)]);
    const texts = tokens.map(({ text }) => text);
    this.#firsts = new Set(REWRITING.test(source) ? texts.map((text) => text[0] ?? '') : []);
    this.#literals = literalsOf(source);
    this.#controls = controls;
    this.#all = texts.join('\n');
    this.#beginnings = new Set(texts.flatMap((text) => cuts(text).map((cut) => text.slice(0, cut))));
    this.#endings = new Set(texts.flatMap((text) => cuts(text).map((cut) => text.slice(cut))));
    this.#longest = texts.reduce((most, text) => Math.max(most, text.length), 0);
  }

  /** The same JSON value with every string in it marked where it has to be, keys too. */
  mark(value: unknown, mark: string): unknown {
    if (typeof value === 'string') return this.#markText(value, mark);
    if (Array.isArray(value)) return value.map((inner) => this.mark(inner, mark));
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value).map(([key, inner]) => [
      this.#markText(key, mark),
      this.mark(inner, mark),
    ]);
    return Object.fromEntries(entries);
  }

  /**
   * A mark comes after the first character of each control token that the text spells, and at an edge with the
   * beginning or end of one, or around a piece from the middle of one, which the text around it might complete.
   */
  #markText(content: string, mark: string): string {
    const text = content.toWellFormed();
    const core = text.trim();
    if (core === '') return text;
    const lengths = Array.from({ length: Math.min(this.#longest, core.length) }, (_, i) => i + 1);
    const isPiece = core.length < this.#longest && this.#all.includes(core) && !this.#words.has(core);
    const opens = isPiece || lengths.some((length) => this.#endings.has(core.slice(0, length)));
    const closes = isPiece || lengths.some((length) => this.#beginnings.has(core.slice(-length)));
    const before = text.slice(0, text.length - text.trimStart().length);
    const after = text.slice(before.length + core.length);
    return before + (opens ? mark : '') + this.#breakControls(core, mark) + (closes ? mark : '') + after;
  }

  #breakControls(text: string, mark: string): string {
    let broken = '';
    let from = 0;
    for (let at = 0; at < text.length; at++) {
      if (!this.#controls.startsAt(text, at) && !this.#mayBeRewritten(text, at)) continue;
      const end = at + String.fromCodePoint(text.codePointAt(at)!).length;
      broken += text.slice(from, end) + mark;
      from = end;
    }
    return broken + text.slice(from);
  }

  #mayBeRewritten(text: string, at: number): boolean {
    return this.#firsts.has(text[at]!) && !this.#literals.some((literal) => text.startsWith(literal, at));
  }
}

const cuts = (text: string) => Array.from({ length: Math.max(0, text.length - 1) }, (_, i) => i + 1);
