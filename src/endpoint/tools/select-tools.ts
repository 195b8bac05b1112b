import { badRequest } from '../api-error.ts';
import type { ToolChoice, ToolDefinition } from './tool-schemas.ts';

export interface Selection {
  /** `auto`: the model may call; `required`: it has to. */
  mode: 'none' | 'auto' | 'required';
  /** The tools that may be called: some of those shown. */
  callable: readonly ToolDefinition[];
}

/** What `tool_choice` leaves to the model. Throws `ApiError` when it names or needs a tool that is not there. */
export function selectTools(tools: readonly ToolDefinition[], choice: ToolChoice): Selection {
  if (choice === 'none') return { mode: 'none', callable: [] };
  if (choice === 'auto') return { mode: tools.length > 0 ? 'auto' : 'none', callable: tools };
  if (tools.length === 0) throw badRequest('tool_choice: there are no tools to choose from.', 'tool_choice');
  if (choice === 'required') return { mode: 'required', callable: tools };
  if (choice.type === 'function') return { mode: 'required', callable: [named(tools, choice.function.name)] };
  const { mode, tools: allowed } = choice.allowed_tools;
  const callable = new Set(allowed.map((tool) => named(tools, tool.function.name)));
  return { mode, callable: [...callable] };
}

function named(tools: readonly ToolDefinition[], name: string): ToolDefinition {
  const tool = tools.find((one) => one.function.name === name);
  if (!tool) throw badRequest(`tool_choice: there is no tool "${name}" among the tools.`, 'tool_choice');
  return tool;
}
