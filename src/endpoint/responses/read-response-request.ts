import { badRequest } from '../api-error.ts';
import type { ChatRequest } from '../chat/chat-service.ts';
import { type AskedFormat, readFormat } from '../generation/read-format.ts';
import { readSampling } from '../generation/read-generation.ts';
import type { ChatMessage } from '../tools/tool-format.ts';
import { type ToolChoice, type ToolDefinition, toolsSchema } from '../tools/tool-schemas.ts';
import type { InputItem, ResponseBody, ResponseTool } from './response-schema.ts';

/** A request for a response as one for a turn of a conversation. */
export function readResponseRequest(body: ResponseBody, vocabularySize: number): ChatRequest {
  const tools = readTools(body.tools ?? []);
  const asksLogprobs = body.include?.includes('message.output_text.logprobs') ?? false;
  return {
    messages: readInput(body),
    tools,
    toolChoice: readChoice(body.tool_choice, tools),
    parallelCalls: body.parallel_tool_calls ?? true,
    templateArguments: {},
    format: readTextFormat(body),
    sampling: readSampling({ temperature: body.temperature, top_p: body.top_p }, vocabularySize),
    maxTokens: body.max_output_tokens ?? undefined,
    stops: [],
    cacheKey: body.prompt_cache_key ?? undefined,
    choices: 1,
    minTokens: 0,
    ignoreEos: false,
    topLogprobs: asksLogprobs || body.top_logprobs ? (body.top_logprobs ?? 0) : undefined,
  };
}

function readTools(tools: readonly ResponseTool[]): ToolDefinition[] {
  const definitions = tools.map(({ name, description, parameters, strict }): ToolDefinition => {
    return { type: 'function', function: { name, description, parameters, strict } };
  });
  const parsed = toolsSchema.safeParse(definitions);
  if (parsed.success) return definitions;
  throw badRequest(`tools: ${parsed.error.issues[0]!.message}`, 'tools', 'invalid_value');
}

function readChoice(choice: ResponseBody['tool_choice'], tools: readonly ToolDefinition[]): ToolChoice {
  if (!choice) return tools.length > 0 ? 'auto' : 'none';
  if (typeof choice === 'string') return choice;
  if (choice.type === 'function') return named(choice.name);
  return {
    type: 'allowed_tools',
    allowed_tools: { mode: choice.mode, tools: choice.tools.map(({ name }) => named(name)) },
  };
}

const named = (name: string) => ({ type: 'function' as const, function: { name } });

function readTextFormat({ text }: ResponseBody): AskedFormat | undefined {
  const format = text?.format;
  if (!format) return undefined;
  const asked = readFormat({
    response_format:
      format.type === 'json_schema'
        ? { type: 'json_schema', json_schema: { name: format.name, schema: format.schema } }
        : { type: format.type },
  });
  return asked && { ...asked, param: 'text.format' };
}

function readInput({ input, instructions }: ResponseBody): ChatMessage[] {
  const messages: ChatMessage[] = instructions ? [{ role: 'system', content: instructions }] : [];
  if (typeof input === 'string') return [...messages, { role: 'user', content: input }];
  const turns = new Turns(messages);
  input.forEach((item, i) => {
    turns.add(item, `input[${i}]`);
  });
  return turns.messages;
}

/** Items one by one as messages: what the assistant thought, said and called in a row is one turn. */
class Turns {
  readonly messages: ChatMessage[];

  constructor(messages: ChatMessage[]) {
    this.messages = messages;
  }

  add(item: InputItem, param: string): void {
    switch (item.type) {
      case 'function_call': {
        const { call_id: id, name, arguments: text } = item;
        const call = { id, type: 'function' as const, function: { name, arguments: text } };
        const turn = this.#assistantTurn();
        turn.tool_calls = [...(turn.tool_calls ?? []), call];
        return;
      }
      case 'function_call_output':
        this.messages.push({
          role: 'tool',
          tool_call_id: item.call_id,
          content: textOf(item.output, `${param}.output`),
        });
        return;
      case 'reasoning':
        this.messages.push({
          role: 'assistant',
          content: '',
          reasoning_content: textOf(item.content ?? [], `${param}.content`),
        });
        return;
      default:
        this.#addMessage(item.role, textOf(item.content, `${param}.content`));
    }
  }

  #addMessage(role: string, text: string): void {
    if (role === 'assistant') {
      const turn = this.#assistantTurn();
      turn.content = `${turn.content ?? ''}${text}`;
    } else this.messages.push({ role: role === 'developer' ? 'system' : role, content: text });
  }

  #assistantTurn(): ChatMessage {
    const last = this.messages.at(-1);
    if (last?.role === 'assistant') return last;
    const turn: ChatMessage = { role: 'assistant', content: '' };
    this.messages.push(turn);
    return turn;
  }
}

const textTypes = ['input_text', 'output_text', 'text', 'reasoning_text', 'refusal'];

function textOf(
  content: string | readonly { type: string; text?: string | null | undefined }[],
  param: string,
) {
  if (typeof content === 'string') return content;
  const texts = content.map(({ type, text }, i) => {
    if (textTypes.includes(type)) return text ?? '';
    const reason = `is of type "${type.slice(0, 40)}"; this model reads text only`;
    throw badRequest(`${param}[${i}] ${reason}.`, `${param}[${i}]`, 'unsupported');
  });
  return texts.join('');
}
