import { ArgumentsText } from './arguments-text.ts';
import { decodeString, readString, stringEnd, valueEnd } from './json-scan.ts';

/** What a reader has found: the call's name, then its arguments piece by piece. */
export type CallEvent = { kind: 'name'; name: string } | { kind: 'arguments'; text: string };

type State = 'key' | 'colon' | 'value' | 'object' | 'string' | 'done' | 'failed';

/** A call whose name and arguments have not begun within this many characters is text. */
const HEAD_LIMIT = 16_384;

/**
 * Reads one call, `{"name": …, "arguments": {…}}`, as it streams. Takes the keys in any order and others beside
 * them, `parameters` for `arguments`, `function` for `name` or around both, and arguments that are a string of JSON.
 * Once a known name and the `{` of its arguments have come the call stands, whatever follows; until then it fails on
 * an unknown name and on all that is no such object, and nothing has been given out.
 */
export class CallReader {
  readonly #names: ReadonlySet<string>;
  readonly #needsArguments: boolean;
  readonly #arguments = new ArgumentsText();
  #text: string;
  #at = 0;
  #consumed = 0;
  #state: State = 'key';
  /** Objects around the next key: more than one inside `"function": {`. */
  #depth = 0;
  #key = '';
  #name: string | undefined;
  /** Arguments that came before the name. */
  #early: string | undefined;
  #begun = false;
  #events: CallEvent[] = [];

  /** `needsArguments`: an object that has a name alone is no call. */
  constructor(names: ReadonlySet<string>, needsArguments: boolean) {
    this.#names = names;
    this.#needsArguments = needsArguments;
    this.#text = '';
  }

  get state(): 'reading' | 'done' | 'failed' {
    return this.#state === 'done' || this.#state === 'failed' ? this.#state : 'reading';
  }

  /** True once the call stands. */
  get begun(): boolean {
    return this.#begun;
  }

  /** The text past the call, once it is done. */
  get rest(): string {
    return this.#text.slice(this.#at);
  }

  push(text: string): CallEvent[] {
    this.#text = this.#text.slice(this.#at) + text;
    this.#consumed += this.#at;
    this.#at = 0;
    while (this.state === 'reading' && this.#step());
    const read = this.#consumed + this.#text.length;
    if (this.state === 'reading' && this.#state !== 'string' && !this.#begun && read > HEAD_LIMIT) {
      this.#state = 'failed';
    }
    return this.#takeEvents();
  }

  /** The reply ends here. */
  finish(): CallEvent[] {
    if (this.state === 'reading') this.#end();
    return this.#takeEvents();
  }

  #takeEvents(): CallEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  /** One step on; false where more text is needed. */
  #step(): boolean {
    switch (this.#state) {
      case 'key':
        return this.#readKey();
      case 'colon':
        return this.#readColon();
      case 'value':
        return this.#readValue();
      case 'object':
        return this.#readObject();
      case 'string':
        return this.#readString();
      case 'done':
      case 'failed':
        return false;
    }
  }

  #skip(what: RegExp): string | undefined {
    while (this.#at < this.#text.length && what.test(this.#text[this.#at]!)) this.#at++;
    return this.#text[this.#at];
  }

