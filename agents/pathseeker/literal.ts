/** A value that a call may carry: what Python writes as a literal. Lists and tuples are both arrays. */
export type Literal = string | number | boolean | null | Literal[];

/** Why a text is not a literal call; becomes one sentence of the next observation. */
export class CallSyntaxError extends Error {}

const MAX_DEPTH = 16;
const MAX_ITEMS = 256;

const escapes: Record<string, string> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '\n': '',
};

/**
 * Reads Python literals from a text that a model wrote. Nothing is ever evaluated. Every step moves forward
 * or throws `CallSyntaxError`, so the time is linear in the length of the text.
 */
export class LiteralReader {
  readonly #text: string;
  position = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The literal at the cursor. */
  literal(depth = 0): Literal {
    const next = this.peek();
    if (next === '"' || next === "'") return this.#strings();
    if (next === '[') return this.#items(']', depth);
    if (next === '(') return this.#items(')', depth);
    const number = this.take(/[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?![\w.])/y);
    if (number !== undefined) return Number(number);
    return this.#constant();
  }

  /** Skips blanks and comments, then shows the next character; empty at the end. */
  peek(): string {
    this.take(/(?:\s+|#[^\n]*)*/y);
    return this.#text[this.position] ?? '';
  }

  /** What a sticky pattern matches at the cursor. */
  take(sticky: RegExp): string | undefined {
    sticky.lastIndex = this.position;
    const found = sticky.exec(this.#text)?.[0];
    if (found !== undefined) this.position += found.length;
    return found;
  }

  /** Steps over one expected character, if it is next. */
  skip(character: string): boolean {
    if (this.peek() !== character) return false;
    this.position += 1;
    return true;
  }

  rest(): string {
    return this.#text.slice(this.position);
  }

  #constant(): Literal {
    const word = this.take(/[A-Za-z_]\w*/y);
    if (word === 'True' || word === 'true') return true;
    if (word === 'False' || word === 'false') return false;
    if (word === 'None' || word === 'null') return null;
    if (word !== undefined) throw new CallSyntaxError(`"${word.slice(0, 40)}" needs quotes around it`);
    throw new CallSyntaxError(
      this.rest() ? `"${this.rest().slice(0, 12)}" is not a value` : 'the call is cut off',
    );
  }

  #items(close: string, depth: number): Literal {
    if (depth >= MAX_DEPTH) throw new CallSyntaxError(`lists are nested more than ${MAX_DEPTH} deep`);
    this.position += 1;
    const items: Literal[] = [];
    let commas = 0;
    while (!this.skip(close)) {
      if (items.length >= MAX_ITEMS) throw new CallSyntaxError(`a list has more than ${MAX_ITEMS} items`);
      items.push(this.literal(depth + 1));
      if (this.skip(',')) commas += 1;
      else if (this.peek() !== close) throw new CallSyntaxError(`a "${close}" or a comma is missing`);
    }
    const onlyParenthesised = close === ')' && items.length === 1 && commas === 0;
    return onlyParenthesised ? items[0]! : items;
  }

  /** One string or several side by side, which Python joins. */
  #strings(): string {
    const parts: string[] = [];
    while (this.peek() === '"' || this.peek() === "'") parts.push(this.#string());
    return parts.join('');
  }

  #string(): string {
    const quote = this.take(/'''|"""|'|"/y) ?? '';
    let value = '';
    for (;;) {
      const character = this.#text[this.position];
      if (character === undefined) throw new CallSyntaxError(`a string is not closed with ${quote}`);
      if (character === '\\') value += this.#escape();
      else if (this.#closes(quote)) break;
      else {
        value += character;
        this.position += 1;
      }
    }
    this.position += quote.length;
    return value;
  }

  /**
   * A quote ends a string only where a value may end. So the apostrophes of names (5'-phosphate, Alzheimer's)
   * stay inside: models pass whole questions as keywords and do not escape them.
   */
  #closes(quote: string): boolean {
    if (!this.#text.startsWith(quote, this.position)) return false;
    if (quote.length === 3) return true;
    const after = /\s*(?:[,)\]}:#;'"`]|$)/y;
    after.lastIndex = this.position + 1;
    return after.test(this.#text);
  }

  #escape(): string {
    const hex = this.take(/\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U00[01][0-9a-fA-F]{5})/y);
    if (hex !== undefined) return codePoint(Number.parseInt(hex.slice(2), 16));
    const letter = this.#text[this.position + 1] ?? '';
    this.position += Math.min(2, this.#text.length - this.position);
    return escapes[letter] ?? `\\${letter}`; // Python keeps the backslash of escapes it does not know
  }
}

function codePoint(code: number): string {
  return code <= 0x10ffff ? String.fromCodePoint(code) : '�';
}
