import { newId } from '../generation/envelope.ts';
import type { ReplyPart } from '../tools/tool-format.ts';

export interface OutputText {
  type: 'output_text';
  text: string;
  annotations: [];
  logprobs: object[];
}

type Status = 'in_progress' | 'completed' | 'incomplete';

/** What a response's `output` holds. */
export type OutputItem =
  | { type: 'message'; id: string; status: Status; role: 'assistant'; content: OutputText[] }
  | { type: 'reasoning'; id: string; summary: []; content: { type: 'reasoning_text'; text: string }[] }
  | {
      type: 'function_call';
      id: string;
      call_id: string;
      name: string;
      arguments: string;
      status: Status;
    };

export interface OutputEvent {
  type: string;
  [field: string]: unknown;
}

/** Puts the parts of a reply together as output items, and tells each step as the event that a stream has for it. */
export class ResponseOutput {
  readonly items: OutputItem[] = [];
  readonly #emit: (event: OutputEvent) => void;
  /** The last item takes more parts. */
  #isOpen = false;

  constructor(emit: (event: OutputEvent) => void = () => {}) {
    this.#emit = emit;
  }

  add(part: ReplyPart, logprobs: object[] = []): void {
    switch (part.kind) {
      case 'content':
        this.#addText(part.text, logprobs);
        break;
      case 'reasoning':
        this.#addReasoning(part.text);
        break;
      case 'call': {
        const { id, name } = part;
        const status = 'in_progress';
        this.#open({ type: 'function_call', id: newId('fc_'), call_id: id, name, arguments: '', status });
        break;
      }
      case 'arguments':
        this.#addArguments(part.text);
    }
  }

  /** Closes the last item; it is incomplete where the reply was cut. */
  finish(isCut: boolean): void {
    if (this.items.length === 0) this.#addText('', []);
    this.#close(isCut ? 'incomplete' : 'completed');
  }

  #addText(text: string, logprobs: object[]): void {
    let item = this.items.at(-1);
    if (!this.#isOpen || item?.type !== 'message') {
      item = { type: 'message', id: newId('msg_'), status: 'in_progress', role: 'assistant', content: [] };
      this.#open(item);
      item.content.push({ type: 'output_text', text: '', annotations: [], logprobs: [] });
      this.#emitAt('response.content_part.added', { content_index: 0, part: { ...item.content[0] } });
    }
    const [content] = item.content as [OutputText];
    content.text += text;
    content.logprobs.push(...logprobs);
    if (text !== '') {
      this.#emitAt('response.output_text.delta', { content_index: 0, delta: text, logprobs });
    }
  }

  #addReasoning(text: string): void {
    let item = this.items.at(-1);
    if (!this.#isOpen || item?.type !== 'reasoning') {
      item = { type: 'reasoning', id: newId('rs_'), summary: [], content: [] };
      this.#open(item);
      item.content.push({ type: 'reasoning_text', text: '' });
      this.#emitAt('response.content_part.added', { content_index: 0, part: { ...item.content[0] } });
    }
    item.content[0]!.text += text;
    this.#emitAt('response.reasoning_text.delta', { content_index: 0, delta: text });
  }

  #addArguments(text: string): void {
    const item = this.items.at(-1);
    if (item?.type !== 'function_call') throw new Error('arguments came without their call');
    item.arguments += text;
    this.#emitAt('response.function_call_arguments.delta', { delta: text });
  }

  #open(item: OutputItem): void {
    this.#close('completed');
    this.items.push(item);
    this.#isOpen = true;
    const output_index = this.items.length - 1;
    this.#emit({ type: 'response.output_item.added', output_index, item: structuredClone(item) });
  }

  #close(status: Status): void {
    const item = this.items.at(-1);
    if (!this.#isOpen || !item) return;
    this.#isOpen = false;
    if (item.type !== 'reasoning') item.status = status;
    this.#tellEnd(item);
    const output_index = this.items.length - 1;
    this.#emit({ type: 'response.output_item.done', output_index, item: structuredClone(item) });
  }

  #tellEnd(item: OutputItem): void {
    if (item.type === 'function_call') {
      const { name, arguments: text } = item;
      this.#emitAt('response.function_call_arguments.done', { name, arguments: text });
      return;
    }
    const part = item.content[0]!;
    const done = item.type === 'message' ? 'response.output_text.done' : 'response.reasoning_text.done';
    const logprobs = part.type === 'output_text' ? { logprobs: part.logprobs } : {};
    this.#emitAt(done, { content_index: 0, text: part.text, ...logprobs });
    this.#emitAt('response.content_part.done', { content_index: 0, part: structuredClone(part) });
  }

  #emitAt(type: string, fields: object): void {
    const item_id = this.items.at(-1)!.id;
    this.#emit({ type, item_id, output_index: this.items.length - 1, ...fields });
  }
}
