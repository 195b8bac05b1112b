import { builtInMessages } from './built-in-messages.ts';
import { type CallSpelling, callConstraint } from './call-constraint.ts';
import { nativeMessages } from './native-messages.ts';
import { probeTemplate, type TemplateAbilities } from './probe-template.ts';
import { StreamingReplyParser } from './reply-parser.ts';
import { selectTools } from './select-tools.ts';
import type { ChatMessage, PreparedConversation, Tags, ToolFormat } from './tool-format.ts';
import type { ToolDefinition } from './tool-schemas.ts';

const hermes: CallSpelling = {
  before: '<tool_call>\n',
  between: '\n</tool_call>\n<tool_call>\n',
  after: '\n</tool_call>',
  argumentsKey: 'arguments',
  trigger: '<tool_call>',
  triggersAtStart: false,
};
const llama3: CallSpelling = {
  before: '',
  between: '; ',
  after: '',
  argumentsKey: 'parameters',
  trigger: '{"name": ',
  triggersAtStart: true,
};

const thinking: Tags = { open: '<think>', close: '</think>' };

/**
 * The format of a model by its chat template. A template that shows tools, calls and results in Hermes' tags or as
 * Llama 3 does is given them as they are. Any other (one that never mentions tools, or has calls of a kind that we do
 * not read) gets a system block and calls as text, in Hermes' tags.
 */
export function toolFormatOf(templateSource: string | undefined): ToolFormat {
  const source = templateSource ?? '';
  const abilities = probeTemplate(templateSource);
  const reasoning = source.includes(thinking.close) ? thinking : undefined;
  const { native } = abilities;
  if (native && source.includes('<tool_call>') && !source.includes('<function=')) {
    return formatOf(reasoning ? 'qwen3' : 'hermes', hermes, reasoning, abilities);
  }
  if (native && source.includes('"parameters": ') && source.includes('ipython')) {
    return formatOf('llama3', llama3, reasoning, abilities);
  }
  return formatOf('built-in', hermes, reasoning, { ...abilities, native: undefined });
}

function formatOf(
  name: string,
  spelling: CallSpelling,
  reasoning: Tags | undefined,
  { native, takesSystem }: TemplateAbilities,
): ToolFormat {
  const conversation = (
    messages: readonly ChatMessage[],
    shown: readonly ToolDefinition[],
  ): PreparedConversation => {
    if (!native) return { messages: builtInMessages(messages, shown, takesSystem) };
    return {
      messages: nativeMessages(messages, native),
      ...(shown.length > 0 && { tools: shown.map(completeTool) }),
    };
  };
  return {
    name,
    reasoning,
    prepare: (messages, tools, choice) =>
      conversation(messages, selectTools(tools, choice).mode === 'none' ? [] : tools),
    constraint: (tools, choice, parallel) =>
      callConstraint(spelling, tools, choice, parallel && native?.callsPerTurn !== 'one'),
    parser: (tools, options) =>
      new StreamingReplyParser(
        {
          callOpeners: ['<tool_call>', ...(spelling === llama3 ? ['<|python_tag|>'] : [])],
          callCloser: '</tool_call>',
          reasoning,
          names: new Set(tools.map((tool) => tool.function.name)),
        },
        options,
      ),
  };
}

/** What a template shows of a tool: no more than the model needs, and always all of it, since templates rely on it. */
function completeTool({ type, function: { name, description, parameters } }: ToolDefinition): ToolDefinition {
  const schema = parameters ?? { type: 'object', properties: {} };
  return { type, function: { name, description: description ?? '', parameters: schema } };
}

/** Whether a prompt that ends like this has opened the model's thinking, so that the reply begins inside. */
export function opensReasoning(promptEnd: string, reasoning: Tags | undefined): boolean {
  return reasoning !== undefined && promptEnd.trimEnd().endsWith(reasoning.open);
}
