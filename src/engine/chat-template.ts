import { Template } from '@huggingface/jinja';
import { MalformedFileError, PathactError } from '../errors.ts';
import { SpecialTokens } from './special-tokens.ts';
import type { Tokenizer } from './tokenizer.ts';

export interface TemplateMessage {
  role: string;
  content: string;
}

/** The template does not take this conversation, e.g. because roles must alternate. */
export class ConversationRefusedError extends PathactError {}

/** Turns a conversation into the prompt that a model was trained on. */
export interface ChatTemplate {
  /** The prompt's tokens, up to where the assistant's next turn begins. Throws `ConversationRefusedError`. */
  encode(messages: readonly TemplateMessage[]): number[];
}

/**
 * Compiles the model file's Jinja template.
 *
 * Only the template can open or close a turn: where a message spells a control token, a mark is put into
 * it before rendering, so that splitting at control tokens passes over it; then the marks are dropped and
 * the text between control tokens becomes plain tokens. A conversation without such text gets exactly
 * the tokens of its rendering as a whole. Throws `MalformedFileError` when the template cannot be read.
 */
export function compileChatTemplate(source: string, tokenizer: Tokenizer): ChatTemplate {
  const template = parse(source);
  const controls = new SpecialTokens(tokenizer.controlTokens);
  const mark = markerOf(tokenizer, controls);
  const textOf = (id: number | undefined) =>
    id === undefined ? '' : tokenizer.decode([id], { special: true });
  const variables = {
    bos_token: textOf(tokenizer.bosId),
    eos_token: textOf(tokenizer.eosId),
    add_generation_prompt: true,
    // Llama 3.2 asks for today's date unless it is given one; a transcript must not depend on the day.
    date_string: '26 Jul 2024',
  };
  return {
    encode(messages) {
      const marked = messages.map(({ role, content }) => ({ role, content: mark(content) }));
      const rendered = render(template, { ...variables, messages: marked });
      const ids = controls
        .split(rendered)
        .flatMap((piece) => ('id' in piece ? [piece.id] : tokenizer.encode(piece.text.replace(MARKS, ''))));
      const bos = tokenizer.encode('', { addBos: true });
      return bos.length > 0 && ids[0] !== bos[0] ? [...bos, ...ids] : ids;
    },
  };
}

/** Half of a surrogate pair: it cannot occur in well-formed text, so no message can bring its own. */
const MARK = '\udc00';
const MARKS = /\udc00/gu;

/**
 * Puts marks into a message: after the first character of each control token it spells, and at an edge
 * with the beginning or end of one, which the text around the message might complete.
 */
function markerOf(tokenizer: Tokenizer, controls: SpecialTokens): (content: string) => string {
  const texts = tokenizer.controlTokens.map(({ text }) => text);
  const beginnings = new Set(texts.flatMap((text) => cuts(text).map((cut) => text.slice(0, cut))));
  const endings = new Set(texts.flatMap((text) => cuts(text).map((cut) => text.slice(cut))));
  const longest = texts.reduce((most, text) => Math.max(most, text.length), 0);
  return (content) => {
    const text = content.toWellFormed();
    const core = text.trim();
    const lengths = Array.from({ length: Math.min(longest, core.length) }, (_, i) => i + 1);
    const opens = lengths.some((length) => endings.has(core.slice(0, length)));
    const closes = lengths.some((length) => beginnings.has(core.slice(-length)));
    const inner = breakControls(core, controls);
    const before = text.slice(0, text.length - text.trimStart().length);
    const after = text.slice(before.length + core.length);
    return before + (opens ? MARK : '') + inner + (closes ? MARK : '') + after;
  };
}

const cuts = (text: string) => Array.from({ length: Math.max(0, text.length - 1) }, (_, i) => i + 1);

function breakControls(text: string, controls: SpecialTokens): string {
  let broken = '';
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    if (!controls.startsAt(text, at)) continue;
    const end = at + String.fromCodePoint(text.codePointAt(at)!).length;
    broken += text.slice(from, end) + MARK;
    from = end;
  }
  return broken + text.slice(from);
}

function parse(source: string): Template {
  try {
    return new Template(source);
  } catch (cause) {
    throw new MalformedFileError(`the model's chat template cannot be read: ${reason(cause)}`, {
      hint: 'The model can still complete plain text; for chats use another file of this model.',
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
