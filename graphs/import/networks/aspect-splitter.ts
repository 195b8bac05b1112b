/** The text of one element of an aspect. */
export interface AspectPiece {
  aspect: string;
  text: string;
  line: number;
}

/** No node, edge or attribute comes near. */
const maxElementLength = 2 ** 21;

type Fault = (what: string, line: number) => Error;

/**
 * Cuts a CX text, `[{"aspect": [element, …], "aspect": value}, …]`, between elements, chunk by chunk. Whether the pieces
 * are JSON is left to `JSON.parse`; the frame around them is checked here.
 */
export class AspectSplitter {
  readonly #wanted: ReadonlySet<string>;
  readonly #fault: Fault;
  readonly #marks = /["{}[\],\\\n]/g;
  #where: 'start' | 'fragments' | 'members' | 'elements' | 'end' = 'start';
  /** Brackets that are open within a member's value or an element. */
  #nested = 0;
  /** The aspect whose elements are being cut. */
  #aspect = '';
  #line = 1;
  #inString = false;
  /** 1 when the chunk ended with a string's backslash, which hides the next character. */
  #hidden = 0;
  /** Text since the last cut, of earlier chunks, and the line it begins in. */
  #text = '';
  #textLine = 1;

  constructor(wanted: ReadonlySet<string>, fault: Fault) {
    this.#wanted = wanted;
    this.#fault = fault;
  }

  split(chunk: string): AspectPiece[] {
    const pieces: AspectPiece[] = [];
    let start = 0;
    this.#marks.lastIndex = this.#hidden;
    this.#hidden = 0;
    for (let found = this.#marks.exec(chunk); found; found = this.#marks.exec(chunk)) {
      const { 0: mark, index } = found;
      if (mark === '\n') this.#line++;
      else if (mark === '"') this.#inString = !this.#inString;
      else if (this.#inString && mark === '\\') {
        this.#marks.lastIndex = index + 2;
        if (index + 2 > chunk.length) this.#hidden = 1;
      } else if (!this.#inString && this.#cuts(mark, () => this.#text + chunk.slice(start, index), pieces)) {
        this.#text = '';
        this.#textLine = this.#line;
        start = index + 1;
      }
    }
    this.#hold(chunk.slice(start));
    return pieces;
  }

  end(): void {
    if (this.#where !== 'end') throw this.#failed('the network is cut off, or no CX at all');
    if (this.#text.trim() !== '') throw this.#failed('more text follows the network');
  }

  #hold(text: string): void {
    if (this.#where === 'elements' && !this.#wanted.has(this.#aspect)) return;
    this.#text += text;
    if (this.#text.length > maxElementLength)
      throw this.#failed(`an element longer than ${maxElementLength} characters`);
  }

  /** Follows the nesting; true where the text since the last cut was used up. */
  #cuts(mark: string, textBefore: () => string, pieces: AspectPiece[]): boolean {
    if (this.#nested > 0) {
      if (mark === '{' || mark === '[') this.#nested++;
      else if (mark !== ',') this.#nested--;
      return false;
    }
    if (this.#where === 'elements') return this.#cutsElement(mark, textBefore, pieces);
    if (this.#where === 'members') return this.#cutsMember(mark, textBefore, pieces);
    this.#cutFrame(mark, textBefore());
    return true;
  }

  /** Outside the fragments: the brackets of the list, and commas. */
  #cutFrame(mark: string, text: string): void {
    const isBlank = text.trim() === '';
    if (isBlank && this.#where === 'start' && mark === '[') this.#where = 'fragments';
    else if (isBlank && this.#where === 'fragments' && mark === '{') this.#where = 'members';
    else if (isBlank && this.#where === 'fragments' && mark === ']') this.#where = 'end';
    else if (!isBlank || this.#where !== 'fragments' || mark !== ',')
      throw this.#failed('no CX: a network is a JSON list of objects');
  }

  #cutsMember(mark: string, textBefore: () => string, pieces: AspectPiece[]): boolean {
    if (mark === '[') {
      const name = /^\s*("(?:[^"\\]|\\.)*")\s*:\s*$/.exec(textBefore())?.[1];
      if (name !== undefined) {
        this.#aspect = this.#nameOf(name);
        this.#where = 'elements';
        return true;
      }
    }
    if (mark === '{' || mark === '[') {
      this.#nested++;
      return false;
    }
    if (mark === ']') throw this.#failed('not JSON');
    this.#finishMember(textBefore(), pieces);
    if (mark === '}') this.#where = 'fragments';
    return true;
  }

  /** A member that is no list (`"CXVersion": "2.0"`), or the nothing that follows one that is. */
  #finishMember(text: string, pieces: AspectPiece[]): void {
    if (text.trim() === '') return;
    const found = /^\s*("(?:[^"\\]|\\.)*")\s*:([\s\S]*)$/.exec(text);
    if (!found) throw this.#failed('not JSON: a member without a name');
    const aspect = this.#nameOf(found[1] as string);
    if (this.#wanted.has(aspect)) pieces.push({ aspect, text: found[2] as string, line: this.#textLine });
  }

  #cutsElement(mark: string, textBefore: () => string, pieces: AspectPiece[]): boolean {
    if (mark === '{' || mark === '[') {
      this.#nested++;
      return false;
    }
    if (mark === '}') throw this.#failed('not JSON');
    if (this.#wanted.has(this.#aspect)) {
      const text = textBefore();
      if (text.trim() !== '') pieces.push({ aspect: this.#aspect, text, line: this.#textLine });
    }
    if (mark === ']') this.#where = 'members';
    return true;
  }

  #nameOf(quoted: string): string {
    try {
      return String(JSON.parse(quoted));
    } catch {
      throw this.#failed('not JSON');
    }
  }

  #failed(what: string): Error {
    return this.#fault(what, this.#line);
  }
}
