import { type ChatTemplate, compileChatTemplate, type TemplateOptions } from '../../engine/chat-template.ts';
import type { Engine } from '../../engine/engine.ts';
import { badRequest } from '../api-error.ts';
import type { PromptLimit } from '../prompt-limit.ts';
import { opensReasoning, toolFormatOf } from '../tools/formats.ts';
import type { ChatMessage, PreparedConversation, ToolFormat } from '../tools/tool-format.ts';
import type { ToolChoice, ToolDefinition } from '../tools/tool-schemas.ts';

export interface Conversation {
  messages: readonly ChatMessage[];
  tools: readonly ToolDefinition[];
  toolChoice: ToolChoice;
  templateArguments: Readonly<Record<string, unknown>>;
}

export interface EncodedConversation {
  /** Up to where the assistant answers. */
  tokens: number[];
  /** The prompt has opened the model's thinking, so the reply begins inside. */
  opensReasoning: boolean;
  /** How many tokens of prompt and reply the next turn's prompt can begin with; undefined: as far as one knows, all. */
  stable: number | undefined;
}

const tagTexts = ['<think>', '</think>', '<tool_call>', '</tool_call>', '<|python_tag|>'];

/** The end of a prompt in which the opening of a thinking is looked for. */
const END_TOKENS = 32;

/** Conversations as prompts, by the model's template and the tool format that goes with it. */
export class Conversations {
  readonly format: ToolFormat;
  /** The control tokens that some models have for the tags of thinking and calls. */
  readonly shownControls: ReadonlySet<number>;
  readonly #engine: Engine;
  readonly #limit: PromptLimit;
  readonly #template: ChatTemplate | undefined;

  /** `template` stands in for the model file's own. Throws `MalformedFileError` when it cannot be read. */
  constructor(engine: Engine, limit: PromptLimit, template = engine.facts.chatTemplate) {
    this.#engine = engine;
    this.#limit = limit;
    this.#template = template === undefined ? undefined : compileChatTemplate(template, engine.tokenizer);
    this.format = toolFormatOf(template);
    const tags = engine.tokenizer.controlTokens.filter(({ text }) => tagTexts.includes(text));
    this.shownControls = new Set(tags.map(({ id }) => id));
  }

  /** Throws `ApiError`, and `ConversationRefusedError` where the template does not take the conversation. */
  encode(conversation: Conversation): EncodedConversation {
    const { template, messages, options } = this.#prepare(conversation);
    const tokens = template.encode(messages, options);
    const end = this.#engine.tokenizer.decode(tokens.slice(-END_TOKENS), { special: true });
    const stable = template.stablePrefixLength(messages, options);
    return {
      tokens,
      opensReasoning: opensReasoning(end, this.format.reasoning),
      stable: Number.isFinite(stable) ? stable : undefined,
    };
  }

  /** The prompt as text. */
  render(conversation: Conversation): string {
    const { template, messages, options } = this.#prepare(conversation);
    return template.render(messages, options);
  }

  #prepare(conversation: Conversation) {
    const template = this.#template ?? refuseChats();
    const { messages, tools, toolChoice, templateArguments } = conversation;
    this.#limit.checkText(textsOf(conversation), 'messages');
    const prepared: PreparedConversation = this.format.prepare(messages, tools, toolChoice);
    const options: TemplateOptions = { tools: prepared.tools, variables: templateArguments };
    return { template, messages: prepared.messages, options };
  }
}

function refuseChats(): never {
  throw badRequest(
    'This model has no chat template. Use /v1/completions, or serve it with --chat-template NAME|FILE.',
    'messages',
    'no_chat_template',
  );
}

function textsOf({ messages }: Conversation): string[] {
  return messages.flatMap(({ content, tool_calls }) => {
    const calls = (tool_calls ?? []).map((call) => call.function.arguments ?? '');
    return [typeof content === 'string' ? content : '', ...calls];
  });
}
