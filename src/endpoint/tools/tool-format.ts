import type { MessageContent, TemplateMessage } from '../../engine/chat-template.ts';
import type { ConstraintSpec } from '../../engine/constraint/constraint.ts';
import type { ToolCall, ToolChoice, ToolDefinition } from './tool-schemas.ts';

/** A message of the conversation as OpenAI's clients send it; image parts have been refused before. */
export interface ChatMessage {
  role: string;
  content?: MessageContent;
  name?: string | null | undefined;
  tool_calls?: readonly ToolCall[] | null | undefined;
  tool_call_id?: string | null | undefined;
  reasoning_content?: string | null | undefined;
}

/** How one kind of model is shown tools, calls them, and is told what they gave. */
export interface ToolFormat {
  /** hermes | qwen3 | llama3 | built-in */
  readonly name: string;
  /** The tags around a model's thinking, for models that think. */
  readonly reasoning: Tags | undefined;
  /** What the template gets: messages with calls and results in the form it understands, and `tools` where it takes them. */
  prepare(
    messages: readonly ChatMessage[],
    tools: readonly ToolDefinition[],
    choice: ToolChoice,
  ): PreparedConversation;
  /** Undefined: free text. Throws `ApiError` when the choice names a tool that is not there. */
  constraint(
    tools: readonly ToolDefinition[],
    choice: ToolChoice,
    parallel: boolean,
  ): ToolConstraint | undefined;
  /** Splits a reply as it streams. Pass no tools where none may be called. */
  parser(tools: readonly ToolDefinition[], options?: ParserOptions): ReplyParser;
}

export interface PreparedConversation {
  messages: TemplateMessage[];
  tools?: ToolDefinition[];
}

export interface Tags {
  open: string;
  close: string;
}

export interface ToolConstraint {
  spec: ConstraintSpec;
  /** For when `spec` does not compile: arguments of tools that are not strict are any JSON object. */
  fallback?: ConstraintSpec;
  /** The constraint begins after this text has come; before it the reply is free. */
  trigger?: string;
  /** The trigger counts only as the first text of the reply. */
  atStart?: true;
}

export interface ParserOptions {
  /** The prompt has already opened the thinking, so the reply begins inside; see `opensReasoning`. */
  inReasoning?: boolean;
  /** Gives the ids of calls; random by default. */
  newId?: () => string;
}

export interface ReplyParser {
  /** The parts that are sure by now. */
  push(text: string): ReplyPart[];
  /** What was held back when the reply ends. */
  finish(): ReplyPart[];
}

export type ReplyPart =
  | { kind: 'content'; text: string }
  | { kind: 'reasoning'; text: string }
  /** A call begins. */
  | { kind: 'call'; index: number; id: string; name: string }
  /** A piece of its JSON arguments. */
  | { kind: 'arguments'; index: number; text: string };