  #readKey(): boolean {
    const char = this.#skip(/[\s,]/);
    if (char === undefined) return false;
    if (char === '{' && this.#depth === 0) return this.#go(1, 'key', 1);
    if (char === '}' && this.#depth > 1) return this.#go(1, 'key', -1);
    if (char === '}' && this.#depth === 1) {
      this.#at++;
      this.#end();
      return false;
    }
    if (char !== '"' || this.#depth === 0) {
      this.#end();
      return false;
    }
    const end = stringEnd(this.#text, this.#at);
    if (end === undefined) return false;
    this.#key = readString(this.#text.slice(this.#at, end)) ?? '';
    return this.#go(end - this.#at, 'colon');
  }

  #readColon(): boolean {
    const char = this.#skip(/\s/);
    if (char === undefined) return false;
    return char === ':' ? this.#go(1, 'value') : this.#broken();
  }

  #readValue(): boolean {
    const char = this.#skip(/\s/);
    if (char === undefined) return false;
    if (this.#key === 'function' && char === '{') return this.#go(1, 'key', 1);
    const canStream = this.#isArguments && this.#name !== undefined && this.#early === undefined;
    if (canStream && !this.#begun && (char === '"' || char === '{')) return this.#openArguments(char);
    const end = valueEnd(this.#text, this.#at);
    if (end === undefined) return false;
    if (end === this.#at) return this.#broken();
    return this.#takeValue(this.#text.slice(this.#at, end)) && this.#go(end - this.#at, 'key');
  }

  get #isArguments(): boolean {
    return this.#key === 'arguments' || this.#key === 'parameters';
  }

  #openArguments(char: '"' | '{'): boolean {
    if (this.#isLate) return this.#broken();
    if (char === '"') return this.#go(1, 'string');
    this.#begin();
    return this.#go(0, 'object');
  }

  /** A value that was read whole: the first name counts, and arguments that came before it. */
  #takeValue(value: string): boolean {
    if (this.#isArguments && !this.#begun) this.#early ??= value;
    const isName = this.#key === 'name' || this.#key === 'function';
    if (!isName || this.#name !== undefined) return true;
    this.#name = readString(value);
    return (this.#name !== undefined && this.#names.has(this.#name)) || this.#broken();
  }

  #readObject(): boolean {
    const { out, rest } = this.#arguments.push(this.#text.slice(this.#at));
    this.#give(out);
    this.#at = this.#text.length - rest.length;
    return this.#arguments.isOver && this.#go(0, 'key');
  }

  /** Arguments as a string of JSON: decoded as they come, and begun when their `{` has come. */
  #readString(): boolean {
    const { out, next, isOver } = decodeString(this.#text, this.#at);
    const inside = this.#begun ? out : out.trimStart();
    if (!this.#begun && inside !== '' && !inside.startsWith('{')) return this.#broken();
    this.#at = next;
    if (!this.#begun && inside !== '') this.#begin();
    if (inside !== '' && !this.#arguments.isOver) this.#give(this.#arguments.push(inside).out);
    if (isOver && !this.#begun) this.#early = '{}';
    return isOver && this.#go(0, 'key');
  }

  #go(length: number, state: State, deeper = 0): boolean {
    this.#at += length;
    this.#state = state;
    this.#depth += deeper;
    return true;
  }

  /** So that it is the text that decides, and not how it was cut. */
  get #isLate(): boolean {
    return this.#consumed + this.#at > HEAD_LIMIT;
  }

  /** The call stands from here on. */
  #begin(): void {
    this.#begun = true;
    this.#events.push({ kind: 'name', name: this.#name! });
  }

  #give(text: string): void {
    if (text !== '') this.#events.push({ kind: 'arguments', text });
  }

  /** This is no call; or, where it stands already, it ends here. */
  #broken(): false {
    this.#state = this.#begun ? 'done' : 'failed';
    return false;
  }

  /** The object is over, or what follows belongs to it no more. */
  #end(): void {
    if (!this.#begun) this.#giveWhole();
    this.#state = this.#begun ? 'done' : 'failed';
  }

  #giveWhole(): void {
    const text = this.#early === undefined ? (this.#needsArguments ? undefined : '{}') : early(this.#early);
    if (this.#name === undefined || text === undefined || this.#isLate) return;
    this.#begin();
    this.#give(this.#arguments.push(text).out);
  }
}

/** Arguments that were read whole: an object, or a string that holds one. Undefined: something else. */
function early(value: string): string | undefined {
  const text = (value.startsWith('"') ? readString(value) : value)?.trim();
  if (text === '' || text === 'null') return '{}';
  return text?.startsWith('{') ? text : undefined;
}
