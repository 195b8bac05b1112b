import { randomBytes } from 'node:crypto';
import { type CallEvent, CallReader } from './call-reader.ts';
import { findMarker } from './hold-back.ts';
import type { ParserOptions, ReplyParser, ReplyPart, Tags } from './tool-format.ts';

export interface ReplyGrammar {
  /** Texts that open a call. */
  callOpeners: readonly string[];
  callCloser: string;
  reasoning: Tags | undefined;
  /** Names of the tools that may be called; none: a call is text. */
  names: ReadonlySet<string>;
}

type State = 'start' | 'reasoning' | 'content' | 'opening' | 'call' | 'after-call';

/** White space longer than this is text rather than a gap before a call. */
const GAP_LIMIT = 1000;

/**
 * Splits a reply into text, reasoning and calls as it streams; how it is cut makes no difference.
 *
 * A call may come as the first thing without its tag, in a code fence, in a list, without the closing tag. What looks
 * like a call and is none (broken before its arguments begin, or of a tool that is not there) is content, with its tags.
 * Nothing is lost but white space around calls and reasoning, tags, and punctuation between calls.
 */
export class StreamingReplyParser implements ReplyParser {
  readonly #grammar: ReplyGrammar;
  readonly #newId: () => string;
  #state: State;
  /** Text whose meaning is open; where a call is being tried, from its first character on. */
  #buffer = '';
  /** White space that belongs to the content if more content follows. */
  #space = '';
  /** White space that follows is no content. */
  #skipsSpace = false;
  #reasoned = false;
  #opener = '';
  #reader: CallReader | undefined;
  #calls = 0;
  #parts: ReplyPart[] = [];

  constructor(grammar: ReplyGrammar, options: ParserOptions = {}) {
    this.#grammar = grammar;
    this.#newId = options.newId ?? newCallId;
    this.#state = options.inReasoning && grammar.reasoning ? 'reasoning' : 'start';
    this.#skipsSpace = this.#state === 'reasoning';
  }

