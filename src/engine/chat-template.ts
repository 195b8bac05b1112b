import { Template } from '@huggingface/jinja';
import { MalformedFileError } from '../errors.ts';
import { ControlMarker, chooseMark, type Mark } from './control-marks.ts';
import { ConversationRefusedError } from './conversation-refused.ts';
import { type Piece, SpecialTokens } from './special-tokens.ts';
import type { Tokenizer } from './tokenizer.ts';

export { ConversationRefusedError } from './conversation-refused.ts';

/** Text, or parts of text that are joined; null and nothing are empty. */
export type MessageContent =
  | string
  | readonly { type: string; text?: string | undefined }[]
  | null
  | undefined;

export interface TemplateMessage {
  role: string;
  content?: MessageContent;
  name?: string | undefined;
  /** In the shape this template expects; JSON values only. */
  tool_calls?: readonly unknown[] | undefined;
  tool_call_id?: string | undefined;
  reasoning_content?: string | undefined;
}

export interface TemplateOptions {
  /** JSON values, for templates that list tools. */
  tools?: readonly unknown[] | undefined;
  /** Other variables of the template (`chat_template_kwargs`), e.g. `enable_thinking`: JSON values. */
  variables?: Readonly<Record<string, unknown>> | undefined;
  /** Open the assistant's next turn at the end. Default true. */
  addGenerationPrompt?: boolean | undefined;
}

/** Turns a conversation into the prompt that a model was trained on. All methods throw `ConversationRefusedError`. */
export interface ChatTemplate {
  /** The prompt's tokens, up to where the assistant's next turn begins. */
  encode(messages: readonly TemplateMessage[], options?: TemplateOptions): number[];
  /** The prompt as text. */
  render(messages: readonly TemplateMessage[], options?: TemplateOptions): string;
  /**
   * How many tokens of this prompt the next turn's prompt will begin with, as far as one can know: some templates
   * drop the thinking of earlier turns. Infinity where the template drops nothing.
   */
  stablePrefixLength(messages: readonly TemplateMessage[], options?: TemplateOptions): number;
}

/**
 * Compiles a Jinja template, usually the model file's own.
 *
 * Only the template can open or close a turn: where a text of a message, a tool or a variable spells a control token,
 * a mark is put into it before rendering, so that splitting at control tokens passes over it; then the marks are
 * dropped and the text between control tokens becomes plain tokens. A conversation without such text gets exactly
 * the tokens of its rendering as a whole. Throws `MalformedFileError` when the template cannot be read.
 */
export function compileChatTemplate(source: string, tokenizer: Tokenizer): ChatTemplate {
  return new MarkedTemplate(source, tokenizer);
}

/** A rendering that still has its marks. */
interface Marked {
  text: string;
  mark: Mark;
}

/** A prompt that was just made, for the question that follows about it. */
interface Made {
  messages: readonly TemplateMessage[];
  options: TemplateOptions;
  marked: Marked;
  ids: number[];
}

class MarkedTemplate implements ChatTemplate {
  readonly #template: Template;
  readonly #tokenizer: Tokenizer;
  readonly #controls: SpecialTokens;
  readonly #marker: ControlMarker;
  readonly #constants: Record<string, unknown>;
  #dropsText: boolean | undefined;
  #last: Made | undefined;

