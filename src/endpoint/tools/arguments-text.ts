/**
 * Passes the JSON of one object through as it streams, and mends what small models get wrong: a comma before a
 * closing bracket is left out, a raw line break in a string is escaped. What is not JSON for other reasons stays as
 * it is; the client sees what the model wrote.
 */
export class ArgumentsText {
  /** Brackets that are still to come, innermost last. */
  readonly #closers: string[] = [];
  #inString = false;
  #afterBackslash = false;
  /** A comma, and the white space after it, until it is known what follows. */
  #held = '';
  #isOver = false;

  /** True once the object is closed, or broken off by what cannot be JSON. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** What can be given out now, and the text past the object's end. The first character is to be `{`. */
  push(text: string): { out: string; rest: string } {
    let out = '';
    for (let at = 0; at < text.length; at++) {
      const char = text[at]!;
      if (!this.#inString && (char === '<' || char === '`')) {
        this.#isOver = true;
        return { out: out + this.close(), rest: text.slice(at) };
      }
      out += this.#inString ? this.#insideString(char) : this.#outsideString(char);
      if (!this.#isOver) continue;
      return { out, rest: text.slice(at + 1) };
    }
    return { out, rest: '' };
  }

  /** What completes an object that was left open on purpose. */
  close(): string {
    this.#isOver = true;
    this.#held = '';
    return this.#closers.splice(0).reverse().join('');
  }

  #insideString(char: string): string {
    if (this.#afterBackslash) this.#afterBackslash = false;
    else if (char === '\\') this.#afterBackslash = true;
    else if (char === '"') this.#inString = false;
    return char < ' ' ? JSON.stringify(char).slice(1, -1) : char;
  }

  #outsideString(char: string): string {
    if (char === ',' || (this.#held !== '' && /\s/.test(char))) {
      const before = char === ',' ? this.#held : '';
      this.#held = char === ',' ? char : this.#held + char;
      return before;
    }
    const isClosing = char === '}' || char === ']';
    const before = isClosing ? this.#held.slice(1) : this.#held;
    this.#held = '';
    if (char === '"') this.#inString = true;
    if (char === '{' || char === '[') this.#closers.push(char === '{' ? '}' : ']');
    if (isClosing) this.#closers.pop();
    this.#isOver = this.#closers.length === 0;
    return before + char;
  }
}
