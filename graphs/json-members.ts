export interface JsonMember {
  name: string;
  value: unknown;
}

/**
 * The members of a text that is one JSON object, in the order of the text, chunk by chunk. `JSON.parse` of the whole
 * would put names that are whole numbers first, and hold the text beside all its values. Throws `SyntaxError`.
 */
export async function* jsonMembers(chunks: AsyncIterable<string>): AsyncGenerator<JsonMember> {
  const splitter = new MemberSplitter();
  for await (const chunk of chunks) {
    for (const text of splitter.split(chunk)) yield parsed(text);
  }
  splitter.end();
}

function parsed(text: string): JsonMember {
  const [member] = Object.entries(JSON.parse(`{${text}}`) as object);
  if (member === undefined) throw new SyntaxError('nothing between two commas');
  return { name: member[0], value: member[1] };
}

/** Cuts an object between its members. Whether these are JSON is left to `JSON.parse`. */
class MemberSplitter {
  readonly #marks = /["{}[\],\\]/g;
  /** Text since the last cut, of earlier chunks. */
  #text = '';
  #depth = 0;
  #inString = false;
  /** 1 when the chunk ended with a string's backslash, which hides the next character. */
  #hidden = 0;
  #isEmpty = true;
  #hasEnded = false;

  split(chunk: string): string[] {
    if (chunk === '') return [];
    const members: string[] = [];
    let start = 0;
    this.#marks.lastIndex = this.#hidden;
    this.#hidden = 0;
    for (let found = this.#marks.exec(chunk); found; found = this.#marks.exec(chunk)) {
      const { 0: mark, index } = found;
      if (this.#inString && mark === '\\') {
        this.#marks.lastIndex = index + 2;
        if (index + 2 > chunk.length) this.#hidden = 1;
      } else if (this.#cutsAt(mark)) {
        this.#finish(this.#text + chunk.slice(start, index), mark, members);
        this.#text = '';
        start = index + 1;
      }
    }
    this.#text += chunk.slice(start);
    return members;
  }

  end(): void {
    if (!this.#hasEnded) throw new SyntaxError('it is cut off');
    if (this.#text.trim() !== '') throw new SyntaxError('more text follows the object');
  }

  /** Follows strings and nesting; true at the object's own braces and at the commas between its members. */
  #cutsAt(mark: string): boolean {
    if (mark === '"') this.#inString = !this.#inString;
    if (mark === '"' || this.#inString) return false;
    if (mark === '{' || mark === '[') return ++this.#depth === 1;
    if (mark === '}' || mark === ']') return --this.#depth <= 0;
    return mark === ',' && this.#depth === 1;
  }

  #finish(text: string, mark: string, members: string[]): void {
    const isBlank = text.trim() === '';
    if (mark === '{' && isBlank && !this.#hasEnded) return;
    if (mark === '{' || mark === '[' || mark === ']' || this.#hasEnded || this.#depth < 0)
      throw new SyntaxError('it is something else');
    this.#hasEnded = mark === '}';
    if (!(this.#hasEnded && isBlank && this.#isEmpty)) members.push(text);
    this.#isEmpty = false;
  }
}
