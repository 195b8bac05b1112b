import { SaxesParser, type SaxesTagNS } from 'saxes';
import { MalformedFileError } from '../../../src/errors.ts';
import { openText } from './open-text.ts';
import { declareEntities } from './xml-entities.ts';

/** What one name, attribute value, text or element may cost at most. */
export const xmlLimits = {
  nameLength: 1_000,
  valueLength: 2 ** 16,
  textLength: 2 ** 21,
  attributes: 1_000,
  depth: 256,
} as const;

export interface XmlHandler {
  open(tag: SaxesTagNS): void;
  close(tag: SaxesTagNS): void;
  /** Text and CDATA, in pieces. */
  text(text: string): void;
  /** After the root element. */
  end?(): void;
}

/** Where in a file the reading stands. */
export interface Place {
  readonly line: number;
  /** An error that names the file, the line and what to do. */
  fault(what: string, hint?: string, line?: number): MalformedFileError;
}

/**
 * Reads an XML file chunk by chunk; what the handler hands to `emit` is yielded. Refused are entities that grow, names,
 * values and texts beyond the limits, and text that is not well-formed. Throws `MalformedFileError` as
 * `file:line: what`.
 */
export async function* readXml<T>(
  path: string,
  makeHandler: (emit: (item: T) => void, place: Place) => XmlHandler,
  signal?: AbortSignal,
): AsyncGenerator<T> {
  const ready: T[] = [];
  const parser = new XmlParser(path, (place) => makeHandler((item) => ready.push(item), place));
  for await (const chunk of openText(path, signal)) {
    parser.write(chunk);
    yield* ready.splice(0);
  }
  parser.close();
  yield* ready.splice(0);
}

/** saxes with namespaces, behind the limits. */
class XmlParser implements Place {
  readonly #path: string;
  readonly #parser = new SaxesParser({ xmlns: true, position: true });
  readonly #handler: XmlHandler;
  #depth = 0;
  #attributes = 0;
  /** Characters since the parser last came to the end of anything: what it holds by itself. */
  #pending = 0;

  constructor(path: string, makeHandler: (place: Place) => XmlHandler) {
    this.#path = path;
    this.#handler = makeHandler(this);
    const parser = this.#parser;
    parser.on('error', (error) => this.#fail(error.message.replace(/^[\d:]+\s*/, '')));
    parser.on('doctype', (text) => this.#onDoctype(text));
    parser.on('opentagstart', ({ name }) => this.#onTagStart(name));
    parser.on('attribute', ({ name, value }) => this.#onAttribute(name, value));
    parser.on('opentag', (tag) => this.#onOpen(tag));
    parser.on('closetag', (tag) => this.#onClose(tag));
    parser.on('text', (text) => this.#onText(text));
    parser.on('cdata', (text) => this.#onText(text));
    parser.on('comment', () => this.#progress());
    parser.on('processinginstruction', () => this.#progress());
  }

  get line(): number {
    return this.#parser.line;
  }

  fault(what: string, hint?: string, line = this.line): MalformedFileError {
    return new MalformedFileError(`${this.#path}:${line}: ${what}`, {
      hint: hint ?? 'Check the file in an XML editor, or export or fetch it again.',
    });
  }

  write(chunk: string): void {
    this.#pending += chunk.length;
    this.#parser.write(chunk);
    if (this.#pending > xmlLimits.textLength + chunk.length)
      this.#fail(`a name or text longer than ${xmlLimits.textLength} characters`);
  }

  close(): void {
    this.#parser.close();
    this.#handler.end?.();
  }

  #onDoctype(text: string): void {
    this.#progress();
    const refused = declareEntities(text, this.#parser.ENTITIES);
    if (refused) this.#fail(refused);
  }

  #onTagStart(name: string): void {
    this.#progress();
    this.#attributes = 0;
    if (name.length > xmlLimits.nameLength)
      this.#fail(`a name longer than ${xmlLimits.nameLength} characters`);
  }

  #onAttribute(name: string, value: string): void {
    this.#progress();
    if (++this.#attributes > xmlLimits.attributes)
      this.#fail(`an element with more than ${xmlLimits.attributes} attributes`);
    if (name.length > xmlLimits.nameLength)
      this.#fail(`a name longer than ${xmlLimits.nameLength} characters`);
    if (value.length > xmlLimits.valueLength)
      this.#fail(`an attribute longer than ${xmlLimits.valueLength} characters`);
  }

  #onOpen(tag: SaxesTagNS): void {
    this.#progress();
    if (++this.#depth > xmlLimits.depth) this.#fail(`elements nested deeper than ${xmlLimits.depth}`);
    this.#handler.open(tag);
  }

  #onClose(tag: SaxesTagNS): void {
    this.#progress();
    this.#depth--;
    this.#handler.close(tag);
  }

  #onText(text: string): void {
    this.#progress();
    if (text.length > xmlLimits.textLength)
      this.#fail(`a text longer than ${xmlLimits.textLength} characters`);
    this.#handler.text(text);
  }

  #progress(): void {
    this.#pending = 0;
  }

  #fail(what: string): never {
    throw this.fault(what);
  }
}

/** An attribute by its local name, whatever its prefix. */
export function attributeOf(tag: SaxesTagNS, local: string): string | undefined {
  for (const attribute of Object.values(tag.attributes)) {
    if (attribute.local === local && attribute.prefix !== 'xmlns') return attribute.value;
  }
  return undefined;
}