  push(text: string): ReplyPart[] {
    this.#buffer += text;
    if (this.#state === 'call') this.#feed(text);
    while (this.#step());
    return this.#takeParts();
  }

  finish(): ReplyPart[] {
    while (this.#step());
    if (this.#state === 'call') this.#endCall(this.#reader!.finish());
    if (this.#state === 'reasoning') this.#give('reasoning', this.#buffer);
    else if (this.#state === 'after-call')
      this.#give('content', this.#punctuationIsAll() ? '' : this.#buffer);
    else this.#give('content', this.#buffer);
    if (this.#state !== 'reasoning' && !this.#skipsSpace) this.#part('content', this.#space);
    this.#buffer = '';
    this.#space = '';
    return this.#takeParts();
  }

  #takeParts(): ReplyPart[] {
    const parts = this.#parts;
    this.#parts = [];
    return parts;
  }

  /** One step on; false where more text is needed. */
  #step(): boolean {
    switch (this.#state) {
      case 'start':
        return this.#readStart();
      case 'reasoning':
        return this.#readReasoning();
      case 'content':
        return this.#readContent();
      case 'opening':
        return this.#readOpening();
      case 'after-call':
        return this.#readAfterCall();
      case 'call':
        return false;
    }
  }

  get #openers(): readonly string[] {
    return this.#grammar.names.size > 0 ? this.#grammar.callOpeners : [];
  }

  /** The first text of the reply, or after its reasoning. */
  #readStart(): boolean {
    const gap = gapOf(this.#buffer);
    if (gap > GAP_LIMIT) return this.#enter('content');
    const rest = this.#buffer.slice(gap);
    const reasoning = this.#reasoned ? undefined : this.#grammar.reasoning;
    const markers = [...(reasoning ? [reasoning.open] : []), ...this.#openers, ...this.#bareOpeners()];
    if (markers.some((marker) => marker !== rest && marker.startsWith(rest))) return false;
    if (reasoning && rest.startsWith(reasoning.open)) {
      this.#buffer = rest.slice(reasoning.open.length);
      this.#skipsSpace = true;
      return this.#enter('reasoning');
    }
    const opener = markers.find((marker) => rest.startsWith(marker));
    if (opener === undefined) return this.#enter('content');
    this.#hold(this.#buffer.slice(0, gap));
    this.#buffer = rest;
    this.#opener = this.#openers.includes(opener) ? opener : '';
    return this.#enter('opening');
  }

  #bareOpeners(): readonly string[] {
    return this.#grammar.names.size > 0 ? ['{', '[', FENCE] : [];
  }

  #readReasoning(): boolean {
    const { close } = this.#grammar.reasoning!;
    const seen = findMarker(this.#buffer, [close]);
    const end = seen?.at ?? this.#buffer.length;
    this.#give('reasoning', this.#buffer.slice(0, end));
    this.#buffer = this.#buffer.slice(end);
    if (seen?.marker === undefined) return false;
    this.#buffer = this.#buffer.slice(close.length);
    this.#space = '';
    this.#skipsSpace = true;
    this.#reasoned = true;
    return this.#enter('start');
  }

  #readContent(): boolean {
    const seen = findMarker(this.#buffer, this.#openers);
    const end = seen?.at ?? this.#buffer.length;
    this.#give('content', this.#buffer.slice(0, end));
    this.#buffer = this.#buffer.slice(end);
    if (seen?.marker === undefined) return false;
    this.#opener = seen.marker;
    return this.#enter('opening');
  }

  /** Between the opening tag, if there is one, and the `{` of the call. */
  #readOpening(): boolean {
    const before = this.#buffer.slice(this.#opener.length).match(OPENING)![0];
    const rest = this.#buffer.slice(this.#opener.length + before.length);
    if (before.length > GAP_LIMIT) return this.#isNoCall();
    if (rest === '' || (!before.includes(FENCE) && rest !== FENCE && FENCE.startsWith(rest))) return false;
    if (!rest.startsWith('{')) return this.#isNoCall();
    this.#reader = new CallReader(this.#grammar.names, this.#opener === '');
    this.#state = 'call';
    this.#feed(rest);
    return this.#state !== 'call';
  }

  #feed(text: string): void {
    const events = this.#reader!.push(text);
    if (this.#reader!.state === 'reading') this.#report(events);
    else this.#endCall(events);
  }

  #endCall(events: CallEvent[]): void {
    this.#report(events);
    const { begun, rest } = this.#reader!;
    this.#reader = undefined;
    if (!begun) {
      this.#isNoCall();
      return;
    }
    this.#buffer = rest;
    this.#state = 'after-call';
  }

  #report(events: CallEvent[]): void {
    for (const event of events) {
      if (event.kind === 'arguments') {
        this.#parts.push({ kind: 'arguments', index: this.#calls - 1, text: event.text });
      } else {
        this.#space = '';
        this.#parts.push({ kind: 'call', index: this.#calls++, id: this.#newId(), name: event.name });
      }
    }
    if (this.#reader?.begun) this.#buffer = '';
  }

  /** The tag, or the first character, is content; what follows is looked at anew. */
  #isNoCall(): boolean {
    const length = Math.max(1, this.#opener.length);
    this.#give('content', this.#buffer.slice(0, length));
    this.#buffer = this.#buffer.slice(length);
    return this.#enter('content');
  }

  /** After a call: its closing tag, another call, or content. */
  #readAfterCall(): boolean {
    this.#skipsSpace = true;
    const between = this.#buffer.match(BETWEEN)![0].length;
    if (between > GAP_LIMIT) return this.#enter('content');
    const rest = this.#buffer.slice(between);
    const closers = [this.#grammar.callCloser, FENCE];
    const closer = closers.find((one) => rest.startsWith(one));
    if (closer !== undefined) return this.#drop(between + closer.length);
    if ([...closers, ...this.#openers].some((one) => one !== rest && one.startsWith(rest))) return false;
    const opener = this.#openers.find((one) => rest.startsWith(one));
    if (opener === undefined && !rest.startsWith('{')) return this.#enter('content');
    this.#buffer = rest;
    this.#opener = opener ?? '';
    return this.#enter('opening');
  }

  #drop(length: number): true {
    this.#buffer = this.#buffer.slice(length);
    return true;
  }

  #punctuationIsAll(): boolean {
    const { callCloser } = this.#grammar;
    const rest = this.#buffer.slice(this.#buffer.match(BETWEEN)![0].length);
    return rest === '' || callCloser.startsWith(rest) || FENCE.startsWith(rest);
  }

  #enter(state: State): true {
    this.#state = state;
    return true;
  }

  #hold(space: string): void {
    if (!this.#skipsSpace) this.#space += space;
  }

  /** Gives out text, but for white space at its end, and at its beginning where that is none of it. */
  #give(kind: 'content' | 'reasoning', text: string): void {
    const body = text.trimEnd();
    if (body === '') {
      this.#hold(text);
      return;
    }
    const before = this.#skipsSpace ? '' : this.#space;
    this.#part(kind, before + (this.#skipsSpace ? body.trimStart() : body));
    this.#space = text.slice(body.length);
    this.#skipsSpace = false;
  }

  #part(kind: 'content' | 'reasoning', text: string): void {
    if (text !== '') this.#parts.push({ kind, text });
  }
}

const FENCE = '```';
const OPENING = /^\s*(?:```\w*\s*)?(?:\[\s*)?/;
const BETWEEN = /^[\s,;\]}]*/;

const gapOf = (text: string) => text.length - text.trimStart().length;

/** `call_` and 24 hex digits. */
function newCallId(): string {
  return `call_${randomBytes(12).toString('hex')}`;
}