  constructor(source: string, tokenizer: Tokenizer) {
    this.#template = parse(source);
    this.#tokenizer = tokenizer;
    this.#controls = new SpecialTokens(tokenizer.controlTokens);
    this.#marker = new ControlMarker(tokenizer.controlTokens, this.#controls, source);
    this.#constants = {
      bos_token: this.#textOf(tokenizer.bosId),
      eos_token: this.#textOf(tokenizer.eosId),
      // Llama 3.2 asks for today's date unless it is given one; a transcript must not depend on the day.
      date_string: '26 Jul 2024',
    };
  }

  encode(messages: readonly TemplateMessage[], options: TemplateOptions = {}): number[] {
    return [...this.#make(messages, options).ids];
  }

  render(messages: readonly TemplateMessage[], options: TemplateOptions = {}): string {
    const { text, mark } = this.#render(messages, options);
    return mark.remove(text);
  }

  stablePrefixLength(messages: readonly TemplateMessage[], options: TemplateOptions = {}): number {
    this.#dropsText ??= this.#probeDropping();
    if (!this.#dropsText) return Number.POSITIVE_INFINITY;
    const isLast = this.#last?.messages === messages && this.#last.options === options;
    const { marked, ids } = isLast ? this.#last! : this.#make(messages, options);
    const nexts = followUps(messages).map((next) =>
      this.#renderOrNothing([...messages, ...next], { ...options, addGenerationPrompt: false }),
    );
    if (nexts.every((next) => next === '')) return Number.POSITIVE_INFINITY; // it takes no such turn: who knows
    const length = Math.max(...nexts.map((next) => commonLength(marked.text, next)));
    return length === marked.text.length
      ? Number.POSITIVE_INFINITY
      : ids.length - this.#tokensPast(marked, length);
  }

  #make(messages: readonly TemplateMessage[], options: TemplateOptions): Made {
    const marked = this.#render(messages, options);
    const pieces = this.#controls.split(marked.text);
    const ids = pieces.flatMap((piece) => this.#idsOf(piece, marked.mark));
    this.#last = { messages, options, marked, ids: [...this.#missingBos(ids[0]), ...ids] };
    return this.#last;
  }

  #idsOf(piece: Piece, mark: Mark): number[] {
    return 'id' in piece ? [piece.id] : this.#tokenizer.encode(mark.remove(piece.text));
  }

  /** Tokens of the pieces that do not lie wholly within the first `length` characters. */
  #tokensPast({ text, mark }: Marked, length: number): number {
    let count = 0;
    let at = 0;
    for (const piece of this.#controls.split(text)) {
      at += 'id' in piece ? this.#textOf(piece.id).length : piece.text.length;
      if (at > length) count += this.#idsOf(piece, mark).length;
    }
    return count;
  }

  /** Whether a turn's prompt, reply and next question are not the beginning of the next turn's prompt. */
  #probeDropping(): boolean {
    const turn = [
      { role: 'user', content: 'ping' },
      { role: 'assistant', content: '<think>\nmusing\n</think>\n\npong' },
    ];
    const prompt = this.#renderOrNothing([...turn, turn[0]!], {});
    const next = this.#renderOrNothing([...turn, ...turn, turn[0]!], {});
    return !next.startsWith(prompt) || (prompt !== '' && !prompt.includes('musing'));
  }

  #renderOrNothing(messages: readonly TemplateMessage[], options: TemplateOptions): string {
    try {
      return this.#render(messages, options).text;
    } catch (error) {
      if (error instanceof ConversationRefusedError) return '';
      throw error;
    }
  }

  #render(messages: readonly TemplateMessage[], options: TemplateOptions): Marked {
    const { tools, variables = {}, addGenerationPrompt = true } = options;
    checkVariables(variables);
    const plain = messages.map(withText);
    const mark = chooseMark([plain, tools, variables]);
    const marked = (value: unknown) => this.#marker.mark(value, mark.character);
    const values = {
      ...this.#constants,
      ...Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, marked(value)])),
      ...(tools && tools.length > 0 && { tools: marked(tools) }),
      messages: marked(plain),
      add_generation_prompt: addGenerationPrompt,
    };
    return { text: render(this.#template, values), mark };
  }

  #missingBos(first: number | undefined): number[] {
    const bos = this.#tokenizer.encode('', { addBos: true });
    return bos.length > 0 && first !== bos[0] ? bos : [];
  }

  #textOf(id: number | undefined): string {
    return id === undefined ? '' : this.#tokenizer.decode([id], { special: true });
  }
}

/** Names that the template gets from us, or that the template language has already. */
const RESERVED = new Set(
  'messages tools bos_token eos_token add_generation_prompt raise_exception strftime_now range namespace true false none True False None'.split(
    ' ',
  ),
);

function checkVariables(variables: Readonly<Record<string, unknown>>): void {
  const names = Object.keys(variables);
  const wrong = names.find((name) => RESERVED.has(name) || !/^[A-Za-z_]\w{0,63}$/.test(name));
  if (wrong === undefined && names.length <= 64) return;
  const what = wrong === undefined ? 'more than 64 variables' : `a variable "${wrong.slice(0, 70)}"`;
  throw new ConversationRefusedError(`chat_template_kwargs: the template cannot be given ${what}`);
}

function withText({ role, content, ...rest }: TemplateMessage): TemplateMessage {
  const { name, tool_calls, tool_call_id, reasoning_content } = rest;
  return {
    role,
    content: textOf(content),
    ...(name !== undefined && { name }),
    ...(tool_calls !== undefined && tool_calls.length > 0 && { tool_calls }),
    ...(tool_call_id !== undefined && { tool_call_id }),
    ...(reasoning_content !== undefined && { reasoning_content }),
  };
}

/** The text of a message's content. */
export function textOf(content: MessageContent): string {
  if (typeof content === 'string') return content;
  return (content ?? []).map(({ text }) => text ?? '').join('');
}

/** What may come after the reply to these messages: a question, or after a tool's result the next call and its result. */
function followUps(messages: readonly TemplateMessage[]): TemplateMessage[][] {
  const reply = { role: 'assistant', content: 'a' };
  const question = [reply, { role: 'user', content: 'b' }];
  const called = messages.findLastIndex(({ role }) => role === 'assistant');
  return messages.at(-1)?.role === 'tool' && called >= 0 ? [question, messages.slice(called)] : [question];
}

function commonLength(one: string, other: string): number {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length++;
  return length;
}

function parse(source: string): Template {
  try {
    return new Template(source);
  } catch (cause) {
    throw new MalformedFileError(`the model's chat template cannot be read: ${reason(cause)}`, {
      hint: 'The model can still complete plain text; for chats give another template with --chat-template NAME|FILE.',
      cause,
    });
  }
}

function render(template: Template, variables: Record<string, unknown>): string {
  try {
    return template.render(variables);
  } catch (cause) {
    throw new ConversationRefusedError(
      `the model's chat template refuses this conversation: ${reason(cause)}`,
      {
        hint: 'Many templates want user and assistant turns to alternate, and at most one system turn, first.',
        cause,
      },
    );
  }
}

const reason = (error: unknown) => (error instanceof Error ? error.message : String(error));
